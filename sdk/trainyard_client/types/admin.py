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
    invoice_number: str
    line: int
    """Position of the line on the invoice."""
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
    """Name of the organization."""
    line_description: str
    """Description of the line on the invoice."""
    allowed_actions: list[str]
    """Actions that its state and the caller's role and scopes allow, of approve, reject."""


class AdminInvoice(Answer):
    """Invoice without its lines."""

    id: str
    number: str
    """Invoice number; empty while the invoice is a draft."""
    state: InvoiceState
    period: Period
    currency: str
    subtotal: Decimal
    tax: Decimal
    total: Decimal
    due: Decimal
    """Amount that credit did not pay."""
    paid: Decimal
    """Part of `due` that has been paid."""
    credited: Decimal
    """Sum of its credit notes."""
    created_at: datetime
    finalized_at: datetime | None
    due_at: datetime | None
    paid_at: datetime | None
    voided_at: datetime | None
    replaces: str | None
    """The void invoice that this one replaces."""
    organization_id: str
    organization: str
    """Name of the organization."""
    allowed_actions: list[str]
    """Actions that its state and the caller's role and scopes allow, of pay, credit, void."""


class OrganizationRef(Answer):
    id: str
    name: str


class AdminJob(Answer):
    """Job of any organization: its state, resources and times, without its spec, data and metrics."""

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
    """Error code of a failed job, else null."""
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
    """Whether members need a second factor to act for it in a browser."""
    created_at: datetime
    wallet: Wallet
    allowed_actions: list[str]
    """Actions that its state and the caller's role and scopes allow, of suspend, reactivate."""


class Price(Answer):
    """List price, in force from ``effective_from`` until the pool's next price."""

    id: str
    per_slot_second: Decimal
    preemptible: bool
    """Whether it is for jobs with `resources.preemptible`; false: for all others."""
    currency: str
    effective_from: datetime


class AdminPool(Answer):
    id: str
    name: str
    slot_kind: SlotKind
    state: PoolState
    preemptible: bool
    """Whether its workers may be withdrawn at any time; only jobs with `resources.preemptible` run here."""
    labels: dict[str, str]
    """Labels of all its workers."""
    created_at: datetime
    workers_count: int
    """Number of workers that have not been removed."""
    slots_count: int
    """Number of slots of these workers."""
    price: Price | None
    upcoming_prices: list[Price]
    allowed_actions: list[str]
    """Actions that its state and the caller's role and scopes allow, of open, close."""


class BaseModelFacts(Answer):
    """Facts about a registered language model, from which the memory and speed of a training are estimated."""

    parameters: int
    context: int | None
    """Maximum sequence length in tokens, if the model states one."""
    dtype: str
    """Data type of most of its weights."""
    stored_bytes: int
    """Size of its weights as stored, in bytes."""


class Sandbox(Answer):
    """Sandbox of the job processes on a worker."""

    kind: str
    missing: list[str]
    """A sentence for each protection that the host cannot provide."""


class AdminWorker(Answer):
    id: str
    name: str
    pool_id: str
    pool: str
    state: WorkerState
    online: bool
    """Whether a heartbeat arrived within the duration of a lease."""
    state_reason: str
    """Why it is out of service, if a reason was given."""
    retest_at: datetime | None
    """When a quarantined worker returns to service automatically; null: an operator has to return it."""
    slots: int
    labels: dict[str, str]
    """The worker's own labels, in addition to those of its pool."""
    hardware: dict[str, Any]
    """Hardware: kind, model, memory_bytes, cores, gpus and driver."""
    software: dict[str, Any]
    software_fingerprint: str
    """Hash of the software versions; equal for workers with the same software."""
    pretrained: list[str]
    """Names of the pretrained models on its disk at its last start."""
    pretrained_tasks: dict[str, list[str]]
    """Tasks that each of them can be fine-tuned for; a model is missing if the worker did not report them."""
    base_models: dict[str, BaseModelFacts]
    """Facts about the causal language models among them."""
    sandbox: Sandbox | None
    """Sandbox at its last start; null: a worker of an earlier release, which does not report it."""
    registered_at: datetime
    last_heartbeat_at: datetime
    has_room: bool
    """Whether its disk has space for another job; without it, it claims none."""
    slots_taken: int
    """Slots in use; 0: a drained worker can be removed."""
    allowed_actions: list[AllowedActions]
    """Actions of this worker's API that are allowed in its state."""
