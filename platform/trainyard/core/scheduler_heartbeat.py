"""A sign of life of the periodic tasks, which needs both beat and a control worker."""

from django.core.cache import cache

_KEY = "periodic-pulse"
KEPT_SECONDS = 60


def beat() -> None:
    """Says that a periodic task is running now."""
    cache.set(_KEY, 1, timeout=KEPT_SECONDS)


def is_beating() -> bool:
    """Whether one ran within the last ``KEPT_SECONDS``."""
    return cache.get(_KEY) is not None
