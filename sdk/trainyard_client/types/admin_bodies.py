"""Bodies of operators' requests, as dictionaries. Written by ``scripts/client_types.py``."""

from typing import NotRequired, TypedDict

from trainyard_client.types.enums import CreditKind, PoolState, SlotKind
from trainyard_client.types.enums_2 import MeterPriceKind


class ApprovalRequest(TypedDict):
    amount: NotRequired[str]
    """Tax included; all that was disputed unless told."""
    decision: NotRequired[str]


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


class EnrolmentTokenCreateRequest(TypedDict):
    expires_in_seconds: NotRequired[int]


class ImpersonateRequest(TypedDict):
    reason: str
    """Shown to the organization."""


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


class MeterPriceRequest(TypedDict):
    """What a unit of storage or predictions costs. What has no price is free."""

    kind: MeterPriceKind
    unit: str
    """GB-hour of storage; call or second of predictions."""
    per_unit: str
    currency: NotRequired[str]
    effective_from: NotRequired[str]
    """From now on unless told."""


class OrganizationCreateRequest(TypedDict):
    name: str
    owner_email: str


class PatchedPlanOfferRequest(TypedDict):
    is_offered: NotRequired[bool]


class PatchedPoolChangeRequest(TypedDict):
    """What is left out stays as it is."""

    labels: NotRequired[dict[str, str]]
    """Labels of all its workers."""
    state: NotRequired[PoolState]
    """closed: takes no new jobs; those it has go on."""
    preemptible: NotRequired[bool]


class PlanCreateRequest(TypedDict):
    """Terms of a plan, which never change. A limit that is left out is none of the plan's."""

    name: str
    description: NotRequired[str]
    monthly_fee: str
    currency: NotRequired[str | None]
    included_slot_hours: NotRequired[int]
    """Of training, in any pool, each month."""
    max_running_jobs: NotRequired[int | None]
    max_stored_bytes: NotRequired[int | None]
    max_members: NotRequired[int | None]
    requests_per_second: NotRequired[int | None]
    is_offered: NotRequired[bool]
    """If not, operators alone put customers on it."""


class PoolCreateRequest(TypedDict):
    name: str
    slot_kind: SlotKind
    preemptible: NotRequired[bool]
    price_per_slot_second: str


class PriceCreateRequest(TypedDict):
    per_slot_second: str
    preemptible: NotRequired[bool]
    """Of jobs with resources.preemptible; without such a price they pay the other."""
    currency: NotRequired[str | None]
    """Left out: the platform's."""
    effective_from: NotRequired[str | None]
    """Left out: from now on. Never in the past."""


class PromoCodeCreateRequest(TypedDict):
    code: str
    """Letters, digits, dashes, underscores."""
    amount: str
    currency: NotRequired[str | None]
    max_redemptions: NotRequired[int | None]
    """Null: any number."""
    credit_days: NotRequired[int | None]
    """Null: never expires."""
    ends_at: NotRequired[str | None]


class QuarantineRequest(TypedDict):
    reason: str
    """Shown as `state_reason`."""
