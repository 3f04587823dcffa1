"""The catalogue of webhook events: when each is sent, to whom, and with which data. The only such list."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from trainyard_spec.states import JobState


class Audience(StrEnum):
    """Who can subscribe: organizations to their own events, operators to those of the platform."""

    ORGANIZATION = "organization"
    OPERATORS = "operators"


class WebhookEvent(StrEnum):
    TEST = "webhook.test"
    JOB_CREATED = "job.created"
    JOB_STARTED = "job.started"
    JOB_PAUSED = "job.paused"
    JOB_RESUMED = "job.resumed"
    JOB_REQUEUED = "job.requeued"
    JOB_SUCCEEDED = "job.succeeded"
    JOB_FAILED = "job.failed"
    JOB_CANCELLED = "job.cancelled"
    DATASET_VERSION_READY = "dataset.version_ready"
    DATASET_VERSION_REJECTED = "dataset.version_rejected"
    DATASET_IMPORT_FINISHED = "dataset.import_finished"
    DATASET_IMPORT_FAILED = "dataset.import_failed"
    MODEL_REGISTERED = "model.registered"
    BUDGET_ALERTED = "budget.alerted"
    WALLET_LOW_BALANCE = "wallet.low_balance"
    INVOICE_FINALIZED = "invoice.finalized"
    INVOICE_OVERDUE = "invoice.overdue"
    INVITATION_ACCEPTED = "invitation.accepted"
    WORKER_LOST = "worker.lost"
    WORKER_DRAINING = "worker.draining"
    WORKER_DRAINED = "worker.drained"
    WORKER_QUARANTINED = "worker.quarantined"


@dataclass(frozen=True, slots=True)
class EventDescription:
    """Event type: ``when`` it is sent, and ``sentence``, the text for people, with fields of ``data`` inserted."""

    when: str
    sentence: str
    data: Mapping[str, str]
    audience: Audience = Audience.ORGANIZATION


_JOB = {
    "id": "The job, `job_…`.",
    "name": "Its name.",
    "state": "The state that it is in now.",
    "reason": "Why, as in `GET /jobs/{id}`.",
    "architecture": "The architecture that is trained.",
    "task": "The task.",
    "dataset_version": "The data, `dsv_…`.",
    "step": "Steps that are done.",
    "error": "`code`, `message` and `hint` of a job that failed; null otherwise.",
}
_VERSION = {
    "id": "The version, `dsv_…`.",
    "dataset_id": "Its dataset, `ds_…`.",
    "number": "Counts from 1 within the dataset.",
    "filename": "The name of the uploaded file.",
    "rows": "Rows of a version that is ready; null otherwise.",
    "problems_count": "How many problems were found.",
}
_IMPORT = {
    "id": "The import, `imp_…`.",
    "dataset_id": "The dataset that it is for, `ds_…`.",
    "url": "Where the file was fetched, without the address's query.",
    "filename": "What it is called.",
    "bytes": "How many bytes came.",
    "version_id": "The version that it became, `dsv_…`, which is checked next; null of one that failed.",
    "error": "`code`, `message` and `hint` of an import that failed; null otherwise.",
}
_MODEL = {
    "id": "The model, `mdl_…`.",
    "job_id": "The job that made it, `job_…`.",
    "name": "Its name.",
    "architecture": "The architecture.",
    "task": "The task.",
    "test_metrics": "Metrics on the test split; null without one.",
}
_BUDGET = {
    "id": "The budget, `bud_…`.",
    "name": "Its name.",
    "month": "The calendar month (UTC), such as 2026-11-01.",
    "percent": "The share that was passed.",
    "amount": "Of the month, as a decimal number.",
    "spent": "In this month so far, as a decimal number.",
    "is_hard": "Whether jobs stop with a checkpoint before the budget is passed.",
}
_WALLET = {
    "id": "The organization, `org_…`.",
    "balance": "What is left with what jobs hold of it, as a decimal number.",
    "threshold": "Below which it has fallen.",
    "currency": "ISO 4217.",
}
_INVOICE = {
    "id": "The invoice, `inv_…`.",
    "number": "Its number.",
    "month": "The month that it closes, such as 2026-11.",
    "currency": "Of its amounts.",
    "total": "With tax, as a decimal number.",
    "due": "What was not paid from credit, as a decimal number.",
}
_WORKER = {
    "id": "The worker, `wrk_…`.",
    "name": "Its name.",
    "pool": "The name of its pool.",
    "reason": "Why; may be empty.",
}

_OPERATORS = Audience.OPERATORS

CATALOGUE: dict[WebhookEvent, EventDescription] = {
    WebhookEvent.TEST: EventDescription(
        "You ask for a test of an endpoint. Sent to that one, whatever it subscribes to.",
        "This is a test of the endpoint {id}.",
        {"id": "The endpoint, `whe_…`."},
    ),
    WebhookEvent.JOB_CREATED: EventDescription("A job was submitted.", "Job {name} was submitted.", _JOB),
    WebhookEvent.JOB_STARTED: EventDescription(
        "A worker begins to train, also when a job goes on after a pause or a lost worker.",
        "Job {name} is training.",
        _JOB,
    ),
    WebhookEvent.JOB_PAUSED: EventDescription(
        "A job was paused, by somebody or by a limit (`reason`).", "Job {name} is paused: {reason}.", _JOB
    ),
    WebhookEvent.JOB_RESUMED: EventDescription(
        "A paused job waits for a worker again.", "Job {name} was resumed.", _JOB
    ),
    WebhookEvent.JOB_REQUEUED: EventDescription(
        "A job lost its worker, or gave it to another, and will go on from its last checkpoint.",
        "Job {name} waits for a worker again: {reason}.",
        _JOB,
    ),
    WebhookEvent.JOB_SUCCEEDED: EventDescription("A job ended with a model.", "Job {name} has succeeded.", _JOB),
    WebhookEvent.JOB_FAILED: EventDescription("A job ended without one.", "Job {name} has failed: {reason}.", _JOB),
    WebhookEvent.JOB_CANCELLED: EventDescription("A job was cancelled.", "Job {name} was cancelled.", _JOB),
    WebhookEvent.DATASET_VERSION_READY: EventDescription(
        "An uploaded file was checked and can be trained on.", "{filename} is ready: {rows} rows.", _VERSION
    ),
    WebhookEvent.DATASET_VERSION_REJECTED: EventDescription(
        "An uploaded file was checked and has problems.",
        "{filename} was rejected with {problems_count} problems.",
        _VERSION,
    ),
    WebhookEvent.DATASET_IMPORT_FINISHED: EventDescription(
        "All of a file was fetched from its address; `dataset.version_ready` or `dataset.version_rejected` follows.",
        "{filename} was fetched: {bytes} bytes.",
        _IMPORT,
    ),
    WebhookEvent.DATASET_IMPORT_FAILED: EventDescription(
        "A file was not fetched from its address, and will not be tried again.",
        "{filename} was not fetched from {url}.",
        _IMPORT,
    ),
    WebhookEvent.MODEL_REGISTERED: EventDescription(
        "A finished model is in the registry.", "Model {name} is registered.", _MODEL
    ),
    WebhookEvent.BUDGET_ALERTED: EventDescription(
        "A month has passed a share of a budget that was to be told of. Once a share and month.",
        "{percent} % of the budget {name} is spent: {spent} of {amount}.",
        _BUDGET,
    ),
    WebhookEvent.WALLET_LOW_BALANCE: EventDescription(
        "The balance has fallen below `low_balance` of the wallet's settings. Once, until it was above that again.",
        "{balance} {currency} are left, below {threshold}.",
        _WALLET,
    ),
    WebhookEvent.INVOICE_FINALIZED: EventDescription(
        "A month was closed into an invoice, which never changes again.",
        "Invoice {number} for {month} is final: {total} {currency}, of which {due} are due.",
        _INVOICE,
    ),
    WebhookEvent.INVOICE_OVERDUE: EventDescription(
        "An invoice was not paid in time, and a step of its dunning was taken.",
        "Invoice {number} is not paid: {due} {currency} are due.",
        {
            "id": "The invoice, `inv_…`.",
            "number": "Its number.",
            "currency": "ISO 4217.",
            "due": "What is still due.",
            "stage": "`retrying`, `no_new_jobs` or `jobs_stopped`.",
            "next_at": "When the next step is taken; null after the last.",
        },
    ),
    WebhookEvent.INVITATION_ACCEPTED: EventDescription(
        "Somebody accepted an invitation and is a member now.",
        "{email} has joined as {role}.",
        {
            "id": "The invitation, `invt_…`.",
            "email": "To whom it was sent.",
            "role": "Which role they have: `admin`, `member`, `billing` or `viewer`.",
        },
    ),
    WebhookEvent.WORKER_LOST: EventDescription(
        "The lease of an attempt on this worker passed without a heartbeat; its job goes on elsewhere.",
        "Worker {name} of pool {pool} is lost.",
        _WORKER,
        _OPERATORS,
    ),
    WebhookEvent.WORKER_DRAINING: EventDescription(
        "An operator drains a worker: its jobs stop with a checkpoint.",
        "Worker {name} of pool {pool} is draining.",
        _WORKER,
        _OPERATORS,
    ),
    WebhookEvent.WORKER_DRAINED: EventDescription(
        "A draining worker runs no job any more: its host may go.",
        "Worker {name} of pool {pool} is drained.",
        _WORKER,
        _OPERATORS,
    ),
    WebhookEvent.WORKER_QUARANTINED: EventDescription(
        "A worker was taken out of service.",
        "Worker {name} of pool {pool} is quarantined: {reason}",
        _WORKER,
        _OPERATORS,
    ),
}

EVENT_OF_JOB_STATE: dict[JobState, WebhookEvent] = {
    JobState.RUNNING: WebhookEvent.JOB_STARTED,
    JobState.PAUSED: WebhookEvent.JOB_PAUSED,
    JobState.QUEUED: WebhookEvent.JOB_REQUEUED,
    JobState.SUCCEEDED: WebhookEvent.JOB_SUCCEEDED,
    JobState.FAILED: WebhookEvent.JOB_FAILED,
    JobState.CANCELLED: WebhookEvent.JOB_CANCELLED,
}
"""By the state that a job comes into; in the others nothing is told."""


def event_of_transition(came_from: JobState, to: JobState) -> WebhookEvent | None:
    """What is told of a job that changes its state, or ``None``."""
    if (came_from, to) == (JobState.PAUSED, JobState.QUEUED):
        return WebhookEvent.JOB_RESUMED
    return EVENT_OF_JOB_STATE.get(to)


ANY = "*"


def event_filters(audience: Audience) -> list[str]:
    """What a subscription of ``audience`` may name: every event, those of one kind (``job.*``), or all (``*``)."""
    events = [event for event, about in CATALOGUE.items() if about.audience == audience and event != WebhookEvent.TEST]
    kinds = dict.fromkeys(f"{event.partition('.')[0]}.{ANY}" for event in events)
    return [ANY, *kinds, *events]


def is_subscribed(event: str, filters: Iterable[str]) -> bool:
    """Whether one of ``filters`` takes ``event`` in."""
    return not {ANY, f"{event.partition('.')[0]}.{ANY}", event}.isdisjoint(filters)


def sentence_of(event: str, data: Mapping[str, object]) -> str:
    """What people are told of ``event``."""
    return CATALOGUE[WebhookEvent(event)].sentence.format_map(data)
