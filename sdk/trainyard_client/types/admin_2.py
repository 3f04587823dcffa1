"""Answers about admin. Written by ``scripts/client_types.py``."""

from datetime import datetime
from decimal import Decimal

from trainyard_client.types.admin import OrganizationRef
from trainyard_client.types.answer import Answer
from trainyard_client.types.api_keys import IssuedApiKey
from trainyard_client.types.enums import DunningAction, HealthLevel, OrganizationState, PriorityTier, Stage


class Bucket(Answer):
    at: datetime
    slots_taken: float
    """Average number of slots in use until the next point."""


class PoolCapacity(Answer):
    pool_id: str
    pool: str
    state: str
    slots: int
    """Slots of its workers that are up."""
    slots_taken: int
    utilization: float | None
    """Utilization, 0 to 1; null for a pool without slots."""
    workers: dict[str, int]
    """Number of workers that are up, by state."""
    workers_offline: int
    """Enrolled workers without a heartbeat within the duration of a lease."""
    series: list[Bucket]


class Capacity(Answer):
    data: list[PoolCapacity]


class ChargeFailure(Answer):
    message: str
    """Message of the payment provider."""
    at: datetime


class ContractedPrice(Answer):
    id: str
    pool: str | None
    """Pool; null: all pools."""
    preemptible: bool | None
    """Kind of price; null: a discount on both kinds."""
    per_slot_second: Decimal | None
    """Price per slot-second; null: a discount."""
    percent_off: Decimal | None
    currency: str
    effective_from: datetime
    effective_until: datetime | None
    created_at: datetime


class CreatedOrganization(Answer):
    id: str
    name: str
    state: OrganizationState
    requires_second_factor: bool
    """Whether members need a second factor to act for it in a browser."""
    created_at: datetime
    api_key: IssuedApiKey
    """The organization's first key, with the role of an owner."""


class CreditLimitShown(Answer):
    credit_limit: Decimal


class Currency(Answer):
    currency: str
    """ISO 4217 code."""


class CurrencyTotal(Answer):
    currency: str
    amount: Decimal


class DunningStep(Answer):
    action: DunningAction
    at: datetime
    """Time by the billing calendar; later if a charge is pending then."""


class DunningCase(Answer):
    """Dunning case of an overdue invoice: the amount due, the present stage, and the next step."""

    invoice_id: str
    number: str
    organization: OrganizationRef
    due: Decimal
    """Amount still to be paid."""
    paid: Decimal
    """Amount paid since the invoice was finalized."""
    currency: str
    due_since: datetime
    stage: Stage
    """Present stage. `no_new_jobs`: no job starts; `jobs_stopped`: running jobs were stopped, too."""
    next_step: DunningStep | None
    """Next dunning step; null after the last."""
    charge_pending_since: datetime | None
    """Since when a charge waits for the payment provider; meanwhile no step is taken."""
    last_failure: ChargeFailure | None
    """Last failed charge for this invoice; null if none failed."""


class OverdueTotal(Answer):
    currency: str
    amount: Decimal
    invoices: int
    organizations: int


class DunningCasePage(Answer):
    next_cursor: str | None
    """Cursor of the next page, to be passed as `cursor`; null on the last page."""
    data: list[DunningCase]
    totals: list[OverdueTotal]
    """Totals of all pages, per currency."""


class HealthCheck(Answer):
    name: str
    level: HealthLevel
    count: int | None
    """Number of objects that the check counts; null for checks that count nothing."""
    oldest: datetime | None
    """Time of the oldest of these objects."""
    details: list[str]


class Health(Answer):
    level: HealthLevel
    """Worst level of all checks."""
    data: list[HealthCheck]


class Impersonated(Answer):
    organization_id: str
    ends_at: datetime


class InQueue(Answer):
    """An organization that holds slots of the pool or has queued jobs there."""

    id: str
    name: str
    weight: float
    guaranteed_slots: int
    fair_slots: float
    """Weighted max-min fair share of the slots of workers that are up."""
    held_slots: int
    running_jobs: int
    max_running_jobs: int | None
    """Maximum number of running jobs; null: no limit."""
    used_slot_seconds: float
    """Decayed usage up to now, by which the fair share is computed."""
    queued_jobs: int
    queued_slots: int
    oldest_queued_at: datetime | None
    next_job: str | None
    """Next job of the organization; null if no job is queued, or all wait for the delay after a fault."""
    priority_tier: PriorityTier | None
    turn: PriorityTier | None
    """Deprecated name of `priority_tier`."""


class IssuedEnrolmentToken(Answer):
    """One-time token with which one worker joins the pool."""

    id: str
    pool_id: str
    created_at: datetime
    expires_at: datetime
    secret: str | None
    """Secret, shown in this response only; null in replays by an Idempotency-Key."""


class LegalEntity(Answer):
    name: str
    number_prefix: str | None
    """Prefix of document numbers, such as `INV` in `INV-000001`."""
    address_line1: str | None
    address_line2: str | None
    postal_code: str | None
    city: str | None
    country: str | None
    """ISO 3166-1 alpha-2 code, such as DE."""
    vat_id: str | None
    registration_number: str | None
    email: str | None
    iban: str | None
    bic: str | None
    payment_days: int | None
