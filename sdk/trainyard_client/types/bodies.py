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
    """Scopes that limit the key; null: everything that its role allows."""
    monthly_cap: NotRequired[str | None]
    """Most that the key's jobs may cost per calendar month (UTC); a job that could exceed it is refused."""
    expires_at: NotRequired[str | None]


class ApiKeyRotateRequest(TypedDict):
    overlap_seconds: NotRequired[int]
    """Seconds for which the old key keeps working."""


class AutoTopUpRequest(TypedDict):
    threshold: str
    """Balance below which the wallet is topped up."""
    amount: str
    monthly_limit: str
    """Most that automatic top-ups may add per calendar month (UTC)."""


class BudgetCreateRequest(TypedDict):
    """Budget of an organization for each calendar month (UTC)."""

    name: str
    amount: str
    alert_percents: NotRequired[list[int]]
    is_hard: NotRequired[bool]


class BulkCancelRequest(TypedDict):
    ids: list[str]


class ChoosePlanRequest(TypedDict):
    plan: str | None
    """Id of the plan; null: no plan from the end of the paid month on."""


class DatasetCreateRequest(TypedDict):
    name: str
    task: Task
    options: NotRequired[dict[str, Any]]
    """Values of a dataset's ``options``; their JSON Schema is part of the API."""


class DatasetImportCreateRequest(TypedDict):
    url: str
    """URL of the file: https://… or s3://BUCKET/KEY, from a source that the operators allow."""
    filename: NotRequired[str]
    """File name; by default the last part of the URL."""


class DatasetUploadRequest(TypedDict):
    file: str
    """Zip or tar of class folders with images; or a CSV, Excel, Parquet or JSONL table."""


class DeleteOrganizationRequest(TypedDict):
    confirm: str
    """The exact name of the organization, as a confirmation."""


class DeviceAuthorizeRequest(TypedDict):
    client_id: NotRequired[str]
    """OAuth client id of the program."""
    client_name: NotRequired[str]
    """Name for the key, such as `trainyard on laptop`."""
    scope: NotRequired[str]
    """Scopes of the key, separated by spaces; empty: everything that its role allows."""
    role: NotRequired[Role]
    key_lifetime_days: NotRequired[int]
    """Lifetime of the key in days."""


class DisputeCreateRequest(TypedDict):
    line: int
    """Position of the line on the invoice."""
    reason: str
    amount: NotRequired[str]
    """Disputed amount, tax included; by default all that is left of the line."""


class HandOverRequest(TypedDict):
    member: str
    """Id of the member who becomes the owner."""


class InviteRequest(TypedDict):
    email: str
    role: NotRequired[Role]
    expires_at: NotRequired[str | None]
    """Expiry; by default in 7 days, at most in 30 days."""


class JobSubmissionRequest(TypedDict):
    """Training spec with an optional binding quote."""

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
    """`merged`: the whole network with the adapters merged into its weights, with tokenizer and configuration."""


class OrganizationOpenRequest(TypedDict):
    name: str


class PatchedBillingProfileRequest(TypedDict):
    """Buyer data on the organization's invoices. Changes apply from the next invoice on."""

    legal_name: NotRequired[str]
    address_line1: NotRequired[str]
    address_line2: NotRequired[str]
    postal_code: NotRequired[str]
    city: NotRequired[str]
    country: NotRequired[str]
    """ISO 3166-1 alpha-2 code, such as DE."""
    vat_id: NotRequired[str]
    """VAT identification number, validated by the rules of its country."""
    email: NotRequired[str]
    time_zone: NotRequired[str]
    """IANA time zone of the invoiced months."""


class PatchedBudgetChangeRequest(TypedDict):
    """Change of a budget; fields that are left out stay unchanged."""

    name: NotRequired[str]
    amount: NotRequired[str]
    alert_percents: NotRequired[list[int]]
    """Percentages of the budget at which owners, admins and billing members get an e-mail."""
    is_hard: NotRequired[bool]


class PatchedDatasetChangeRequest(TypedDict):
    name: NotRequired[str]


class PatchedOrganizationChangeRequest(TypedDict):
    name: NotRequired[str]
    requires_second_factor: NotRequired[bool]


class PatchedRoleRequest(TypedDict):
    role: NotRequired[Role]


class PatchedWalletSettingsRequest(TypedDict):
    """Change of the wallet settings; fields that are left out stay unchanged."""

    auto_top_up: NotRequired[AutoTopUpRequest | None]
    """Automatic top-ups; null: none."""
    auto_resume: NotRequired[bool]
    """Whether jobs that stopped for lack of funds resume automatically when there are funds."""
    low_balance: NotRequired[str | None]
    """Balance below which billing contacts get an e-mail and `wallet.low_balance` is sent. Null: no alert."""
