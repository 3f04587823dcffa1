"""Heartbeat of the periodic tasks, which needs both Celery beat and a control worker."""

from django.core.cache import cache

_KEY = "scheduler-heartbeat"
ALIVE_SECONDS = 60


def record() -> None:
    """Says that a periodic task is running now."""
    cache.set(_KEY, 1, timeout=ALIVE_SECONDS)


def is_alive() -> bool:
    """Whether one ran within the last ``ALIVE_SECONDS``."""
    return cache.get(_KEY) is not None
