"""Work that periodic tasks find in the database, item by item: one item that fails stops no other.

A failure is logged and stored; the item is postponed, longer each time in a row, and forgotten once it succeeds.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import TypeVar

import structlog
from django.db.models import F, Model, QuerySet

from trainyard.core.models import PostponedItem

logger = structlog.get_logger(__name__)

FIRST_DELAY = timedelta(seconds=30)
LONGEST_DELAY = timedelta(hours=1)
ERROR_CHARACTERS = 400

Row = TypeVar("Row", bound=Model)


def due(rows: QuerySet[Row], *, reconciler: str, now: datetime) -> QuerySet[Row]:
    """``rows``, found by their id, without those that are postponed."""
    postponed = PostponedItem.objects.filter(reconciler=reconciler, not_before__gt=now)
    return rows.exclude(pk__in=postponed.values("item_id"))


def each(items: Iterable[tuple[str, Callable[[], int]]], *, reconciler: str, now: datetime) -> int:
    """Does the work of every item, by its id; returns the sum of what they return."""
    done = 0
    failed_before = set(PostponedItem.objects.filter(reconciler=reconciler).values_list("item_id", flat=True))
    for item_id, work in items:
        try:
            done += work()
        except Exception as error:
            _postpone(reconciler, item_id, error, now=now)
        else:
            if item_id in failed_before:
                PostponedItem.objects.filter(reconciler=reconciler, item_id=item_id).delete()
    return done


def _postpone(reconciler: str, item_id: str, error: Exception, *, now: datetime) -> None:
    """Raises what the database raises: without it there is nothing to reconcile."""
    item, _ = PostponedItem.objects.get_or_create(
        reconciler=reconciler, item_id=item_id, defaults={"failures": 0, "not_before": now}
    )
    delay = min(FIRST_DELAY * 2 ** min(item.failures, 10), LONGEST_DELAY)
    reason = f"{type(error).__name__}: {error}"[:ERROR_CHARACTERS].replace("\x00", "\ufffd")
    PostponedItem.objects.filter(pk=item.pk).update(failures=F("failures") + 1, not_before=now + delay, error=reason)
    logger.error("reconcile.failed", reconciler=reconciler, item_id=item_id, failures=item.failures + 1, exc_info=error)
