"""How many files a fuzz tries: a few hundred in ``make test``, 20,000 and more in ``make fuzz``.

The only place that looks at ``TRAINYARD_FUZZ``; the code of the tests is the same.
"""

import os
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings

FULL = os.environ.get("TRAINYARD_FUZZ") == "full"
SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]


def tries(*, quick: int, full: int) -> Callable[[Any], Any]:
    """Lets a test of hypothesis run so often, with the time that takes."""
    bound = settings(max_examples=full if FULL else quick, suppress_health_check=SLOW, phases=_phases(), database=None)
    waiting = pytest.mark.timeout(14_400 if FULL else 300)
    return lambda test: waiting(bound(test))


def _phases() -> tuple[Phase, ...]:
    """All but what makes one failure take as long as a thousand files."""
    return (Phase.explicit, Phase.generate, Phase.shrink)
