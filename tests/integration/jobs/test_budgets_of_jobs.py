"""A hard budget stops jobs before it is passed, and they go on by themselves where their owner chose so."""

from datetime import timedelta

import pytest

from tests.support.jobs import Bench, fund
from trainyard.billing import holds
from trainyard.billing.budgets.operations import change_budget, create_budget
from trainyard.billing.budgets.spending import spent_micros
from trainyard.billing.holds import BudgetReached
from trainyard.billing.models import Budget
from trainyard.billing.queries import wallet
from trainyard.billing.wallet.settings import change_settings
from trainyard.core.tenancy import tenant_scope
from trainyard.jobs.reconcile import invariant_checks
from trainyard.jobs.reconcile.funded_resume import resume_funded
from trainyard_spec.states import DesiredState

PER_SECOND = 100


def budget(bench: Bench, micros: int, *, is_hard: bool = True) -> Budget:
    with tenant_scope(bench.organization.id):
        return create_budget(
            name="All", amount_micros=micros, alert_percents=[], is_hard=is_hard, actor="tests", now=bench.now
        )


def resume_by_itself(bench: Bench) -> None:
    with tenant_scope(bench.organization.id):
        change_settings(auto_resume=True, actor="tests", now=bench.now)


def spent(bench: Bench) -> int:
    with tenant_scope(bench.organization.id):
        return spent_micros(now=bench.now)


def test_a_job_stops_with_a_checkpoint_before_the_budget_is_passed(bench: Bench) -> None:
    made = budget(bench, 2_000)
    run = bench.run()
    run.train(19, step=10)
    assert run.job.desired == DesiredState.STOP_WITH_CHECKPOINT
    run.checkpoint(10)
    run.finish()
    assert (run.job.state, run.job.reason, spent(bench)) == ("paused", "cap_reached", 1_900)
    assert spent(bench) <= made.amount_micros
    assert invariant_checks.check().findings == []


def test_what_was_trained_beyond_a_budget_is_not_charged_within_it(bench: Bench) -> None:
    budget(bench, 2_000)
    run = bench.run()
    run.train(40, step=10)
    run.checkpoint(10)
    run.finish()
    assert spent(bench) == 2_000


def test_a_spent_budget_refuses_new_jobs_and_those_that_are_resumed(bench: Bench) -> None:
    budget(bench, 2_000)
    run = bench.run()
    run.train(19, step=10)
    run.checkpoint(10)
    run.finish()
    for act in (bench.submit, lambda: bench.resume(run.job)):
        with pytest.raises(BudgetReached) as refusal:
            act()
        assert (refusal.value.status, refusal.value.code) == (402, "budget_reached")


def test_a_soft_budget_stops_nothing(bench: Bench) -> None:
    budget(bench, 100, is_hard=False)
    run = bench.run()
    run.train(19, step=10)
    assert run.job.desired == DesiredState.RUN


def test_a_raised_budget_resumes_jobs_where_that_was_chosen_and_only_there(bench: Bench) -> None:
    made = budget(bench, 2_000)
    run = bench.run()
    run.train(19, step=10)
    run.checkpoint(10)
    run.finish()
    with tenant_scope(bench.organization.id):
        change_budget(budget_id=made.id, amount_micros=10_000, actor="tests", now=bench.now)
    assert resume_funded(now=bench.now) == 0
    resume_by_itself(bench)
    assert [resume_funded(now=bench.now) for _ in range(2)] == [1, 0]
    assert (run.job.state, run.job.reason) == ("queued", "funds_again")


def test_the_next_month_has_the_whole_budget_again(bench: Bench) -> None:
    budget(bench, 2_000)
    resume_by_itself(bench)
    run = bench.run()
    run.train(19, step=10)
    run.checkpoint(10)
    run.finish()
    assert resume_funded(now=bench.now) == 0
    assert resume_funded(now=bench.now + timedelta(days=31)) == 1


def test_a_job_that_reached_its_own_cap_waits_for_its_owner(bench: Bench) -> None:
    resume_by_itself(bench)
    run = bench.run(limits={"max_cost": "0.002"})
    run.train(30, step=10)
    run.checkpoint(10)
    run.finish()
    assert (run.job.reason, resume_funded(now=bench.now)) == ("cap_reached", 0)


def test_new_credit_resumes_a_job_that_ran_out_of_it(bench: Bench) -> None:
    resume_by_itself(bench)
    run = bench.run()
    with tenant_scope(bench.organization.id):
        rest = wallet().available_micros
        holds.reserve_funds(job_id="job_of_another", cap_micros=rest, now=bench.now)
    run.train(700, step=10)
    run.checkpoint(10)
    run.finish()
    assert (run.job.reason, resume_funded(now=bench.now)) == ("insufficient_funds", 0)
    fund(bench.organization, now=bench.now)
    assert resume_funded(now=bench.now) == 1
