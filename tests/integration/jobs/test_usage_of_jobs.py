"""What is billed and what is free, to the micro-unit."""

from decimal import ROUND_HALF_EVEN, Decimal

import pytest

from tests.support.jobs import Bench, Run
from trainyard.billing.pricing.operations import set_price
from trainyard.core.tenancy import tenant_scope
from trainyard.jobs.accounting.billing_breakdown import BillingBreakdown, breakdown_of
from trainyard.jobs.models import Job
from trainyard.jobs.reconcile import invariant_checks


def usage(bench: Bench, job: Job) -> BillingBreakdown:
    with tenant_scope(bench.organization.id):
        return breakdown_of(job_id=job.id)


def shown(report: BillingBreakdown) -> list[tuple[int, float, int, str | None]]:
    return [(row.attempt, row.microseconds / 1e6, row.amount_micros, row.free_reason) for row in report.rows]


def assert_every_row_multiplies(report: BillingBreakdown) -> None:
    for row in report.rows:
        exact = row.slots * Decimal(row.microseconds) / 10**6 * row.unit_price
        assert exact.quantize(Decimal("0.000001"), ROUND_HALF_EVEN) == Decimal(row.amount_micros) / 10**6
        assert (row.ended_at - row.started_at).total_seconds() == pytest.approx(row.microseconds / 1e6, abs=1e-6)


def test_only_kept_work_is_billed_and_the_rest_says_why_it_is_free(bench: Bench) -> None:
    first = bench.run()
    first.train(10, step=20)
    first.checkpoint(20)
    first.train(4, step=30)
    bench.lose_lease()
    idle = bench.claim()
    assert idle is not None
    bench.pass_time(3)
    idle.finish()
    last = bench.claim()
    assert last is not None
    last.start()
    bench.pass_time(5.25)
    job = last.succeed()

    report = usage(bench, job)
    assert shown(report) == [
        (1, 10, 1_000, None),
        (1, 4, 0, "not_kept"),
        (2, 1, 0, "queued"),
        (2, 3, 0, "no_training"),
        (3, 5.25, 525, None),
    ]
    assert (report.billed_microseconds, report.free_microseconds) == (15_250_000, 7_000_000)
    assert report.amount_micros == 1_525
    assert [bool(row.billed_by) for row in report.rows] == [True, *[False] * 4]  # no model was registered here
    assert_every_row_multiplies(report)


def test_what_a_job_waited_for_is_listed_and_free(bench: Bench) -> None:
    job = bench.submit()
    bench.pass_time(30)
    run = bench.claim()
    assert run is not None
    bench.pass_time(4)
    run.start()
    run.train(10, step=20)
    bench.pause(job)
    run.checkpoint(20)
    run.finish()
    bench.pass_time(500)  # paused, and waiting for nobody
    bench.resume(job)
    bench.pass_time(7)
    again = bench.claim()
    assert again is not None
    again.start()
    report = usage(bench, job)
    assert [(*row, each.slots) for row, each in zip(shown(report), report.rows, strict=True)] == [
        (1, 30, 0, "queued", 0),
        (1, 4, 0, "starting", 1),
        (1, 10, 1_000, None, 1),
        (2, 7, 0, "queued", 0),
    ]
    assert (report.billed_microseconds, report.free_microseconds) == (10_000_000, 4_000_000)
    assert_every_row_multiplies(report)


def test_time_without_a_processor_is_free_and_says_so(bench: Bench) -> None:
    run = bench.run()
    bench.pass_time(10)
    run.report(run.progress(step=20, trained_seconds=6).model_copy(update={"starved_seconds": 4}))
    report = usage(bench, run.succeed(seconds=6))
    assert shown(report) == [(1, 6, 600, None), (1, 4, 0, "starved")]
    assert_every_row_multiplies(report)


def test_what_a_worker_does_after_it_was_asked_to_stop_is_free_and_says_so(bench: Bench) -> None:
    run = bench.run()
    run.train(10, step=20)
    run.checkpoint(20)
    run.train(3, step=24)
    bench.pause(run.job)
    run.train(4, step=28)
    bench.pass_time(2)
    run.finish()
    report = usage(bench, run.job)
    assert shown(report) == [
        (1, 10, 1_000, None),
        (1, 3, 0, "not_kept"),
        (1, 4, 0, "stopping"),
        (1, 2, 0, "stopping"),
    ]
    assert report.free_microseconds == 9_000_000
    assert_every_row_multiplies(report)


def test_what_is_kept_is_billed_though_it_was_trained_after_the_stop_was_asked_for(bench: Bench) -> None:
    run = bench.run()
    run.train(10, step=20)
    bench.pause(run.job)
    run.train(4, step=28)
    run.checkpoint(28)
    bench.pass_time(2)
    run.finish()
    assert shown(usage(bench, run.job)) == [(1, 14, 1_400, None), (1, 2, 0, "stopping")]


def test_a_worker_that_was_asked_to_stop_and_was_lost_is_free_from_then_on(bench: Bench) -> None:
    run = bench.run()
    run.train(10, step=20)
    bench.pause(run.job)
    bench.lose_lease()
    (kept, lost) = shown(usage(bench, run.job))
    assert kept == (1, 10, 0, "not_kept")
    assert (lost[3], lost[1] >= 60) == ("stopping", True)


def test_no_more_of_it_is_believed_than_has_passed(bench: Bench) -> None:
    run = bench.run()
    bench.pass_time(10)
    for stated in (1e9, 0):
        run.report(run.progress(step=20, trained_seconds=6).model_copy(update={"starved_seconds": stated}))
    assert run.attempt.starved_microseconds == 4_000_000


def test_work_in_progress_is_not_listed_before_it_is_kept(bench: Bench) -> None:
    run = bench.run()
    run.train(10, step=20)
    assert usage(bench, run.job).rows == []


def test_a_price_that_changes_splits_the_attempt(bench: Bench) -> None:
    run = bench.run()
    bench.pass_time(1.5)
    set_price(
        pool_id=bench.pool.id, per_slot_second=Decimal("0.0003"), effective_from=bench.now, actor="tests", now=bench.now
    )
    bench.pass_time(2.5)
    report = usage(bench, run.succeed())
    assert shown(report) == [(1, 1.5, 150, None), (1, 2.5, 750, None)]
    assert_every_row_multiplies(report)


@pytest.mark.parametrize(
    ("price", "cap"), [("0.0001", 501), ("0.9", 4_500_001), ("0.000000007", 501), ("0.333333333", 2_000_003)]
)
def test_what_the_cap_does_not_pay_for_is_free(bench: Bench, price: str, cap: int) -> None:
    set_price(
        pool_id=bench.pool.id, per_slot_second=Decimal(price), effective_from=bench.now, actor="tests", now=bench.now
    )
    limits = {"max_cost": f"{cap / 1e6:.6f}", "max_runtime_seconds": 2_592_000}
    run = bench.run(limits=limits)
    bench.pass_time(1_000_000 if price.startswith("0.00000") else 100)
    report = usage(bench, run.succeed())
    assert report.amount_micros == cap
    assert [row.free_reason for row in report.rows] == [None, "beyond_cap"]
    assert_every_row_multiplies(report)


def test_a_free_pool_bills_nothing_and_stops_nobody(bench: Bench) -> None:
    set_price(pool_id=bench.pool.id, per_slot_second=Decimal(0), effective_from=bench.now, actor="tests", now=bench.now)
    run = bench.run()
    assert run.train(3_600, step=10) == "run"
    report = usage(bench, run.succeed())
    assert shown(report) == [(1, 3_600, 0, None)]


class TestAnAttemptThatFallsBack:
    """Its furthest checkpoint is damaged: from the one before it does once more what is billed already."""

    @pytest.fixture
    def fallen_back(self, bench: Bench) -> Run:
        first = bench.run()
        for step in (10, 20):
            first.train(10, step=step)
            first.checkpoint(step)
        bench.lose_lease()
        again = bench.claim()
        assert again is not None
        return again.start(step=10)

    def test_is_billed_from_where_it_is_past_that(self, bench: Bench, fallen_back: Run) -> None:
        fallen_back.train(5, step=15)
        fallen_back.checkpoint(15)
        assert bench.billed_micros(fallen_back.job) == 2_000
        fallen_back.train(6, step=20)
        fallen_back.train(4, step=24)
        fallen_back.checkpoint(24)
        assert bench.billed_micros(fallen_back.job) == 2_400
        bench.pass_time(2)
        report = usage(bench, fallen_back.succeed())
        assert shown(report) == [
            (1, 20, 2_000, None),
            (2, 1, 0, "queued"),
            (2, 6, 600, None),
            (2, 11, 0, "repeated"),
        ]
        assert_every_row_multiplies(report)
        assert invariant_checks.check().findings == []

    def test_pays_nothing_before(self, bench: Bench, fallen_back: Run) -> None:
        fallen_back.train(5, step=15)
        fallen_back.checkpoint(15)
        fallen_back.train(2, step=17)
        bench.lose_lease()
        report = usage(bench, fallen_back.job)
        assert shown(report) == [(1, 20, 2_000, None), (2, 1, 0, "queued"), (2, 7, 0, "repeated")]
        third = bench.claim()
        assert third is not None
        third.start(step=15)
        third.train(4, step=19)
        bench.pass_time(2)
        assert shown(usage(bench, third.succeed()))[-1] == (3, 6, 0, "repeated")
        assert invariant_checks.check().findings == []

    def test_runs_no_sooner_into_a_limit(self, bench: Bench) -> None:
        limits = {"max_runtime_seconds": 30}
        first = bench.run(limits=limits)
        first.train(20, step=20)
        first.checkpoint(20)
        bench.lose_lease()
        again = bench.claim()
        assert again is not None
        again.start(step=0)
        assert again.train(20, step=19) == "run"
        assert again.train(1, step=20) == "run"
        assert again.train(7, step=27) == "run"
        assert again.train(1, step=28) == "stop_with_checkpoint"

    def test_from_the_furthest_nothing_is_repeated(self, bench: Bench) -> None:
        first = bench.run()
        first.train(10, step=10)
        first.checkpoint(10)
        bench.lose_lease()
        again = bench.claim()
        assert again is not None
        again.start()
        bench.pass_time(3)
        assert shown(usage(bench, again.succeed())) == [
            (1, 10, 1_000, None),
            (2, 1, 0, "queued"),
            (2, 3, 300, None),
        ]
