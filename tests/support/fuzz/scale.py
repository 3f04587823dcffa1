"""How many files a fuzz tries: a few hundred in ``make test``, 20,000 and more in ``make fuzz``.

The only place that looks at ``TRAINYARD_FUZZ``; the code of the tests is the same.
"""

import os
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, Phase, settings

FULL = os.environ.get("TRAINYARD_FUZZ") == "full"
Value = TypeVar("Value")
SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]


def tries(*, quick: int, full: int) -> Callable[[Any], Any]:
    """Lets a test of hypothesis run so often, with the time that takes."""
    bound = settings(max_examples=full if FULL else quick, suppress_health_check=SLOW, phases=_phases(), database=None)
    waiting = pytest.mark.timeout(14_400 if FULL else 300)
    return lambda test: waiting(bound(test))


def some(values: Sequence[Value], *, turn: int, quick: int) -> Sequence[Value]:
    """All of ``values`` in the full form, else ``quick`` of them: others at each ``turn``, so that all come up."""
    if FULL or len(values) <= quick:
        return values
    return [values[(turn * quick + place) % len(values)] for place in range(quick)]


def _phases() -> tuple[Phase, ...]:
    """All but what makes one failure take as long as a thousand files."""
    return (Phase.explicit, Phase.generate, Phase.shrink)
