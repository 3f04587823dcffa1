"""Bodies of requests, as dictionaries. Written by ``scripts/client_types.py``."""

from typing import Any, Literal, NotRequired, TypedDict

from trainyard_client.types.enums import Format, Role, Task
from trainyard_client.types.spec import LimitsConfig, ResourcesConfig, SplitConfig
from trainyard_client.types.spec_2 import TrainingConfig
from trainyard_client.types.spec_architecture import (
    CausalLmConfig,
    CnnConfig,
    DensenetConfig,
    GptConfig,
    MatrixFactorizationConfig,
    MlpConfig,
    MobilenetConfig,
    PretrainedConfig,
    ResnetConfig,
    RnnConfig,
    Seq2seqConfig,
    SpeechRnnConfig,
    TcnConfig,
    TextPoolConfig,
)
from trainyard_client.types.spec_architecture_2 import TransformerConfig, TwoTowerConfig, VggConfig, VitConfig


class AdapterUploadRequest(TypedDict):
    file: str
    base: str
    """Name of the registered language model that it adapts."""
    name: str
    """Name of the model, for people."""


class ApiKeyCreateRequest(TypedDict):
    name: str
    role: NotRequired[Role]
    scopes: NotRequired[
        list[
            Literal[
                "billing:manage",
                "billing:read",
                "datasets:read",
                "datasets:write",
                "jobs:read",
                "jobs:write",
                "models:predict",
                "models:read",
                "models:write",
                "organization:manage",
                "organization:own",
                "organization:read",
                "webhooks:manage",
                "webhooks:read",
            ]
        ]
        | None
    ]
    """A part of what its role may do; null: all of it."""
    monthly_cap: NotRequired[str | None]
    """A job is refused where this month's cost of the key's jobs could pass it."""
    expires_at: NotRequired[str | None]


class ApiKeyRotateRequest(TypedDict):
    overlap_seconds: NotRequired[int]
    """How long the old key keeps working."""


class AutoTopUpRequest(TypedDict):
    threshold: str
    """A wallet below it is topped up."""
    amount: str
    monthly_limit: str
    """Automatic top-ups of a calendar month (UTC) never add up to more."""


class BudgetCreateRequest(TypedDict):
    """A budget of every calendar month (UTC)."""

    name: str
    amount: str
    alert_percents: NotRequired[list[int]]
    is_hard: NotRequired[bool]


class BulkCancelRequest(TypedDict):
    ids: list[str]


class ChoosePlanRequest(TypedDict):
    plan: str | None
    """Its id; null: no plan, once the month that is paid for is over."""


class DatasetCreateRequest(TypedDict):
    name: str
    task: Task
    options: NotRequired[dict[str, Any]]
    """What a dataset's ``options`` may hold; the JSON Schema is part of the API."""


class DatasetImportCreateRequest(TypedDict):
    url: str
    """Where the file is: https://… or s3://BUCKET/KEY, of the sources that the operators allow."""
    filename: NotRequired[str]
    """What it is called; the last part of the address if omitted."""


class DatasetUploadRequest(TypedDict):
    file: str
    """Zip or tar of class folders with images; or a CSV, Excel, Parquet or JSONL table."""


class DeleteOrganizationRequest(TypedDict):
    confirm: str
    """The organization's name, exactly."""


class DeviceAuthorizeRequest(TypedDict):
    client_id: NotRequired[str]
    """Which program asks."""
    client_name: NotRequired[str]
    """What the key will be called, as `trainyard on laptop`."""
    scope: NotRequired[str]
    """Scopes of the key, separated by spaces; empty: all that its role may do."""
    role: NotRequired[Role]
    key_lifetime_days: NotRequired[int]
    """When the key expires."""


class DisputeCreateRequest(TypedDict):
    line: int
    """Its position on the invoice."""
    reason: str
    amount: NotRequired[str]
    """Tax included; all that is left of the line unless told."""


class HandOverRequest(TypedDict):
    member: str
    """Id of the member who becomes the owner."""


class InviteRequest(TypedDict):
    email: str
    role: NotRequired[Role]
    expires_at: NotRequired[str | None]
    """A week from now unless told, 30 days at most."""


class JobSubmissionRequest(TypedDict):
    """A training spec, and a binding quote for it."""

    name: str
    """Name of the job, for people."""
    dataset: str
    """Id of a ready dataset version."""
    task: Task
    init_from: NotRequired[str | None]
    """Model whose weights it starts from, by its id."""
    architecture: (
        MlpConfig
        | CnnConfig
        | ResnetConfig
        | VggConfig
        | MobilenetConfig
        | DensenetConfig
        | VitConfig
        | TextPoolConfig
        | RnnConfig
        | TransformerConfig
        | TcnConfig
        | SpeechRnnConfig
        | GptConfig
        | Seq2seqConfig
        | MatrixFactorizationConfig
        | TwoTowerConfig
        | PretrainedConfig
        | CausalLmConfig
    )
    training: NotRequired[TrainingConfig]
    split: NotRequired[SplitConfig]
    resources: NotRequired[ResourcesConfig]
    priority: NotRequired[int]
    """Priority: higher runs first inside the organization."""
    limits: NotRequired[LimitsConfig]
    accept_quote: NotRequired[str | None]
    """Id of a binding quote for this very spec: the job costs no more than it promises."""


class ModelExportCreateRequest(TypedDict):
    format: NotRequired[Format]
    """`merged`: the whole network, adapters added into its weights, with tokenizer and configuration."""


class OrganizationOpenRequest(TypedDict):
    name: str


class PatchedBillingProfileRequest(TypedDict):
    """What an organization wants on its invoices. Changes count from the next one on."""

    legal_name: NotRequired[str]
    address_line1: NotRequired[str]
    address_line2: NotRequired[str]
    postal_code: NotRequired[str]
    city: NotRequired[str]
    country: NotRequired[str]
    """ISO 3166-1, such as DE."""
    vat_id: NotRequired[str]
    """Checked by its rules."""
    email: NotRequired[str]
    time_zone: NotRequired[str]
    """IANA; of the months of invoices."""


class PatchedBudgetChangeRequest(TypedDict):
    """What is left out stays as it is."""

    name: NotRequired[str]
    amount: NotRequired[str]
    alert_percents: NotRequired[list[int]]
    """Owners, admins and billing are told by e-mail when so much of it is spent."""
    is_hard: NotRequired[bool]


class PatchedDatasetChangeRequest(TypedDict):
    name: NotRequired[str]


class PatchedOrganizationChangeRequest(TypedDict):
    name: NotRequired[str]
    requires_second_factor: NotRequired[bool]


class PatchedRoleRequest(TypedDict):
    role: NotRequired[Role]


class PatchedWalletSettingsRequest(TypedDict):
    """What is left out stays as it is."""

    auto_top_up: NotRequired[AutoTopUpRequest | None]
    """Null: none."""
    auto_resume: NotRequired[bool]
    """Jobs that stopped for want of funds go on by themselves once there are some."""
    low_balance: NotRequired[str | None]
