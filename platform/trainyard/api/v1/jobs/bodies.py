"""Rows of the domain as the API shows them."""

from collections.abc import Iterable
from typing import Any

from trainyard.api.actor import Actor
from trainyard.billing import queries as billing
from trainyard.billing.queries import JobCost
from trainyard.jobs.lifecycle.allowed_actions import allowed_actions
from trainyard.jobs.models import Job
from trainyard.jobs.reporting.progress import progress_of
from trainyard_spec.training import spec_with_names_of_today


def job_body(job: Job, *, actor: Actor) -> dict[str, Any]:
    """One job, as ``registry.queries`` reads it or just submitted, with its cost and what ``actor`` may do with it."""
    return _body(job, billing.job_cost(job_id=job.id), actor)


def job_bodies(jobs: Iterable[Job], *, actor: Actor) -> list[dict[str, Any]]:
    """Several jobs, their costs read together."""
    rows = list(jobs)
    costs = billing.job_costs([job.id for job in rows])
    return [_body(job, costs[job.id], actor) for job in rows]


def _body(job: Job, cost: JobCost, actor: Actor) -> dict[str, Any]:
    return {
        "id": job.id,
        "name": job.name,
        "state": job.state,
        "reason": job.reason,
        "created_at": job.created_at,
        "started_at": job.started_at,
        "first_step_at": job.first_step_at,
        "finished_at": job.finished_at,
        "spec": spec_with_names_of_today(job.spec),
        "dataset_version": job.dataset_version_id,
        "init_from": job.init_from,
        "architecture": job.architecture,
        "task": job.task,
        "pool": job.pool.name,
        "priority": job.priority,
        "progress": progress_of(job),
        "resolved_training": job.resolved_training,
        "metrics": {"latest": job.latest_metrics},
        "test_metrics": job.test_metrics,
        "verdict": job.verdict,
        "attempts": job.fence,
        "checkpoints_count": job.checkpoints_count,
        "model_id": getattr(job, "model_id", None),
        "allowed_actions": allowed_actions(job, role=actor.role, scopes=actor.scopes),
        "cost": cost,
        "error": job.error,
    }
