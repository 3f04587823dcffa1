"""The verdict on a finished model: who wins, by how much, and what else its training showed."""

import math
from collections.abc import Iterable, Iterator

from trainyard_engine.tasks.verdict.contest import Contest, Rival
from trainyard_engine.tasks.verdict.measures import MetricDifference, difference
from trainyard_engine.tasks.verdict.sentences import number, sentence_of
from trainyard_spec.verdicts import Advantage, Baseline, Outcome, Sign, SignCode, Verdict


def verdict_on(contest: Contest, *, signs: Iterable[Sign] = ()) -> Verdict | None:
    """Once the contest has the model's answers. ``signs`` are those of the training.

    ``None`` where numbers are too large for a float to tell anything.
    """
    measure = contest.measure
    value = float(measure.value(contest.tally.sums.sum(axis=0)))
    told = {rival.name: (rival, _told(contest, rival)) for rival in contest.rivals()}
    told = {name: found for name, found in told.items() if math.isfinite(found[1].value)}
    guesses = [baseline for _, baseline in told.values() if baseline.is_guess]
    if not math.isfinite(value) or not guesses:
        return None

    def against(baseline: Baseline) -> MetricDifference:
        return difference(measure, contest.tally, told[baseline.name][0].tally)

    best = max((baseline for _, baseline in told.values()), key=lambda found: measure.metric.sign * found.value)
    guess = max(guesses, key=lambda found: measure.metric.sign * found.value)
    over_best, over_guess = against(best), against(guess)
    if not math.isfinite(over_best.absolute):
        return None
    found = (*signs, *contest.signs(), *_few(contest, over_guess))
    outcome = _outcome(over_guess, over_best, diverged=any(sign.code == SignCode.DIVERGED for sign in found))
    return Verdict(
        outcome=outcome,
        metric=measure.name,
        higher_is_better=measure.metric.higher_is_better,
        value=value,
        examples=len(contest.tested.split.test),
        baselines=tuple(baseline for _, baseline in told.values()),
        best_baseline=best.name,
        better_by=_advantage(over_best, best.value),
        signs=found,
        sentence=sentence_of(outcome, contest, value, best, guess, over_best),
    )


def _told(contest: Contest, rival: Rival) -> Baseline:
    value = float(contest.measure.value(rival.tally.sums.sum(axis=0)))
    return Baseline.model_construct(name=rival.name, value=value, is_guess=rival.is_guess, rows=rival.rows)


def _outcome(over_guess: MetricDifference, over_best: MetricDifference, *, diverged: bool) -> Outcome:
    if over_guess.is_clear and over_guess.absolute > 0:
        return Outcome.BETTER if over_best.is_clear and over_best.absolute > 0 else Outcome.MATCHED
    if diverged:
        return Outcome.DIVERGED
    return Outcome.WORSE if over_guess.is_clear else Outcome.NO_BETTER


def _advantage(found: MetricDifference, baseline: float) -> Advantage:
    margin = found.margin if found.margin is not None and math.isfinite(found.margin) else None
    relative = found.absolute / abs(baseline) if baseline else math.inf
    return Advantage(
        absolute=found.absolute,
        relative=relative if math.isfinite(relative) else None,
        low=None if margin is None else found.absolute - margin,
        high=None if margin is None else found.absolute + margin,
    )


def _few(contest: Contest, over_guess: MetricDifference) -> Iterator[Sign]:
    examples = len(contest.tested.split.test)
    if over_guess.margin is None:
        message = (
            f"The {examples:,} test {contest.unit} are too few, or depend too much on each other, "
            "to tell anything from chance."
        )
        yield Sign(code=SignCode.FEW_TEST_ROWS, message=message)
    elif over_guess.absolute > 0 and not over_guess.is_clear:
        message = (
            f"It did better than a guess by {number(over_guess.absolute)}, and {examples:,} test {contest.unit} "
            f"tell such a difference only to within {number(over_guess.margin)}."
        )
        yield Sign(code=SignCode.FEW_TEST_ROWS, message=message)
