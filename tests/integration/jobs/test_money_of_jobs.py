"""What cannot be had for nothing, and what is not billed twice, too much or for nothing."""

from decimal import Decimal

import pytest

from tests.support.jobs import Bench, Run
from trainyard.billing import holds
from trainyard.billing.pricing.operations import set_price
from trainyard.billing.queries import job_cost, wallet
from trainyard.core.tenancy import tenant_scope
from trainyard.jobs.lifecycle.specs import SpecNotValid
from trainyard.jobs.lifecycle.user_actions import LimitReached
from trainyard.jobs.models import Job
from trainyard.jobs.reconcile import invariant_checks
from trainyard_spec.states import DesiredState, Reason
from trainyard_spec.stop_rules import FAULTS
from trainyard_spec.worker_protocol import CancelledOutcome

STOP = DesiredState.STOP_WITH_CHECKPOINT
PER_SECOND = 100


def price_becomes(bench: Bench, price: str) -> None:
    set_price(
        pool_id=bench.pool.id, per_slot_second=Decimal(price), effective_from=bench.now, actor="tests", now=bench.now
    )


def claimed(bench: Bench) -> Run:
    run = bench.claim()
    assert run is not None
    return run


def spend_elsewhere(bench: Bench, *, leave: int) -> None:
    with tenant_scope(bench.organization.id):
        rest = wallet().available_micros - leave
        holds.reserve_funds(job_id="job_of_another", cap_micros=rest, now=bench.now)


class TestAStretch:
    def test_a_cap_below_it_is_refused_with_the_figure(self, bench: Bench) -> None:
        for cap in ("0.000001", "0.000499"):
            with pytest.raises(SpecNotValid) as refused:
                bench.submit(limits={"max_cost": cap})
            [error] = refused.value.errors
            assert (error.field, error.code) == ("limits.max_cost", "below_a_stretch")
            assert "0.000500 USD" in str(error.hint)
        assert bench.submit(limits={"max_cost": "0.0005"}).state == "queued"

    def test_resuming_needs_it_beyond_what_was_used(self, bench: Bench) -> None:
        run = bench.run(limits={"max_cost": "0.001"})
        run.train(8.5, step=10)
        run.checkpoint(10)
        run.finish()
        with pytest.raises(LimitReached) as refused:
            bench.resume(run.job, max_cost_micros=1_349)
        assert "0.001350" in refused.value.hint
        assert refused.value.errors[0].field == "max_cost"
        assert bench.resume(run.job, max_cost_micros=1_350).state == "queued"

    def test_what_was_trained_beyond_a_cap_is_paid_first_when_it_is_raised(self, bench: Bench) -> None:
        run = bench.run(limits={"max_cost": "0.001"})
        run.train(30, step=20)
        run.checkpoint(20)
        run.finish()
        assert bench.billed_micros(run.job) == 1_000
        with pytest.raises(LimitReached):
            bench.resume(run.job, max_cost_micros=3_499)
        bench.resume(run.job, max_cost_micros=3_500)
        assert bench.billed_micros(run.job) == 3_000
        assert invariant_checks.check().findings == []

    def test_a_runtime_has_to_leave_one_too(self, bench: Bench) -> None:
        run = bench.run(limits={"max_runtime_seconds": 6})
        run.train(9, step=20)
        run.checkpoint(20)
        run.finish()
        assert (run.job.reason, bench.billed_micros(run.job)) == (Reason.MAX_RUNTIME, 6 * PER_SECOND)
        with pytest.raises(LimitReached) as refused:
            bench.resume(run.job, max_runtime_seconds=13)
        assert "at least 14" in refused.value.hint
        bench.resume(run.job, max_runtime_seconds=14)
        assert bench.billed_micros(run.job) == 9 * PER_SECOND

    def test_a_queued_job_without_funds_for_it_is_paused_and_the_next_is_claimed(self, bench: Bench) -> None:
        run = bench.run(limits={"max_cost": "0.001"}, priority=5)
        run.train(6, step=10)
        run.checkpoint(10)
        bench.lose_lease()
        other = bench.submit()
        assert claimed(bench).claim.job_id == other.id
        assert (run.job.state, run.job.reason) == ("paused", "cap_reached")


class TestReserving:
    def test_a_while_is_held_and_more_as_the_job_goes_on(self, bench: Bench) -> None:
        run = bench.run(limits={"max_runtime_seconds": 500_000})
        assert bench.held_micros() == 600 * PER_SECOND
        for step in range(1, 30):
            assert run.train(50, step=step) == DesiredState.RUN
            run.checkpoint(step)
            assert 0 < bench.held_micros() <= 652 * PER_SECOND
        assert bench.billed_micros(run.job) == 29 * 50 * PER_SECOND
        assert invariant_checks.check().findings == []

    def test_reports_that_were_held_up_for_long_are_billed_all_the_same(self, bench: Bench) -> None:
        run = bench.run()
        bench.pass_time(5_000)
        assert bench.billed_micros(run.succeed()) == 5_000 * PER_SECOND

    def test_an_empty_wallet_stops_the_job_with_a_checkpoint(self, bench: Bench) -> None:
        run = bench.run()
        spend_elsewhere(bench, leave=0)
        assert run.train(597, step=10) == DesiredState.RUN
        assert run.train(2, step=20) == STOP
        run.checkpoint(20)
        run.finish()
        assert (run.job.state, run.job.reason) == ("paused", "insufficient_funds")
        assert bench.billed_micros(run.job) == 599 * PER_SECOND
        with tenant_scope(bench.organization.id):
            holds.release_hold(job_id="job_of_another", now=bench.now)
        assert bench.resume(run.job).state == "queued"


class TestWhatTheCustomerEnds:
    def test_a_cancelled_job_pays_for_what_its_metrics_told(self, bench: Bench) -> None:
        run = bench.run()
        run.train(55, step=30)
        bench.cancel(run.job)
        bench.pass_time(3)
        run.finish(CancelledOutcome())
        assert bench.billed_micros(run.job) == 55 * PER_SECOND
        assert bench.held_micros() == 0
        assert invariant_checks.check().findings == []

    def test_so_it_does_when_its_worker_is_lost_on_the_way(self, bench: Bench) -> None:
        run = bench.run()
        run.train(55, step=30)
        bench.cancel(run.job)
        bench.lose_lease()
        assert (run.job.state, bench.billed_micros(run.job)) == ("cancelled", 55 * PER_SECOND)

    def test_what_was_lost_by_the_platform_before_stays_free(self, bench: Bench) -> None:
        run = bench.run()
        run.train(55, step=30)
        bench.lose_lease()
        bench.cancel(run.job)
        assert (run.job.state, bench.billed_micros(run.job)) == ("cancelled", 0)


@pytest.mark.parametrize("fault", ["infrastructure", "hang"])
def test_a_job_that_the_platform_gives_up_can_go_on_from_what_was_paid(bench: Bench, fault: str) -> None:
    retry = FAULTS[Reason(fault)].retry
    assert retry is not None
    assert retry.limit is not None
    run = bench.run()
    run.train(10, step=20)
    run.checkpoint(20)
    for _ in range(retry.limit):
        run.fail(fault)
        bench.pass_time(retry.longest_seconds)
        run = claimed(bench)
    run.fail(fault)
    assert (run.job.state, run.job.reason, run.job.error["code"]) == ("paused", fault, fault)
    assert bench.held_micros() == 0
    job = bench.resume(run.job)
    assert (job.state, job.error, job.failures) == ("queued", None, {})
    resumed = claimed(bench)
    assert resumed.claim.resume is not None
    assert resumed.claim.resume.step == 20


class TestPrices:
    def test_a_price_that_falls_leaves_the_cap_as_it_is(self, bench: Bench) -> None:
        job = bench.submit(limits={"max_cost": "0.50"})
        price_becomes(bench, "0.000000001")
        bench.pause(job)
        assert bench.resume(job).cap_micros == 500_000
        with tenant_scope(bench.organization.id):
            assert job_cost(job_id=job.id).cap_micros == 500_000

    def test_a_cap_below_the_longest_run_counts_after_a_rise(self, bench: Bench) -> None:
        run = bench.run(limits={"max_cost": "0.50", "max_runtime_seconds": 100})
        assert Job.across_tenants.get().cap_micros == 500_000
        price_becomes(bench, "0.001")
        assert run.train(90, step=10) == DesiredState.RUN
        run.checkpoint(10)
        assert bench.billed_micros(run.job) == 90_000


class TestTime:
    def test_never_more_than_the_longest_runtime(self, bench: Bench) -> None:
        run = bench.run(limits={"max_runtime_seconds": 6})
        run.train(6.99, step=20)
        assert bench.billed_micros(run.succeed()) == 6 * PER_SECOND
