"""Messages that follow a commit: written with the data, sent after it, swept when a crash came between."""

from datetime import datetime, timedelta
from typing import Any

import structlog
from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

from trainyard.core.models import OutboxMessage

logger = structlog.get_logger(__name__)

SWEEP_AFTER = timedelta(seconds=5)
MESSAGE_EXPIRES_SECONDS = 60
SWEEP_BATCH = 500


def enqueue(*, task: str, queue: str, now: datetime, **kwargs: Any) -> None:
    """Sends ``task`` to ``queue`` once the surrounding transaction commits. ``kwargs`` are ids, never tenant data."""
    message = OutboxMessage.objects.create(task=task, queue=queue, kwargs=kwargs, created_at=now)
    transaction.on_commit(lambda: _send(message), robust=True)


def sweep(*, now: datetime) -> int:
    """Sends what an earlier commit left unsent and returns how many; a message may so be sent twice."""
    stale = OutboxMessage.objects.filter(created_at__lt=now - SWEEP_AFTER).order_by("id")[:SWEEP_BATCH]
    return sum(_send(message) for message in stale)


def _send(message: OutboxMessage) -> bool:
    try:
        current_app.send_task(
            message.task,
            kwargs=message.kwargs,
            queue=message.queue,
            expires=MESSAGE_EXPIRES_SECONDS,
            ignore_result=True,
        )
    except OperationalError as error:
        # The broker is down: the row stays for the sweep, and receivers also look at the database on a slow timer.
        logger.warning("outbox.send_failed", task=message.task, queue=message.queue, error=str(error))
        return False
    OutboxMessage.objects.filter(pk=message.pk).delete()
    return True
