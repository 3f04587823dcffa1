"""Answers about admin. Written by ``scripts/client_types.py``."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from trainyard_client.types.answer import Answer
from trainyard_client.types.api_keys import IssuedApiKey
from trainyard_client.types.enums import (
    DisputeState,
    InvoiceState,
    OrganizationState,
    PoolState,
    PriorityTier,
    SlotKind,
    WorkerState,
)
from trainyard_client.types.invoices import Period
from trainyard_client.types.wallet import Wallet


class AdminDispute(Answer):
    id: str
    invoice_id: str
    line: int
    amount: Decimal
    currency: str
    reason: str
    state: DisputeState
    decision: str
    credit_note_id: str | None
    created_at: datetime
    decided_at: datetime | None
    organization_id: str


class AdminInvoice(Answer):
    """Without its lines."""

    id: str
    number: str
    """Empty while it is a draft."""
    state: InvoiceState
    period: Period
    currency: str
    subtotal: Decimal
    tax: Decimal
    total: Decimal
    due: Decimal
    """What was not paid from credit."""
    paid: Decimal
    """Of what was due."""
    credited: Decimal
    """By credit notes."""
    created_at: datetime
    finalized_at: datetime | None
    due_at: datetime | None
    paid_at: datetime | None
    voided_at: datetime | None
    replaces: str | None
    """The void invoice before it."""
    organization_id: str


class AdminOrganization(Answer):
    id: str
    name: str
    state: OrganizationState
    requires_second_factor: bool
    """Of every member who acts for it in a browser."""
    created_at: datetime
    wallet: Wallet


class Price(Answer):
    """Rules from ``effective_from`` until the pool's next price."""

    id: str
    per_slot_second: Decimal
    preemptible: bool
    """For jobs with resources.preemptible; false: for all others."""
    currency: str
    effective_from: datetime


class AdminPool(Answer):
    id: str
    name: str
    slot_kind: SlotKind
    state: PoolState
    preemptible: bool
    """Its workers may go at any time; only jobs with resources.preemptible run here."""
    labels: dict[str, str]
    """Labels of all its workers."""
    created_at: datetime
    workers_count: int
    """Workers that have not been removed."""
    slots_count: int
    """Slots of these workers."""
    price: Price | None
    upcoming_prices: list[Price]


class Sandbox(Answer):
    """What stands around the processes of jobs on a worker."""

    kind: str
    """namespaces: they see their own files alone; landlock: they open no others; none: they can."""
    missing: list[str]
    """A sentence for each wall that the host cannot build."""


class AdminWorker(Answer):
    id: str
    name: str
    pool_id: str
    pool: str
    state: WorkerState
    online: bool
    """Was heard of within the time of a lease."""
    state_reason: str
    """Why it is quarantined; empty otherwise."""
    retest_at: datetime | None
    """When a quarantined one is tried again by itself; null: it waits for an operator."""
    slots: int
    labels: dict[str, str]
    """Its own, beside those of its pool."""
    hardware: dict[str, Any]
    """kind, model, memory_bytes, cores, gpus and driver."""
    software: dict[str, Any]
    software_fingerprint: str
    """The same for workers on the same software."""
    pretrained: list[str]
    """Names of the pretrained models on its disk, as of its last start."""
    sandbox: Sandbox | None
    """As of its last start; null: not told by an earlier release."""
    registered_at: datetime
    last_heartbeat_at: datetime
    has_room: bool
    """Its disk has room for another job; without, it takes none."""
    slots_taken: int
    """0: nothing runs here, so a drained worker can be removed."""


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


class Limits(Answer):
    max_stored_bytes: int | None
    """Of uploads. Null: the platform's."""
    max_bytes_in_flight: int | None
    """Of uploads. Null: the platform's."""
