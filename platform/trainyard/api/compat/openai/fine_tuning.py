"""Fine-tuning jobs in the form of OpenAI's client: body, events and checkpoints."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from trainyard.billing import queries as billing
from trainyard.core.money import format_micros
from trainyard.fine_tuning.models import FineTuningJob
from trainyard.fine_tuning.names import fine_tuned_name
from trainyard.fine_tuning.specs import AUTO, HYPERPARAMETERS
from trainyard.jobs import queries as jobs
from trainyard.jobs.models import Checkpoint, Event, Job
from trainyard.jobs.reporting.progress import progress_of
from trainyard_spec.states import JobState

STATUSES: dict[str, str] = {
    JobState.QUEUED: "queued",
    JobState.STARTING: "queued",
    JobState.RUNNING: "running",
    JobState.STOPPING: "running",
    JobState.PAUSED: "queued",
    JobState.SUCCEEDED: "succeeded",
    JobState.FAILED: "failed",
    JobState.CANCELLED: "cancelled",
}
"""A paused job waits; its own state and the reason are in ``state`` and ``reason``."""
VALIDATING, FAILED, CANCELLED = "validating_files", "failed", "cancelled"
LEVELS: dict[str, str] = {JobState.FAILED: "error", JobState.PAUSED: "warn"}


def body(row: FineTuningJob, *, now: datetime) -> dict[str, Any]:
    """With ``state``, ``reason``, ``job_id`` and ``billing`` beside OpenAI's own fields."""
    job = row.job
    ended = job.finished_at if job else row.ended_at
    return {
        "id": row.id,
        "object": "fine_tuning.job",
        "created_at": _seconds(row.created_at),
        "finished_at": ended and _seconds(ended),
        "model": row.base,
        "fine_tuned_model": _model_name(row),
        "organization_id": row.organization_id,
        "status": status(row),
        "hyperparameters": _hyperparameters(row),
        "method": {"type": row.method, row.method: {"hyperparameters": _hyperparameters(row)}},
        "training_file": row.training_file_id,
        "validation_file": row.validation_file_id,
        "result_files": [],
        "seed": row.seed,
        "trained_tokens": _trained_tokens(job),
        "estimated_finish": _estimated_finish(job, now=now),
        "error": _error(row),
        "metadata": row.metadata,
        "integrations": [],
        "suffix": row.suffix or None,
        "job_id": job and job.id,
        "state": job.state if job else status(row),
        "reason": job.reason if job else None,
        "billing": _billing(job),
    }


def status(row: FineTuningJob) -> str:
    """One of the six that OpenAI's client knows."""
    if row.job is not None:
        return STATUSES[row.job.state]
    if row.error is not None:
        return FAILED
    return VALIDATING if row.waiting else CANCELLED


def events(row: FineTuningJob) -> list[dict[str, Any]]:
    """Every event, newest first."""
    found = [_EventBody(0, row.created_at, "info", "Created the fine-tuning job; its files are validated.", {})]
    if row.job is not None:
        found += [_told(event) for event in jobs.events(row.job.id).order_by("sequence")]
    elif row.error is not None and row.ended_at is not None:
        found.append(_EventBody(1, row.ended_at, "error", row.error["message"], {"code": row.error["code"]}))
    elif row.ended_at is not None:
        found.append(_EventBody(1, row.ended_at, "info", "The fine-tuning job was cancelled.", {}))
    return [each.body(row.id) for each in reversed(found)]


def checkpoint_body(row: FineTuningJob, checkpoint: Checkpoint, metrics: dict[int, dict[str, float]]) -> dict[str, Any]:
    """``fine_tuned_model_checkpoint`` names it; only the finished model answers."""
    model_id = getattr(row, "model_id", None) or checkpoint.id
    name = fine_tuned_name(base=row.base, organization=row.organization.name, suffix=row.suffix, model_id=str(model_id))
    return {
        "id": checkpoint.id,
        "object": "fine_tuning.job.checkpoint",
        "created_at": _seconds(checkpoint.created_at),
        "fine_tuned_model_checkpoint": f"{name}:ckpt-step-{checkpoint.step}",
        "fine_tuning_job_id": row.id,
        "metrics": {"step": checkpoint.step, **metrics.get(checkpoint.step, {})},
        "step_number": checkpoint.step,
    }


@dataclass(frozen=True, slots=True)
class _EventBody:
    number: int
    at: datetime
    level: str
    message: str
    data: dict[str, Any]

    def body(self, row_id: str) -> dict[str, Any]:
        return {
            "id": f"{row_id.replace('ftjob_', 'ftevent-')}-{self.number:06d}",
            "object": "fine_tuning.job.event",
            "created_at": _seconds(self.at),
            "level": self.level,
            "message": self.message,
            "type": "message",
            "data": self.data,
        }


def _told(event: Event) -> _EventBody:
    state = event.to_state
    what = f"The job is {state}" if state else event.type.replace("_", " ").capitalize()
    message = f"{what} ({event.reason.replace('_', ' ')})." if event.reason else f"{what}."
    data = {"type": event.type, "state": state or None, "reason": event.reason or None, **(event.data or {})}
    return _EventBody(event.sequence, event.created_at, LEVELS.get(state, "info"), message, data)


def _model_name(row: FineTuningJob) -> str | None:
    model_id = getattr(row, "model_id", None)
    if model_id is None:
        return None
    return fine_tuned_name(base=row.base, organization=row.organization.name, suffix=row.suffix, model_id=str(model_id))


def _hyperparameters(row: FineTuningJob) -> dict[str, Any]:
    """As asked; what was left open is what it became, once a worker has said so."""
    resolved = (row.job.resolved_training if row.job else None) or {}
    became = {"n_epochs": resolved.get("epochs"), "batch_size": resolved.get("batch_size")}
    asked = {name: row.hyperparameters.get(name, AUTO) for name in sorted(HYPERPARAMETERS[row.method])}
    return {name: (became.get(name) or AUTO) if value == AUTO else value for name, value in asked.items()}


def _trained_tokens(job: Job | None) -> int | None:
    """About: the tokens of the file, as often as it was read; known once the job has ended well."""
    if job is None or job.state != JobState.SUCCEEDED:
        return None
    summary = job.dataset_version.profile or {}
    tokens = (summary.get("profile") or {}).get("tokens")
    return None if tokens is None else int(tokens) * job.epoch


def _estimated_finish(job: Job | None, *, now: datetime) -> int | None:
    left = progress_of(job).eta_seconds if job is not None else None
    return None if left is None else _seconds(now + timedelta(seconds=left))


def _error(row: FineTuningJob) -> dict[str, Any] | None:
    if row.job is None:
        return dict(row.error) if row.error else None
    error = row.job.error
    if not error:
        return None
    message = " ".join(filter(None, [error["message"], error.get("hint")]))
    return {"code": error["code"], "message": message, "param": error.get("field")}


def _billing(job: Job | None) -> dict[str, str] | None:
    if job is None:
        return None
    cost = billing.job_cost(job_id=job.id)
    return {
        "billed": format_micros(cost.billed_micros),
        "held": format_micros(cost.held_micros),
        "cap": format_micros(cost.cap_micros),
        "currency": cost.currency,
    }


def _seconds(at: datetime) -> int:
    return int(at.timestamp())
