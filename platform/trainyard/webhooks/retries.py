"""Retry policy of deliveries and circuit breaker of endpoints, as data."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

KEPT_TRYING_FOR = timedelta(hours=24)
RETRY_AFTER = tuple(
    timedelta(seconds=seconds) for seconds in (5, 30, 120, 600, 1_800, 3_600, 7_200, 14_400, 21_600, 28_800)
)
"""After the first failed attempt, the second and so on; the last for all that follow. Exponential backoff."""
JITTER = 0.2
"""Each wait is longer or shorter by up to this part of it, so that what failed together does not come again so."""

OPENS_AFTER = 5
"""Failures in a row that open an endpoint's circuit breaker (M. Nygard, "Release It!", 2007)."""
FIRST_OPEN = timedelta(seconds=30)
LONGEST_OPEN = timedelta(hours=1)
DISABLED_AFTER = timedelta(days=5)
"""An endpoint that fails for so long without a success is switched off."""


@dataclass(frozen=True, slots=True)
class Breaker:
    """Of an endpoint: failures in a row, since when, and until when nothing is sent. Closed where that is ``None``."""

    failures: int = 0
    failing_since: datetime | None = None
    open_until: datetime | None = None

    def failed(self, *, now: datetime) -> "Breaker":
        """As it is after one more failure; half-open, with one attempt at a time, it opens for twice as long."""
        failures, since = self.failures + 1, self.failing_since or now
        if failures < OPENS_AFTER:
            return Breaker(failures, since)
        return Breaker(failures, since, now + min(FIRST_OPEN * 2 ** min(failures - OPENS_AFTER, 16), LONGEST_OPEN))

    def is_given_up(self, *, now: datetime) -> bool:
        return self.failing_since is not None and self.failing_since < now - DISABLED_AFTER


def next_attempt_at(*, attempts: int, now: datetime, retry_after: timedelta | None, draw: random.Random) -> datetime:
    """When a delivery that failed ``attempts`` times is due again: not before the endpoint asked to (``Retry-After``).

    The endpoint's wish counts up to ``LONGEST_OPEN``.
    """
    wait = RETRY_AFTER[min(attempts, len(RETRY_AFTER)) - 1] * (1 + JITTER * (2 * draw.random() - 1))
    return now + max(wait, min(retry_after or timedelta(0), LONGEST_OPEN))
