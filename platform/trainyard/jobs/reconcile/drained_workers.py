"""Drained workers: operators are notified when a draining worker runs no job any more and can be removed."""

from datetime import datetime
from functools import partial

import structlog
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from trainyard.core.reconciling import due, each
from trainyard.jobs.models import Attempt
from trainyard.pools.announcements import announce
from trainyard.pools.models import Worker
from trainyard_spec.states import LIVE_ATTEMPT_STATES
from trainyard_spec.webhook_events import WebhookEvent

logger = structlog.get_logger(__name__)

ANNOUNCE = "announce_drained"
ANNOUNCED_AT_ONCE = 200


def announce_drained(*, now: datetime) -> int:
    """Tells of each worker that has become empty since it began to drain; returns how many."""
    rows = list(due(_empty(), reconciler=ANNOUNCE, now=now).order_by("id")[:ANNOUNCED_AT_ONCE])
    return each(((row.id, partial(_announce, row, now=now)) for row in rows), reconciler=ANNOUNCE, now=now)


def _empty() -> QuerySet[Worker]:
    """Workers that drain, run nothing, and of which nobody was told so. A worker that drains gets nothing new."""
    live = Attempt.across_tenants.filter(worker=OuterRef("id"), state__in=LIVE_ATTEMPT_STATES)
    return Worker.objects.filter(~Exists(live), state=Worker.State.DRAINING, drained_at=None)


@transaction.atomic
def _announce(worker: Worker, *, now: datetime) -> bool:
    if _empty().filter(id=worker.id).update(drained_at=now) != 1:
        return False
    announce(WebhookEvent.WORKER_DRAINED, worker.id, reason=worker.state_reason, now=now)
    logger.info("worker.drained", worker_id=worker.id)
    return True
