"""A number that overflowed is left out of a result, and does not spoil it."""

import math

from tests.support.jobs import result_of
from trainyard_spec.engine_protocol import Result


def test_metrics_that_are_no_numbers_are_left_out() -> None:
    metrics = {"loss": 800.0, "perplexity": math.inf, "r2": math.nan}

    result = Result.model_validate(result_of().model_dump() | {"test_metrics": metrics, "val_metrics": metrics})

    assert result.test_metrics == result.val_metrics == {"loss": 800.0}
