"""Resumption after a top-up: jobs paused by a budget or an empty wallet are queued again when there are funds."""

from datetime import datetime
from functools import partial

import structlog
from django.db import transaction
from django.db.models import Q

from trainyard.billing.ledger import InsufficientFunds
from trainyard.billing.wallet.models import BillingAccount
from trainyard.core.reconciling import due, each
from trainyard.core.tenancy import tenant_scope
from trainyard.jobs.accounting import funding, settlement
from trainyard.jobs.accounting.limits import OUT_OF_FUNDS
from trainyard.jobs.lifecycle.transitions import move
from trainyard.jobs.models import Job
from trainyard.jobs.queries import locked_job
from trainyard_spec.states import JobState, Reason

logger = structlog.get_logger(__name__)

RESUMED_AT_ONCE = 200
RESUME = "resume_jobs_waiting_for_funds"


def resume_funded(*, now: datetime) -> int:
    """Queues jobs which stopped for want of funds, where there are some now and that was chosen; returns how many.

    It is chosen by a job's ``limits.auto_resume``, and where that says nothing by its organization. One that has
    reached a cap of its own waits for its owner to raise it.
    """
    organizations = BillingAccount.across_tenants.filter(auto_resume=True).values("organization_id")
    # Null, or left out by a spec from before there was such a choice.
    says_nothing = Q(spec__limits__auto_resume=None) | Q(spec__limits__auto_resume__isnull=True)
    chosen = Q(spec__limits__auto_resume=True) | (says_nothing & Q(organization_id__in=organizations))
    waiting = Job.across_tenants.filter(chosen, state=JobState.PAUSED, reason__in=OUT_OF_FUNDS)
    rows = due(waiting, reconciler=RESUME, now=now).order_by("queued_at", "id")
    found = list(rows.values_list("id", "organization_id")[:RESUMED_AT_ONCE])
    return each(
        ((job_id, partial(_resume, job_id, tenant, now=now)) for job_id, tenant in found), reconciler=RESUME, now=now
    )


def _resume(job_id: str, organization_id: str, *, now: datetime) -> bool:
    with tenant_scope(organization_id):
        try:
            with transaction.atomic():
                job = locked_job(job_id)
                # Somebody may have resumed or cancelled it between the look and the lock.
                if job.state != JobState.PAUSED or job.reason not in OUT_OF_FUNDS or funding.is_own_cap_reached(job):
                    return False
                move(job, to=JobState.QUEUED, reason=Reason.FUNDS_AGAIN, now=now)
                funding.reserve(job, now=now, backed=False)
                settlement.settle(job, now=now)
        except InsufficientFunds:
            return False  # as expected, until there are some
    logger.info("job.resumed", job_id=job_id, reason=Reason.FUNDS_AGAIN)
    return True
