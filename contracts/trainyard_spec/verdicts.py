"""Verdict on a finished model: held against answers that cost nothing, on the same test rows."""

from enum import StrEnum

from pydantic import Field

from trainyard_spec.base import Count, Finite, WireModel


class Outcome(StrEnum):
    """``better`` than every baseline; ``matched``: better than guesses, and no better than a simple model is;
    ``no_better`` than the best guess, as far as the test rows tell, or ``worse``; ``diverged``: training went astray,
    and the model is no better than a guess."""

    BETTER = "better"
    MATCHED = "matched"
    NO_BETTER = "no_better"
    WORSE = "worse"
    DIVERGED = "diverged"


class SignCode(StrEnum):
    """What else a training or its test showed; an engine of a later release may know more."""

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
    """``value`` is its metric on the test rows. ``is_guess``: it reads nothing of a row, or only repeats a part of it.

    The others are simple models; ``rows`` is how many training rows it was fitted to.
    """

    name: str
    value: Finite
    is_guess: bool
    rows: Count


class Advantage(WireModel):
    """By how much a metric is better than a baseline's: positive is better, whatever the metric's direction.

    ``relative`` is the share of the baseline's value, if that is not nothing. The difference lies between ``low`` and
    ``high`` with a confidence of 95 %; there are none where the test rows are too few to tell.
    """

    absolute: Finite
    relative: Finite | None
    low: Finite | None
    high: Finite | None


class Verdict(WireModel):
    """``value`` is the ``metric`` that decides, on ``examples`` of the test part; ``better_by`` is the advantage over
    ``best_baseline``. ``sentence`` says it in plain words."""

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
