"""Jobs of inactive organizations: those of a suspended one stop with a checkpoint, those of a closing one end."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

import structlog
from django.db import transaction
from django.db.models import QuerySet

from trainyard.core.reconciling import due, each
from trainyard.core.tenancy import tenant_scope
from trainyard.jobs.lifecycle import user_actions
from trainyard.jobs.lifecycle.stopping import ask_to_stop
from trainyard.jobs.models import Job
from trainyard.jobs.queries import locked_job
from trainyard.tenants.models import Organization
from trainyard_spec.states import HELD_BY_A_WORKER, TERMINAL_STATES, DesiredState, Reason

logger = structlog.get_logger(__name__)

STOP = "stop_jobs_of_inactive"
STOPPED_AT_ONCE = 500


def stop_jobs(*, now: datetime) -> int:
    """Asks what still trains for a suspended organization to stop, and cancels what a closing one has left.

    Returns how many. Asking twice changes nothing; jobs of a suspended organization that are queued stay so.
    """
    states = Organization.State
    held = Job.across_tenants.filter(state__in=HELD_BY_A_WORKER, organization__state=states.SUSPENDED)
    open_ones = Job.across_tenants.filter(organization__state=states.CLOSING).exclude(state__in=TERMINAL_STATES)
    running = held.filter(desired=DesiredState.RUN)
    uncancelled = open_ones.exclude(desired=DesiredState.CANCEL)
    return _each(running, _suspend, now=now) + _each(uncancelled, _cancel, now=now)


def _each(jobs: QuerySet[Job], act: Callable[..., bool], *, now: datetime) -> int:
    rows = due(jobs, reconciler=STOP, now=now).order_by("id").values_list("id", "organization_id")[:STOPPED_AT_ONCE]
    return each(
        ((job_id, partial(act, job_id, organization_id=organization_id, now=now)) for job_id, organization_id in rows),
        reconciler=STOP,
        now=now,
    )


def _suspend(job_id: str, *, organization_id: str, now: datetime) -> bool:
    with tenant_scope(organization_id), transaction.atomic():
        job = locked_job(job_id)
        if job.state not in HELD_BY_A_WORKER:
            return False
        ask_to_stop(job, desired=DesiredState.STOP_WITH_CHECKPOINT, reason=Reason.SUSPENDED, now=now)
    logger.info("job.suspended", job_id=job_id, organization_id=organization_id)
    return True


def _cancel(job_id: str, *, organization_id: str, now: datetime) -> bool:
    with tenant_scope(organization_id):
        user_actions.cancel(job_id=job_id, now=now)
    return True
