"""Jobs as JSON, in the shape that ``JobSerializer`` describes.

The serializer itself is not used, because jobs are the most frequent response and it takes several times as long.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from trainyard.api.actor import Actor
from trainyard.billing import queries as billing
from trainyard.billing.queries import JobCost
from trainyard.core.money import format_micros
from trainyard.jobs.lifecycle.allowed_actions import allowed_actions
from trainyard.jobs.models import Job
from trainyard.jobs.reporting.progress import progress_of
from trainyard.registry.shown_jobs import ShownJob
from trainyard_spec.training import spec_with_names_of_today


def job_body(job: Job | ShownJob, *, actor: Actor) -> dict[str, Any]:
    """A job as ``registry`` reads it, or just submitted, with its cost and what ``actor`` may do with it."""
    return _body(job, billing.cost_read_with(job), actor)


def job_bodies(jobs: Iterable[Job | ShownJob], *, actor: Actor) -> list[dict[str, Any]]:
    """Several of them."""
    return [job_body(job, actor=actor) for job in jobs]


def _body(job: Any, cost: JobCost, actor: Actor) -> dict[str, Any]:
    return {
        "id": job.id,
        "name": job.name,
        "state": job.state,
        "reason": job.reason,
        "created_at": shown_time(job.created_at),
        "started_at": shown_time(job.started_at),
        "first_step_at": shown_time(job.first_step_at),
        "finished_at": shown_time(job.finished_at),
        "spec": job.spec if isinstance(job, ShownJob) else spec_with_names_of_today(job.spec),
        "dataset_version": job.dataset_version_id,
        "init_from": job.init_from,
        "architecture": job.architecture,
        "task": job.task,
        "pool": job.pool.name,
        "priority": job.priority,
        "progress": _progress(job),
        "resolved_training": job.resolved_training,
        "metrics": {"latest": job.latest_metrics},
        "test_metrics": job.test_metrics,
        "verdict": job.verdict,
        "attempts": job.fence,
        "checkpoints_count": job.checkpoints_count,
        "model_id": getattr(job, "model_id", None),
        "allowed_actions": allowed_actions(job, role=actor.role, scopes=actor.scopes),
        "cost": {
            "billed": format_micros(cost.billed_micros),
            "held": format_micros(cost.held_micros),
            "cap": format_micros(cost.cap_micros),
            "currency": cost.currency,
        },
        "error": job.error,
    }


def _progress(job: Any) -> dict[str, Any]:
    found = progress_of(job)
    return {
        "epoch": found.epoch,
        "step": found.step,
        "total_steps": found.total_steps,
        "epochs": found.epochs,
        "percent": found.percent,
        "eta_seconds": found.eta_seconds,
    }


def shown_time(moment: datetime | None) -> str | None:
    """As every serializer writes it."""
    if moment is None:
        return None
    return f"{moment.astimezone(UTC).isoformat(timespec='microseconds').removesuffix('+00:00')}Z"
