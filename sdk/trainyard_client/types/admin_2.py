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
    """On average until the next point."""


class PoolCapacity(Answer):
    pool_id: str
    pool: str
    state: str
    slots: int
    """Of its workers that are up."""
    slots_taken: int
    utilization: float | None
    """0 to 1; null where it has no slots."""
    workers: dict[str, int]
    """That are up, by state."""
    workers_offline: int
    """Enrolled, and not heard of within the time of a lease."""
    series: list[Bucket]


class Capacity(Answer):
    data: list[PoolCapacity]


class ChargeFailure(Answer):
    message: str
    """The payment provider's words."""
    at: datetime


class ContractedPrice(Answer):
    id: str
    pool: str | None
    """Null: all pools."""
    preemptible: bool | None
    """Null: a discount, on both kinds of price."""
    per_slot_second: Decimal | None
    """Null: a discount."""
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
    """Of every member who acts for it in a browser."""
    created_at: datetime
    api_key: IssuedApiKey
    """The organization's first key, with the role of an owner."""


class CreditLimitShown(Answer):
    credit_limit: Decimal


class Currency(Answer):
    currency: str
    """Of ISO 4217."""


class CurrencyTotal(Answer):
    currency: str
    amount: Decimal


class DunningStep(Answer):
    action: DunningAction
    at: datetime
    """By billing's calendar; later where a charge is pending then."""


class DunningCase(Answer):
    """An overdue invoice: what is left to pay, how far its dunning has come, and what comes next."""

    invoice_id: str
    number: str
    organization: OrganizationRef
    due: Decimal
    """What is left to pay."""
    paid: Decimal
    """What was paid since it was finalized."""
    currency: str
    due_since: datetime
    stage: Stage
    """no_new_jobs: none start; jobs_stopped: running ones stopped, too."""
    next_step: DunningStep | None
    """Null after the last."""
    charge_pending_since: datetime | None
    """Of a charge without the payment provider's answer; until then no step is taken."""
    last_failure: ChargeFailure | None
    """Of a charge for this invoice; null where none failed."""


class OverdueTotal(Answer):
    currency: str
    amount: Decimal
    invoices: int
    organizations: int


class DunningCasePage(Answer):
    next_cursor: str | None
    """Pass it as `cursor` to get the next page; null on the last."""
    data: list[DunningCase]
    totals: list[OverdueTotal]
    """Of all pages, by currency."""


class HealthCheck(Answer):
    name: str
    level: HealthLevel
    count: int | None
    """Of what the check counts; null: it counts nothing."""
    oldest: datetime | None
    """Since when the first of them stands there."""
    details: list[str]


class Health(Answer):
    level: HealthLevel
    """The worst of all checks."""
    data: list[HealthCheck]


class Impersonated(Answer):
    organization_id: str
    ends_at: datetime


class InQueue(Answer):
    """An organization that holds slots of the pool or waits for some."""

    id: str
    name: str
    weight: float
    guaranteed_slots: int
    fair_slots: float
    """Its max-min fair share by weight of the slots that are up."""
    held_slots: int
    running_jobs: int
    max_running_jobs: int | None
    """Null: no limit."""
    used_slot_seconds: float
    """Decayed use up to now, by which fair shares are kept."""
    queued_jobs: int
    queued_slots: int
    oldest_queued_at: datetime | None
    next_job: str | None
    """Its job that is next; null where none may start: none is queued, or all wait out a fault."""
    priority_tier: PriorityTier | None
    turn: PriorityTier | None
    """Earlier name of `priority_tier`, which says the same."""


class IssuedEnrolmentToken(Answer):
    """Lets one worker join the pool, once."""

    id: str
    pool_id: str
    created_at: datetime
    expires_at: datetime
    secret: str | None
    """Shown this once; null where an Idempotency-Key replays the answer."""


class LegalEntity(Answer):
    name: str
    number_prefix: str | None
    """Numbers of documents begin with it: `INV-000001`."""
    address_line1: str | None
    address_line2: str | None
    postal_code: str | None
    city: str | None
    country: str | None
    """ISO 3166-1, such as DE."""
    vat_id: str | None
    registration_number: str | None
    email: str | None
    iban: str | None
    bic: str | None
    payment_days: int | None
