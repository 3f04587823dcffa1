"""Waits for a condition instead of a time."""

from collections.abc import Callable
from typing import TypeVar

from tenacity import RetryError, Retrying, retry_if_not_result, stop_after_delay, wait_fixed

LOOK_AGAIN_SECONDS = 0.05
PATIENCE_SECONDS = 300
"""What takes longer hangs. No promise: a machine that does much else at once is slow."""
Found = TypeVar("Found")


def wait_for(condition: Callable[[], Found | None], *, seconds: float = PATIENCE_SECONDS) -> Found:
    """The first true value of ``condition``. Raises ``TimeoutError`` after ``seconds``."""
    looks = Retrying(
        retry=retry_if_not_result(bool), stop=stop_after_delay(seconds), wait=wait_fixed(LOOK_AGAIN_SECONDS)
    )
    try:
        found: Found = looks(condition)  # type: ignore[assignment]
    except RetryError:
        raise TimeoutError(f"the condition did not come true within {seconds:g} s") from None
    return found
