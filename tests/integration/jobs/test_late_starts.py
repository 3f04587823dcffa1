"""A start that is heard late: what was trained meanwhile is billed, and never more than passed since the claim."""

from datetime import timedelta
from decimal import Decimal

import pytest

from tests.support.jobs import Bench, Run, started
from trainyard.billing.pricing.operations import set_price
from trainyard.jobs.reconcile import invariant_checks

PER_SECOND = 100
"""Micro-units a slot-second of the bench's pool."""


def claimed(bench: Bench) -> Run:
    bench.submit()
    run = bench.claim()
    assert run is not None
    return run


def test_all_that_was_trained_before_the_first_word_is_billed(bench: Bench) -> None:
    """The report with the start was under way for a minute, and so was the first checkpoint behind it."""
    run = claimed(bench)
    bench.pass_time(65)
    run.report(started(after=5))
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
    run.report(started(after=5))
    run.checkpoint(60, seconds=60)
    assert bench.billed_micros(run.job) == 25 * PER_SECOND


def test_a_model_bills_it_too(bench: Bench) -> None:
    run = claimed(bench)
    bench.pass_time(15)
    run.report(started(after=0.5), run.progress(step=20, trained_seconds=14.5))
    bench.pass_time(1)
    assert bench.billed_micros(run.succeed(seconds=15.5)) == 15.5 * PER_SECOND
    assert invariant_checks.check().findings == []


@pytest.mark.parametrize(("after", "seconds"), [(0, 20), (12.5, 7.5), (1e9, 0), (None, 0)])
def test_no_worker_bills_more_than_passed_since_it_began(bench: Bench, after: float | None, seconds: float) -> None:
    """One of an earlier release does not say: it began when that was heard."""
    run = claimed(bench)
    bench.pass_time(20)
    run.report(started(after=after))
    run.checkpoint(10, seconds=3600)
    assert bench.billed_micros(run.job) == seconds * PER_SECOND
    assert run.attempt.training_started_at == bench.now - timedelta(seconds=seconds)
