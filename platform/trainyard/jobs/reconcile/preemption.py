"""Preemption: running jobs are asked to stop where the policy assigns their slots to others."""

from datetime import datetime
from functools import partial

import structlog
from django.db import transaction

from trainyard.core.reconciling import due, each
from trainyard.core.tenancy import tenant_scope
from trainyard.jobs import queries
from trainyard.jobs.lifecycle.stopping import ask_to_stop
from trainyard.jobs.queue import candidates
from trainyard.jobs.queue.pool_state import rules, snapshot
from trainyard.jobs.scheduling.decision import decide
from trainyard.jobs.scheduling.preemption import Preemption
from trainyard.pools.models import Pool
from trainyard_spec.states import DesiredState, JobState, Reason

logger = structlog.get_logger(__name__)

PREEMPT = "preempt"
PREEMPTED_FROM = frozenset({JobState.STARTING, JobState.RUNNING})


def preempt(*, now: datetime) -> int:
    """Asks jobs to stop with a checkpoint where the policy wants their slots for others; returns how many.

    They are queued again in their old place. Asking twice changes nothing: slots that are coming free count.
    """
    pools = due(Pool.objects.filter(id__in=candidates.pools_with_claimable_jobs(now=now)), reconciler=PREEMPT, now=now)
    ids = pools.order_by("id").values_list("id", flat=True)
    return each(((pool_id, partial(_preempt, pool_id, now=now)) for pool_id in ids), reconciler=PREEMPT, now=now)


@transaction.atomic
def _preempt(pool_id: str, *, now: datetime) -> int:
    # As claims do, so that no decision is made from a state that another one is changing.
    Pool.objects.select_for_update(no_key=True).get(id=pool_id)
    state = snapshot(pool_id=pool_id, now=now)
    owners = {job.id: job.organization_id for job in state.running}
    wanted = sorted(decide(state, rules()).preemptions, key=lambda found: found.job_id)
    return sum(_ask(found, organization_id=owners[found.job_id], now=now) for found in wanted)


def _ask(found: Preemption, *, organization_id: str, now: datetime) -> bool:
    with tenant_scope(organization_id):
        job = queries.locked_job(found.job_id)
        if job.state not in PREEMPTED_FROM:
            return False
        ask_to_stop(job, desired=DesiredState.STOP_WITH_CHECKPOINT, reason=Reason.PREEMPTED, now=now)
    logger.info("job.preempted", job_id=found.job_id, for_job_id=found.for_job_id, reason=found.reason)
    return True
