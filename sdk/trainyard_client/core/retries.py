"""Retries with exponential backoff and full jitter (AWS Architecture Blog, 2015), within a budget of time."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from trainyard_client.core.steps import Steps, clock, policy, sleep
from trainyard_client.errors import ApiError, Unreachable

if TYPE_CHECKING:
    import httpx

T = TypeVar("T")

RETRIED_STATUSES = frozenset({429, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """What is tried again, and for how long.

    Parameters
    ----------
    for_seconds
        How long after the first try another may still begin.
    first_pause_seconds, longest_pause_seconds
        The pause is drawn between 0 and twice the one before, up to these. A ``Retry-After`` of the service is the
        least that is waited; one that ends beyond ``for_seconds`` is not waited for.
    statuses
        Answers that may differ the next time.
    """

    for_seconds: float = 30.0
    first_pause_seconds: float = 0.2
    longest_pause_seconds: float = 5.0
    statuses: frozenset[int] = RETRIED_STATUSES
    draw: Callable[[], float] = random.random

    def pause(self, error: Exception, tries: int) -> float | None:
        """Seconds until the next try after ``tries`` that failed, the last by ``error``; ``None``: not again."""
        if isinstance(error, ApiError):
            if error.status not in self.statuses:
                return None
            least = error.retry_after_seconds or 0.0
        else:
            least = 0.0
        most = min(self.longest_pause_seconds, self.first_pause_seconds * 2.0 ** min(tries, 30))
        return least + self.draw() * most


def retrying(attempt: Callable[[int], Steps[T]], *, for_seconds: float | None = None) -> Steps[T]:
    """Takes the steps of ``attempt``, which is told how many tries failed before, until they succeed.

    Raises ``ApiError`` and ``Unreachable``, the one that came last.
    """
    import httpx

    rules = yield from policy()
    budget = rules.for_seconds if for_seconds is None else for_seconds
    started = yield from clock()
    tries = 0
    while True:
        try:
            return (yield from attempt(tries))
        except (ApiError, httpx.TransportError) as error:
            tries += 1
            pause = rules.pause(error, tries)
            now = yield from clock()
            if pause is None or now + pause - started > budget:
                if isinstance(error, ApiError):
                    raise
                raise unreachable(error) from error
        yield from sleep(pause)


def unreachable(error: httpx.TransportError) -> Unreachable:
    """The sentence of a service that does not answer."""
    host = error.request.url.netloc.decode()
    return Unreachable(f"{host} does not answer ({str(error) or type(error).__name__}).")
