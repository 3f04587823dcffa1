"""Stopping the jobs of organizations with overdue invoices, with a checkpoint, at the last stage of dunning."""

from datetime import datetime
from functools import partial

import structlog
from django.db import transaction

from trainyard.billing.dunning.queries import organizations_in
from trainyard.core.reconciling import due, each
from trainyard.core.tenancy import tenant_scope
from trainyard.jobs.accounting.overdue import Stage
from trainyard.jobs.lifecycle.stopping import ask_to_stop
from trainyard.jobs.models import Job
from trainyard.jobs.queries import locked_job
from trainyard_spec.states import HELD_BY_A_WORKER, DesiredState, Reason

logger = structlog.get_logger(__name__)

STOP = "stop_jobs_of_overdue"
STOPPED_AT_ONCE = 500


def stop_jobs(*, now: datetime) -> int:
    """Asks what still trains for them to stop; returns how many. Asking twice changes nothing."""
    running = Job.across_tenants.filter(
        state__in=HELD_BY_A_WORKER, desired=DesiredState.RUN, organization_id__in=organizations_in(Stage.JOBS_STOPPED)
    )
    rows = due(running, reconciler=STOP, now=now).order_by("id").values_list("id", "organization_id")[:STOPPED_AT_ONCE]
    items = ((job_id, partial(_stop, job_id, organization_id, now=now)) for job_id, organization_id in rows)
    return each(items, reconciler=STOP, now=now)


@transaction.atomic
def _stop(job_id: str, organization_id: str, *, now: datetime) -> bool:
    with tenant_scope(organization_id):
        job = locked_job(job_id)
        if job.state not in HELD_BY_A_WORKER:
            return False
        ask_to_stop(job, desired=DesiredState.STOP_WITH_CHECKPOINT, reason=Reason.PAYMENT_OVERDUE, now=now)
    logger.info("job.overdue_stopped", job_id=job_id, organization_id=organization_id)
    return True
