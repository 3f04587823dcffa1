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
    "id": "Id of the job, `job_…`.",
    "name": "Name of the job.",
    "state": "New state of the job.",
    "reason": "Reason of the state, as in `GET /jobs/{id}`.",
    "architecture": "Architecture of the network.",
    "task": "Task of the job.",
    "dataset_version": "Id of the dataset version, `dsv_…`.",
    "step": "Number of finished optimizer steps.",
    "error": "`code`, `message` and `hint` of a failed job; else null.",
}
_VERSION = {
    "id": "Id of the version, `dsv_…`.",
    "dataset_id": "Id of its dataset, `ds_…`.",
    "number": "Number of the version within the dataset, from 1.",
    "filename": "Name of the uploaded file.",
    "rows": "Number of rows of a ready version; else null.",
    "problems_count": "Number of problems that were found.",
}
_IMPORT = {
    "id": "Id of the import, `imp_…`.",
    "dataset_id": "Id of its dataset, `ds_…`.",
    "url": "URL of the file, without its query.",
    "filename": "Name of the file.",
    "bytes": "Number of bytes received.",
    "version_id": "Id of the created version, `dsv_…`, which is validated next; null of a failed import.",
    "error": "`code`, `message` and `hint` of a failed import; else null.",
}
_MODEL = {
    "id": "Id of the model, `mdl_…`.",
    "job_id": "Id of its job, `job_…`.",
    "name": "Name of the model.",
    "architecture": "Architecture of the network.",
    "task": "Task of the model.",
    "test_metrics": "Metrics on the test split; null without a test split.",
}
_BUDGET = {
    "id": "Id of the budget, `bud_…`.",
    "name": "Name of the budget.",
    "month": "Calendar month (UTC), such as 2026-11-01.",
    "percent": "Percentage of the budget that was reached.",
    "amount": "Budget of the month, as a decimal number.",
    "spent": "Spent in this month so far, as a decimal number.",
    "is_hard": "Whether jobs stop with a checkpoint before the budget is exceeded.",
}
_WALLET = {
    "id": "Id of the organization, `org_…`.",
    "balance": "Remaining balance, including what jobs have reserved, as a decimal number.",
    "threshold": "Threshold below which the balance fell.",
    "currency": "ISO 4217 code.",
}
_INVOICE = {
    "id": "Id of the invoice, `inv_…`.",
    "number": "Invoice number.",
    "month": "Invoiced month, such as 2026-11.",
    "currency": "ISO 4217 code.",
    "total": "Total with tax, as a decimal number.",
    "due": "Amount that credit did not pay, as a decimal number.",
}
_WORKER = {
    "id": "Id of the worker, `wrk_…`.",
    "name": "Name of the worker.",
    "pool": "Name of its pool.",
    "reason": "Reason, may be empty.",
}

_OPERATORS = Audience.OPERATORS

CATALOGUE: dict[WebhookEvent, EventDescription] = {
    WebhookEvent.TEST: EventDescription(
        "A test of an endpoint was requested. Sent only to that endpoint, whatever its subscriptions.",
        "This is a test of the endpoint {id}.",
        {"id": "Id of the endpoint, `whe_…`."},
    ),
    WebhookEvent.JOB_CREATED: EventDescription("A job was submitted.", "Job {name} was submitted.", _JOB),
    WebhookEvent.JOB_STARTED: EventDescription(
        "A worker begins to train the job, also when it resumes after a pause or a lost worker.",
        "Job {name} is training.",
        _JOB,
    ),
    WebhookEvent.JOB_PAUSED: EventDescription(
        "A job was paused, by a person or by a limit (`reason`).", "Job {name} is paused: {reason}.", _JOB
    ),
    WebhookEvent.JOB_RESUMED: EventDescription(
        "A paused job was resumed and is queued again.", "Job {name} was resumed.", _JOB
    ),
    WebhookEvent.JOB_REQUEUED: EventDescription(
        "A job lost its worker, or was preempted, and will resume from its last checkpoint.",
        "Job {name} waits for a worker again: {reason}.",
        _JOB,
    ),
    WebhookEvent.JOB_SUCCEEDED: EventDescription("A job has ended with a model.", "Job {name} has succeeded.", _JOB),
    WebhookEvent.JOB_FAILED: EventDescription(
        "A job has failed and has no model.", "Job {name} has failed: {reason}.", _JOB
    ),
    WebhookEvent.JOB_CANCELLED: EventDescription("A job was cancelled.", "Job {name} was cancelled.", _JOB),
    WebhookEvent.DATASET_VERSION_READY: EventDescription(
        "An uploaded file was validated and can be trained on.", "{filename} is ready: {rows} rows.", _VERSION
    ),
    WebhookEvent.DATASET_VERSION_REJECTED: EventDescription(
        "An uploaded file was validated and has problems.",
        "{filename} was rejected with {problems_count} problems.",
        _VERSION,
    ),
    WebhookEvent.DATASET_IMPORT_FINISHED: EventDescription(
        "A file was downloaded; `dataset.version_ready` or `dataset.version_rejected` follows.",
        "{filename} was fetched: {bytes} bytes.",
        _IMPORT,
    ),
    WebhookEvent.DATASET_IMPORT_FAILED: EventDescription(
        "A file could not be downloaded, and will not be tried again.",
        "{filename} was not fetched from {url}.",
        _IMPORT,
    ),
    WebhookEvent.MODEL_REGISTERED: EventDescription(
        "A finished model was added to the registry.", "Model {name} is registered.", _MODEL
    ),
    WebhookEvent.BUDGET_ALERTED: EventDescription(
        "The spending of a month has reached an alert percentage of a budget. Once per percentage and month.",
        "{percent} % of the budget {name} is spent: {spent} of {amount}.",
        _BUDGET,
    ),
    WebhookEvent.WALLET_LOW_BALANCE: EventDescription(
        "The balance has fallen below `low_balance` of the wallet settings. Sent once until it was above that again.",
        "{balance} {currency} are left, below {threshold}.",
        _WALLET,
    ),
    WebhookEvent.INVOICE_FINALIZED: EventDescription(
        "A month was closed, and its invoice is final.",
        "Invoice {number} for {month} is final: {total} {currency}, of which {due} are due.",
        _INVOICE,
    ),
    WebhookEvent.INVOICE_OVERDUE: EventDescription(
        "An invoice is overdue, and a dunning step was taken.",
        "Invoice {number} is not paid: {due} {currency} are due.",
        {
            "id": "Id of the invoice, `inv_…`.",
            "number": "Invoice number.",
            "currency": "ISO 4217 code.",
            "due": "Amount that is still due.",
            "stage": "Dunning stage: `retrying`, `no_new_jobs` or `jobs_stopped`.",
            "next_at": "Time of the next dunning step; null after the last.",
        },
    ),
    WebhookEvent.INVITATION_ACCEPTED: EventDescription(
        "A person has accepted an invitation and is now a member.",
        "{email} has joined as {role}.",
        {
            "id": "Id of the invitation, `invt_…`.",
            "email": "E-mail address of the new member.",
            "role": "Role of the new member: `admin`, `member`, `billing` or `viewer`.",
        },
    ),
    WebhookEvent.WORKER_LOST: EventDescription(
        "The lease of an attempt on this worker expired without a heartbeat; its job resumes on another worker.",
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
        "A draining worker runs no job any more and can be removed.",
        "Worker {name} of pool {pool} is drained.",
        _WORKER,
        _OPERATORS,
    ),
    WebhookEvent.WORKER_QUARANTINED: EventDescription(
        "A worker was quarantined, that is, taken out of service.",
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
"""Events by the new state of a job; other states have no event."""


def event_of_transition(came_from: JobState, to: JobState) -> WebhookEvent | None:
    """Event of a job's state transition, or ``None``."""
    if (came_from, to) == (JobState.PAUSED, JobState.QUEUED):
        return WebhookEvent.JOB_RESUMED
    return EVENT_OF_JOB_STATE.get(to)


ANY = "*"


def event_filters(audience: Audience) -> list[str]:
    """Valid subscriptions of ``audience``: every event, those of one kind (``job.*``), or all (``*``)."""
    events = [event for event, about in CATALOGUE.items() if about.audience == audience and event != WebhookEvent.TEST]
    kinds = dict.fromkeys(f"{event.partition('.')[0]}.{ANY}" for event in events)
    return [ANY, *kinds, *events]


def is_subscribed(event: str, filters: Iterable[str]) -> bool:
    """Whether one of ``filters`` matches ``event``."""
    return not {ANY, f"{event.partition('.')[0]}.{ANY}", event}.isdisjoint(filters)


def sentence_of(event: str, data: Mapping[str, object]) -> str:
    """The text of ``event`` for people."""
    return CATALOGUE[WebhookEvent(event)].sentence.format_map(data)
