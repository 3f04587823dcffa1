"""A start that is heard late: what was trained meanwhile is billed, and never more than passed since the claim."""

from datetime import timedelta
from decimal import Decimal

import pytest

from tests.support.jobs import Bench, Run, started
from trainyard.billing.operations import set_price

PER_SECOND = 100
"""Micro-units a slot-second of the bench's pool."""


def claimed(bench: Bench) -> Run:
    bench.submit()
    run = bench.claim()
    assert run is not None
    return run


def start_late(run: Run, *, after: float) -> None:
    """The start, heard now, says that it was ``after`` seconds after the claim."""
    run.report(started().model_copy(update={"seconds_after_claim": after}))


def test_all_that_was_trained_before_the_first_word_is_billed(bench: Bench) -> None:
    """The report with the start was under way for a minute, and so was the first checkpoint behind it."""
    run = claimed(bench)
    bench.pass_time(65)
    start_late(run, after=5)
    run.checkpoint(10, seconds=10)
    assert bench.billed_micros(run.job) == 10 * PER_SECOND
    run.report(run.progress(step=60, trained_seconds=60))
    run.checkpoint(60, seconds=60)
    assert bench.billed_micros(run.job) == 60 * PER_SECOND
    assert run.attempt.training_started_at == run.attempt.claimed_at + timedelta(seconds=5)


def test_it_is_billed_at_the_price_of_when_it_was_trained(bench: Bench) -> None:
    run = claimed(bench)
    bench.pass_time(30)
    set_price(pool_id=bench.pool.id, per_slot_second=Decimal(0), effective_from=bench.now, actor="tests", now=bench.now)
    bench.pass_time(35)
    start_late(run, after=5)
    run.checkpoint(60, seconds=60)
    assert bench.billed_micros(run.job) == 25 * PER_SECOND


@pytest.mark.parametrize("after", [0, 1e9, None])
def test_no_clock_makes_it_more_than_passed_since_the_claim(bench: Bench, after: float | None) -> None:
    run = claimed(bench)
    bench.pass_time(20)
    run.report(started().model_copy(update={"seconds_after_claim": after}))
    run.checkpoint(10, seconds=3600)
    assert bench.billed_micros(run.job) == 20 * PER_SECOND
    assert run.attempt.training_started_at == run.attempt.claimed_at
