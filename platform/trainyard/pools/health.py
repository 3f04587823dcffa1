"""Quarantine of faulty workers, and their retest."""

from datetime import datetime, timedelta

import structlog
from django.db import transaction

from trainyard.core import audit
from trainyard.pools.announcements import announce
from trainyard.pools.models import OUT_OF_SERVICE, Worker
from trainyard_spec.webhook_events import WebhookEvent

logger = structlog.get_logger(__name__)

PLATFORM = "platform"
"""Who acts in the audit log where no person does."""
REASON_CHARACTERS = 400
FIRST_REST = timedelta(minutes=10)
LONGEST_REST = timedelta(days=1)
PROVED_AFTER = timedelta(days=1)
"""So long in service without a fault makes up for all that was before."""


@transaction.atomic
def quarantine(*, worker_id: str, reason: str, now: datetime, retest: bool = False) -> bool:
    """Takes a worker out of service until an operator looks at it: no new work, and its jobs move elsewhere.

    With ``retest`` it is also given another try by itself (``retest``), after a time that doubles with each quarantine
    that soon follows the last.

    Returns whether that is news; a worker that is out of service already stays as it is. So does one whose row is
    locked: a claim holds it while it waits for other locks, of which the caller may hold one. Who asks has to ask
    again: a heartbeat that tells of a fault is followed by others that do, and ``jobs.reconcile.worker_quarantine``
    reviews all workers.
    """
    trusted = Worker.objects.filter(id=worker_id).exclude(state__in=OUT_OF_SERVICE)
    worker = trusted.select_for_update(skip_locked=True, no_key=True).first()
    if worker is None:
        return False
    proved = worker.healthy_since is not None and worker.healthy_since < now - PROVED_AFTER
    failed = 1 if proved else worker.failed_tests + 1
    trusted.update(
        state=Worker.State.QUARANTINED,
        state_reason=reason[:REASON_CHARACTERS],
        failed_tests=failed,
        retest_at=now + min(FIRST_REST * 2 ** min(failed - 1, 16), LONGEST_REST) if retest else None,
    )
    announce(WebhookEvent.WORKER_QUARANTINED, worker_id, reason=reason[:REASON_CHARACTERS], now=now)
    audit.record(actor=PLATFORM, action="worker.quarantine", target=worker_id, now=now, reason=reason)
    logger.error("worker.quarantined", worker_id=worker_id, reason=reason)
    return True


def retest(*, now: datetime) -> int:
    """Gives workers whose rest is over another try, with a clean record; returns how many.

    What made their jobs fail may have passed, and where they are all that a pool has, nobody else would find out.
    """
    rested = Worker.objects.filter(state=Worker.State.QUARANTINED, retest_at__lte=now)
    return sum(_try_again(worker_id, now=now) for worker_id in list(rested.order_by("id").values_list("id", flat=True)))


@transaction.atomic
def _try_again(worker_id: str, *, now: datetime) -> bool:
    rested = Worker.objects.filter(id=worker_id, state=Worker.State.QUARANTINED, retest_at__lte=now)
    if rested.update(state=Worker.State.ACTIVE, state_reason="", healthy_since=now, retest_at=None) != 1:
        return False
    audit.record(actor=PLATFORM, action="worker.retest", target=worker_id, now=now)
    logger.warning("worker.retested", worker_id=worker_id)
    return True
