"""Leases: renewed by heartbeats, expired by the database clock."""

from collections.abc import Collection
from datetime import datetime
from functools import partial

from django.db import transaction
from django.db.models import Q

from trainyard.core.reconciling import due, each
from trainyard.core.tenancy import tenant_scope
from trainyard.jobs.accounting import limits
from trainyard.jobs.lifecycle.attempts import lock, lock_given, renew
from trainyard.jobs.lifecycle.finishing import end_lost_attempt
from trainyard.jobs.models import Attempt
from trainyard.pools.announcements import announce_lost
from trainyard.pools.models import Worker
from trainyard_spec.states import LIVE_ATTEMPT_STATES, DesiredState
from trainyard_spec.worker_protocol import HeldAttempt

EXPIRED_AT_ONCE = 200
EXPIRE = "expire_leases"


@transaction.atomic
def renew_leases(*, worker: Worker, held: Collection[HeldAttempt], now: datetime) -> dict[str, DesiredState]:
    """Renews the leases of those of ``held`` that ``worker`` still holds; what is wanted of each, by attempt id.

    However many there are, they are locked, renewed and checked together, each in one query.
    """
    if not held:
        return {}
    fences = {attempt.attempt_id: attempt.fence for attempt in held}
    present = [
        (attempt, job)
        for attempt, job in lock_given(fences, worker=worker)
        if attempt.fence == fences[attempt.id] and attempt.state in LIVE_ATTEMPT_STATES
    ]
    renew(*(attempt for attempt, _ in present), now=now)
    limits.enforce_limits(*present, now=now)
    return {attempt.id: DesiredState(job.desired) for attempt, job in present}


def take_over(*, worker: Worker, held: Collection[HeldAttempt], now: datetime) -> int:
    """Ends what ``worker``, which has just started, was given before and no longer holds; returns how many attempts.

    Their jobs go on at once from their last checkpoint: the process that ran them is dead.
    """
    live = Attempt.across_tenants.filter(worker=worker, state__in=LIVE_ATTEMPT_STATES)
    gone = live.exclude(id__in=[attempt.attempt_id for attempt in held])
    rows = list(gone.order_by("id").values_list("id", "organization_id"))
    items = ((id_, partial(_expire_lease, id_, owner, now=now, gone=True)) for id_, owner in rows)
    return each(items, reconciler=EXPIRE, now=now)


def expire_leases(*, now: datetime) -> int:
    """Ends the attempts whose lease has passed, or whose worker was removed, and returns how many.

    Their jobs go on from their last checkpoint.
    """
    live = due(Attempt.across_tenants.filter(state__in=LIVE_ATTEMPT_STATES), reconciler=EXPIRE, now=now)
    gone = live.filter(Q(lease_expires_at__lt=now) | Q(worker__state=Worker.State.REMOVED))
    rows = list(gone.order_by("lease_expires_at").values_list("id", "organization_id")[:EXPIRED_AT_ONCE])
    items = (
        (attempt_id, partial(_expire_lease, attempt_id, organization_id, now=now))
        for attempt_id, organization_id in rows
    )
    return each(items, reconciler=EXPIRE, now=now)


def _expire_lease(attempt_id: str, organization_id: str, *, now: datetime, gone: bool = False) -> bool:
    """Ends an attempt whose lease has passed, or of which the caller knows that it is ``gone``."""
    with tenant_scope(organization_id), transaction.atomic():
        attempt, job = lock(attempt_id)
        # Its worker may have been heard of between the look and the lock.
        is_gone = gone or attempt.lease_expires_at < now or attempt.worker.state == Worker.State.REMOVED
        if attempt.state not in LIVE_ATTEMPT_STATES or not is_gone:
            return False
        end_lost_attempt(attempt, job, now=now)
        if not gone:
            announce_lost(attempt.worker, now=now)
        return True
