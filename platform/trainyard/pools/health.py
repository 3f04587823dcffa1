"""Taking workers out of service that are faulty."""

from datetime import datetime

import structlog
from django.db import transaction

from trainyard.core import audit
from trainyard.pools.models import OUT_OF_SERVICE, Worker

logger = structlog.get_logger(__name__)

PLATFORM = "platform"
"""Who acts in the audit trail where no person does."""
REASON_CHARACTERS = 400


@transaction.atomic
def quarantine(*, worker_id: str, reason: str, now: datetime) -> bool:
    """Takes a worker out of service until an operator looks at it: no new work, and its jobs move elsewhere.

    Returns whether that is news; a worker that is out of service already stays as it is. So does one whose row is
    locked: a claim holds it while it waits for other locks, of which the caller may hold one. Who asks has to ask
    again: a heartbeat that tells of a fault is followed by others that do, and ``jobs.blame`` reviews all workers.
    """
    trusted = Worker.objects.filter(id=worker_id).exclude(state__in=OUT_OF_SERVICE)
    if trusted.select_for_update(skip_locked=True, no_key=True).first() is None:
        return False
    trusted.update(state=Worker.State.QUARANTINED, state_reason=reason[:REASON_CHARACTERS])
    audit.record(actor=PLATFORM, action="worker.quarantine", target=worker_id, now=now, reason=reason)
    logger.error("worker_quarantined", worker_id=worker_id, reason=reason)
    return True
