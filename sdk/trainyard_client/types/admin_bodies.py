"""Bodies of operators' requests, as dictionaries. Written by ``scripts/client_types.py``."""

from typing import NotRequired, TypedDict

from trainyard_client.types.enums import CreditKind, PoolState, SlotKind
from trainyard_client.types.enums_2 import MeterPriceKind


class ApprovalRequest(TypedDict):
    amount: NotRequired[str]
    """Amount to return, tax included; by default the disputed amount."""
    decision: NotRequired[str]


class ContractedPriceCreateRequest(TypedDict):
    """Contracted price of a pool, or a discount on the list prices of one pool or of all."""

    pool: NotRequired[str | None]
    """Name or id of a pool; left out: a discount on all pools."""
    per_slot_second: NotRequired[str]
    percent_off: NotRequired[str]
    preemptible: NotRequired[bool]
    """Whether it replaces the preemptible price; by default the on-demand price."""
    effective_from: NotRequired[str | None]
    """Start of validity, not in the past; by default now."""
    effective_until: NotRequired[str | None]


class CreditLimitRequest(TypedDict):
    credit_limit: str
    """Most that the wallet may be overdrawn; 0: prepaid."""


class CreditNoteCreateRequest(TypedDict):
    amount: str
    """Amount, tax included."""
    reason: str
    line: NotRequired[int]
    """Position of the credited invoice line."""


class CreditRequest(TypedDict):
    amount: str
    kind: CreditKind
    priority: NotRequired[int | None]
    """Priority; lower numbers are used first. Default: 50 for promotional credit, 100 for paid credit."""
    expires_at: NotRequired[str | None]


class CurrencyRequest(TypedDict):
    currency: str
    """ISO 4217 code."""


class EnrolmentTokenCreateRequest(TypedDict):
    expires_in_seconds: NotRequired[int]


class ImpersonateRequest(TypedDict):
    reason: str
    """Reason, shown to the organization."""


class InvoicePaymentRequest(TypedDict):
    amount: str
    reference: str
    """Reference of the payment, such as that of a bank transfer."""


class LabelsRequest(TypedDict):
    labels: dict[str, str]


class LegalEntityRequest(TypedDict):
    name: str
    number_prefix: NotRequired[str]
    """Prefix of document numbers, such as `INV` in `INV-000001`."""
    address_line1: NotRequired[str]
    address_line2: NotRequired[str]
    postal_code: NotRequired[str]
    city: NotRequired[str]
    country: NotRequired[str]
    """ISO 3166-1 alpha-2 code, such as DE."""
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
    """Whether it is for jobs with `resources.preemptible`; without such a price they pay the on-demand price."""
    currency: NotRequired[str | None]
    """Left out: the platform's."""
    effective_from: NotRequired[str | None]
    """Start of validity, not in the past; by default now."""
    pool: str
    """Name or id of a pool."""


class MeterPriceRequest(TypedDict):
    """Price of one unit of storage or predictions. A meter without a price is free."""

    kind: MeterPriceKind
    unit: str
    """GB-hour of storage; call or second of predictions."""
    per_unit: str
    currency: NotRequired[str]
    effective_from: NotRequired[str]
    """Start of validity; by default now."""


class OrganizationCreateRequest(TypedDict):
    name: str
    owner_email: str


class PatchedPlanOfferRequest(TypedDict):
    is_offered: NotRequired[bool]


class PatchedPoolChangeRequest(TypedDict):
    """Change of a pool; fields that are left out stay unchanged."""

    labels: NotRequired[dict[str, str]]
    """Labels of all its workers."""
    state: NotRequired[PoolState]
    """`closed`: accepts no new jobs; its present jobs continue."""
    preemptible: NotRequired[bool]


class PlanCreateRequest(TypedDict):
    """Terms of a plan, which never change. A limit that is left out does not apply."""

    name: str
    description: NotRequired[str]
    monthly_fee: str
    currency: NotRequired[str | None]
    included_slot_hours: NotRequired[int]
    """Slot-hours of training in any pool that the monthly fee includes."""
    max_running_jobs: NotRequired[int | None]
    max_stored_bytes: NotRequired[int | None]
    max_members: NotRequired[int | None]
    requests_per_second: NotRequired[int | None]
    is_offered: NotRequired[bool]
    """Whether customers can choose it; if not, only operators can assign it."""


class PoolCreateRequest(TypedDict):
    name: str
    slot_kind: SlotKind
    preemptible: NotRequired[bool]
    price_per_slot_second: str


class PriceCreateRequest(TypedDict):
    per_slot_second: str
    preemptible: NotRequired[bool]
    """Whether it is for jobs with `resources.preemptible`; without such a price they pay the on-demand price."""
    currency: NotRequired[str | None]
    """Left out: the platform's."""
    effective_from: NotRequired[str | None]
    """Start of validity, not in the past; by default now."""


class PromoCodeCreateRequest(TypedDict):
    code: str
    """Letters, digits, dashes, underscores."""
    amount: str
    currency: NotRequired[str | None]
    max_redemptions: NotRequired[int | None]
    """Maximum number of redemptions; null: no limit."""
    credit_days: NotRequired[int | None]
    """Days until the credit expires; null: never."""
    ends_at: NotRequired[str | None]


class QuarantineRequest(TypedDict):
    reason: str
    """Shown as `state_reason`."""
