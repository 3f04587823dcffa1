"""Bodies of requests, as dictionaries. Written by ``scripts/client_types.py``."""

from typing import Any, Literal, NotRequired, TypedDict

from trainyard_client.types.enums import CreditKind, PoolState, Role, SlotKind, Task, WebhookEndpointKind


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


class ApprovalRequest(TypedDict):
    amount: NotRequired[str]
    """Tax included; all that was disputed unless told."""
    decision: NotRequired[str]


class AutoTopUpRequest(TypedDict):
    threshold: str
    """A wallet below it is topped up."""
    amount: str
    monthly_limit: str
    """Automatic top-ups of a calendar month (UTC) never add up to more."""


class BulkCancelRequest(TypedDict):
    ids: list[str]


class ContractedPriceCreateRequest(TypedDict):
    """A price of a pool, or a discount on the list prices of one or all."""

    pool: NotRequired[str | None]
    """Name or id; left out: a discount on all pools."""
    per_slot_second: NotRequired[str]
    percent_off: NotRequired[str]
    preemptible: NotRequired[bool]
    """Which price of the pool; by default on-demand."""
    effective_from: NotRequired[str | None]
    """Left out: from now on. Never in the past."""
    effective_until: NotRequired[str | None]


class CreditLimitRequest(TypedDict):
    credit_limit: str
    """How far below zero the wallet may go; 0: it pays ahead."""


class CreditNoteCreateRequest(TypedDict):
    amount: str
    """Tax included."""
    reason: str
    line: NotRequired[int]
    """Position of the line that it is about."""


class CreditRequest(TypedDict):
    amount: str
    kind: CreditKind
    priority: NotRequired[int | None]
    """The lower is used first; left out: 50 of promotional credit, 100 of paid."""
    expires_at: NotRequired[str | None]


class CurrencyRequest(TypedDict):
    currency: str
    """Of ISO 4217."""


class DatasetCreateRequest(TypedDict):
    name: str
    task: Task
    options: NotRequired[dict[str, Any]]
    """What a dataset's ``options`` may hold; the JSON Schema is part of the API."""


class DatasetUploadRequest(TypedDict):
    file: str
    """Zip or tar of class folders with images; or a CSV, Parquet or JSONL table."""


class DisputeCreateRequest(TypedDict):
    line: int
    """Its position on the invoice."""
    reason: str
    amount: NotRequired[str]
    """Tax included; all that is left of the line unless told."""


class EnrolmentTokenCreateRequest(TypedDict):
    expires_in_seconds: NotRequired[int]


class HandOverRequest(TypedDict):
    member: str
    """Id of the member who becomes the owner."""


class InviteRequest(TypedDict):
    email: str
    role: NotRequired[Role]
    expires_at: NotRequired[str | None]
    """A week from now unless told, 30 days at most."""


class InvoicePaymentRequest(TypedDict):
    amount: str
    reference: str
    """Of the payment, such as that of a bank transfer."""


class LabelsRequest(TypedDict):
    labels: dict[str, str]


class LegalEntityRequest(TypedDict):
    name: str
    number_prefix: NotRequired[str]
    """Numbers of documents begin with it: `INV-000001`."""
    address_line1: NotRequired[str]
    address_line2: NotRequired[str]
    postal_code: NotRequired[str]
    city: NotRequired[str]
    country: NotRequired[str]
    """ISO 3166-1, such as DE."""
    vat_id: NotRequired[str]
    registration_number: NotRequired[str]
    email: NotRequired[str]
    iban: NotRequired[str]
    bic: NotRequired[str]
    payment_days: NotRequired[int]


class LimitsRequest(TypedDict):
    max_stored_bytes: NotRequired[int | None]
    """Of uploads. Null: the platform's."""
    max_bytes_in_flight: NotRequired[int | None]
    """Of uploads. Null: the platform's."""


class ListPriceCreateRequest(TypedDict):
    per_slot_second: str
    preemptible: NotRequired[bool]
    """Of jobs with resources.preemptible; without such a price they pay the other."""
    currency: NotRequired[str | None]
    """Left out: the platform's."""
    effective_from: NotRequired[str | None]
    """Left out: from now on. Never in the past."""
    pool: str
    """Name or id of a pool."""


class OrganizationCreateRequest(TypedDict):
    name: str
    owner_email: str


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


class PatchedOrganizationChangeRequest(TypedDict):
    name: NotRequired[str]
    requires_second_factor: NotRequired[bool]


class PatchedPoolChangeRequest(TypedDict):
    """What is left out stays as it is."""

    labels: NotRequired[dict[str, str]]
    """Labels of all its workers."""
    state: NotRequired[PoolState]
    """closed: takes no new jobs; those it has go on."""
    preemptible: NotRequired[bool]


class PatchedRoleRequest(TypedDict):
    role: NotRequired[Role]


class PatchedWalletSettingsRequest(TypedDict):
    """What is left out stays as it is."""

    auto_top_up: NotRequired[AutoTopUpRequest | None]
    """Null: none."""
    auto_resume: NotRequired[bool]
    """Jobs that stopped for want of funds go on by themselves once there are some."""


class PatchedWebhookEndpointChangeRequest(TypedDict):
    url: NotRequired[str]
    """Of the kinds `webhook` and `slack`."""
    email: NotRequired[str]
    """Of the kind `email`: the address of a member."""
    events: NotRequired[list[str]]
    """As `GET /webhooks/event-types` names them; `job.*`, or `*`."""
    description: NotRequired[str]
    enabled: NotRequired[bool]


class PoolCreateRequest(TypedDict):
    name: str
    slot_kind: SlotKind
    preemptible: NotRequired[bool]
    price_per_slot_second: str


class PredictRequest(TypedDict):
    inputs: list[str | dict[str, str | float | bool | None] | list[float | dict[str, str | float | bool | None]]]
    """1 to 256 rows, images, texts, recordings or series."""


class PredictUploadRequest(TypedDict):
    inputs: list[str]
    """One file part an image or recording."""


class PriceCreateRequest(TypedDict):
    per_slot_second: str
    preemptible: NotRequired[bool]
    """Of jobs with resources.preemptible; without such a price they pay the other."""
    currency: NotRequired[str | None]
    """Left out: the platform's."""
    effective_from: NotRequired[str | None]
    """Left out: from now on. Never in the past."""


class QuotaChangeRequest(TypedDict):
    """What is left out stays as it is."""

    pool: str
    """Name of a pool."""
    weight: NotRequired[float]
    guaranteed_slots: NotRequired[int]
    max_running_jobs: NotRequired[int | None]
    max_queued_jobs: NotRequired[int | None]


class RefundCreateRequest(TypedDict):
    amount: str


class RejectionRequest(TypedDict):
    decision: str


class ReplayFailedRequest(TypedDict):
    since: str
    """What was to be sent from then on, and failed, is sent again."""


class ResumeRequest(TypedDict):
    """New limits of the job, where the present ones stopped it; both may be left out."""

    max_cost: NotRequired[str]
    max_runtime_seconds: NotRequired[int]


class RotateSecretRequest(TypedDict):
    overlap_seconds: NotRequired[int]
    """For so long the old secret signs beside the new one."""


class TaxRateRequest(TypedDict):
    country: str
    percent: str
    reverse_charge: NotRequired[bool]
    """A business of another country than the seller's owes the tax itself."""
    wording: NotRequired[str]
    """Of reverse charge, on invoices; empty: the usual one."""
    effective_from: NotRequired[str]
    """From now on unless told."""


class TopUpCreateRequest(TypedDict):
    amount: str
    """Whole in the smallest unit of the currency, as cents are."""
    return_url: NotRequired[str]
    """Where the payment's page leads back to."""


class VoidRequest(TypedDict):
    reason: str
    reissue: NotRequired[bool]
    """Puts another in its place, with the legal data of now. Else charges are given back."""


class WebhookEndpointCreateRequest(TypedDict):
    url: NotRequired[str]
    """Of the kinds `webhook` and `slack`."""
    email: NotRequired[str]
    """Of the kind `email`: the address of a member."""
    events: list[str]
    """As `GET /webhooks/event-types` names them; `job.*`, or `*`."""
    description: NotRequired[str]
    enabled: NotRequired[bool]
    kind: NotRequired[WebhookEndpointKind]
