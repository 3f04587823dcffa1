"""Verdict on a finished model: its comparison with baselines on the same test rows."""

from enum import StrEnum

from pydantic import Field

from trainyard_spec.base import Count, Finite, WireModel


class Outcome(StrEnum):
    """Result of comparing a model with its baselines.

    ``better``: better than every baseline. ``matched``: better than guessing, but not than a simple model.
    ``no_better``: not significantly better than the best guess. ``worse``: worse than the best guess. ``diverged``:
    training diverged, and the model is no better than a guess.
    """

    BETTER = "better"
    MATCHED = "matched"
    NO_BETTER = "no_better"
    WORSE = "worse"
    DIVERGED = "diverged"


class SignCode(StrEnum):
    """Further findings of a training or its test; engines of later releases may add more."""

    DIVERGED = "diverged"
    OVERFITS = "overfits"
    STOPPED_EARLY = "stopped_early"
    STEP_LEFT_OUT = "step_left_out"
    ONE_ANSWER = "one_answer"
    ONE_CLASS = "one_class"
    FEW_TEST_ROWS = "few_test_rows"


class Sign(WireModel):
    code: str
    message: str


class Baseline(WireModel):
    """Baseline: ``value`` is its metric on the test rows.

    ``is_guess``: it reads no features, or only repeats one of them. Other baselines are simple models; ``rows`` is the
    number of training rows that they were fitted to.
    """

    name: str
    value: Finite
    is_guess: bool
    rows: Count


class Advantage(WireModel):
    """Advantage over a baseline: positive means better, whatever the direction of the metric.

    ``relative`` is the advantage divided by the baseline's value, if that is not 0. ``low`` and ``high`` bound the 95 %
    confidence interval of the difference; they are missing where there are too few test rows.
    """

    absolute: Finite
    relative: Finite | None
    low: Finite | None
    high: Finite | None


class Verdict(WireModel):
    """Comparison by ``metric``: the model has ``value`` on ``examples`` test rows.

    ``better_by`` is the advantage over ``best_baseline``. ``sentence`` states the verdict in plain words.
    """

    outcome: Outcome
    metric: str
    higher_is_better: bool
    value: Finite
    examples: Count
    baselines: tuple[Baseline, ...] = Field(min_length=1)
    best_baseline: str
    better_by: Advantage
    signs: tuple[Sign, ...]
    sentence: str
