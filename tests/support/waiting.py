"""Waits for a condition instead of a time."""

from collections.abc import Callable
from typing import TypeVar

from tenacity import RetryCallState, RetryError, Retrying, retry_if_not_result, stop_after_delay

FIRST_LOOK_SECONDS, LAST_LOOK_SECONDS = 0.05, 0.25
PATIENCE_SECONDS = 300
"""What takes longer hangs. No promise: a machine that does much else at once is slow."""
Found = TypeVar("Found")


def wait_for(condition: Callable[[], Found | None], *, seconds: float = PATIENCE_SECONDS) -> Found:
    """The first true value of ``condition``. Raises ``TimeoutError`` after ``seconds``."""
    looks = Retrying(retry=retry_if_not_result(bool), stop=stop_after_delay(seconds), wait=_until_the_next_look)
    try:
        found: Found = looks(condition)  # type: ignore[assignment]
    except RetryError:
        raise TimeoutError(f"the condition did not come true within {seconds:g} s") from None
    return found


def _until_the_next_look(state: RetryCallState) -> float:
    """A tenth of the time waited so far: many looks are answered by the very processes that are waited for."""
    return min(max(FIRST_LOOK_SECONDS, (state.seconds_since_start or 0.0) / 10), LAST_LOOK_SECONDS)
