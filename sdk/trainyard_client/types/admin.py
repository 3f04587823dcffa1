"""Answers about admin. Written by ``scripts/client_types.py``."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from trainyard_client.types.answer import Answer
from trainyard_client.types.enums import (
    AllowedActions,
    DisputeState,
    InvoiceState,
    JobState,
    OrganizationState,
    PoolState,
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
    organization: str
    """Its name."""
    allowed_actions: list[str]
    """What the caller may do with it, by its state, role and scopes, of approve, reject."""


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
    organization: str
    """Its name."""
    allowed_actions: list[str]
    """What the caller may do with it, by its state, role and scopes, of pay, credit, void."""


class OrganizationRef(Answer):
    id: str
    name: str


class AdminJob(Answer):
    """A job of any organization: how it stands, without its spec, its data and what it learned."""

    id: str
    name: str
    organization: OrganizationRef
    state: JobState
    reason: str
    task: str
    architecture: str
    pool: str
    slots: int
    priority: int
    preemptible: bool
    attempts_count: int
    step: int
    total_steps: int | None
    error_code: str | None
    """Of a failed job; else null."""
    billed: str
    currency: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class AdminOrganization(Answer):
    id: str
    name: str
    state: OrganizationState
    requires_second_factor: bool
    """Of every member who acts for it in a browser."""
    created_at: datetime
    wallet: Wallet
    allowed_actions: list[str]
    """What the caller may do with it, by its state, role and scopes, of suspend, reactivate."""


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
    allowed_actions: list[str]
    """What the caller may do with it, by its state, role and scopes, of open, close."""


class BaseModelFacts(Answer):
    """What a training of a registered language model takes is told from this."""

    parameters: int
    context: int | None
    """Its longest input in tokens, where it states one."""
    dtype: str
    """The data type that most of its weights are stored in."""
    stored_bytes: int
    """What its weights take as they are stored."""


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
    """Why it is out of service, where that was said."""
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
    pretrained_tasks: dict[str, list[str]]
    """What each of them can learn; of one that is missing here its worker did not tell."""
    base_models: dict[str, BaseModelFacts]
    """What is known of the causal language models among them."""
    sandbox: Sandbox | None
    """As of its last start; null: not told by an earlier release."""
    registered_at: datetime
    last_heartbeat_at: datetime
    has_room: bool
    """Its disk has room for another job; without, it takes none."""
    slots_taken: int
    """0: nothing runs here, so a drained worker can be removed."""
    allowed_actions: list[AllowedActions]
    """Calls below this worker, in its state."""
