"""Work that is to be done now and then: when it is due stands in the database.

Beat counts from its own start, so what it sends once an hour is never sent where it restarts more often. It therefore
asks every minute, and whoever is asked looks here.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from trainyard.core.models import RecurringTask

AGAIN_AFTER = timedelta(minutes=5)
"""What began and never ended is tried again, by then surely not at once with the first."""


@contextmanager
def due(name: str, *, every: timedelta, now: datetime) -> Iterator[bool]:
    """Whether the block is to do the task ``name`` now; true for one of several who ask at once.

    It is due again ``every`` after a block that ended well, and after ``AGAIN_AFTER`` where it failed or was cut off.
    """
    claimed = _claim(name, now=now)
    yield claimed
    if claimed:
        RecurringTask.objects.filter(name=name, due_at=now + AGAIN_AFTER).update(due_at=now + every)


def _claim(name: str, *, now: datetime) -> bool:
    if RecurringTask.objects.filter(name=name, due_at__lte=now).update(due_at=now + AGAIN_AFTER) == 1:
        return True
    if RecurringTask.objects.filter(name=name).exists():
        return False
    try:
        with transaction.atomic():
            RecurringTask.objects.create(name=name, due_at=now + AGAIN_AFTER)
    except IntegrityError:
        return False  # somebody else was faster
    return True
