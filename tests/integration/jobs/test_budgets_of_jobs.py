"""A hard budget stops jobs before it is passed, and they go on by themselves where their owner chose so."""

from datetime import timedelta
from typing import Any

import pytest

from tests.support.jobs import Bench, Run, fund
from trainyard.billing import holds
from trainyard.billing.budgets.operations import change_budget, create_budget
from trainyard.billing.budgets.spending import spent_micros
from trainyard.billing.holds import BudgetReached
from trainyard.billing.models import Budget
from trainyard.billing.queries import wallet
from trainyard.billing.wallet.settings import change_settings
from trainyard.core.tenancy import tenant_scope
from trainyard.jobs.models import Event, Job
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


def stop(run: Run | None) -> Job:
    """Trains until the budget stops it, with a checkpoint."""
    assert run is not None
    if run.attempt.training_started_at is None:
        run.start()
    while run.job.desired == DesiredState.RUN:
        run.train(19, step=10)
    run.checkpoint(10)
    run.finish()
    return run.job


def stopped_at_a_budget(bench: Bench, **changes: Any) -> Job:
    """A job that a budget has stopped, which then was raised."""
    budget(bench, 2_000)
    job = stop(bench.run(**changes))
    raise_budgets(bench, 10_000)
    return job


def raise_budgets(bench: Bench, micros: int) -> None:
    with tenant_scope(bench.organization.id):
        for made in Budget.objects.all():
            change_budget(budget_id=made.id, amount_micros=micros, actor="tests", now=bench.now)


def job_now(job: Job) -> Job:
    return Job.across_tenants.get(id=job.id)


def events_of(job: Job) -> int:
    return Event.across_tenants.filter(job=job).count()


def cut_off(*_: object, **__: object) -> None:
    raise RuntimeError("the process ends here")


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
    job = stopped_at_a_budget(bench)
    assert resume_funded(now=bench.now) == 0
    resume_by_itself(bench)
    assert [resume_funded(now=bench.now) for _ in range(2)] == [1, 0]
    assert (job_now(job).state, job_now(job).reason) == ("queued", "funds_again")


def test_the_next_month_has_the_whole_budget_again(bench: Bench) -> None:
    budget(bench, 2_000)
    resume_by_itself(bench)
    run = bench.run()
    run.train(19, step=10)
    run.checkpoint(10)
    run.finish()
    assert resume_funded(now=bench.now) == 0
    assert resume_funded(now=bench.now + timedelta(days=31)) == 1


@pytest.mark.parametrize(
    ("of_job", "of_organization", "goes_on"),
    [(True, False, True), (False, True, False), (None, True, True), (None, False, False)],
)
def test_a_job_chooses_for_itself_and_else_its_organization_does(
    bench: Bench, of_job: bool | None, of_organization: bool, goes_on: bool
) -> None:
    if of_organization:
        resume_by_itself(bench)
    job = stopped_at_a_budget(bench, limits={"max_cost": "5.00", "auto_resume": of_job})
    assert [resume_funded(now=bench.now) for _ in range(2)] == [int(goes_on), 0]
    assert job_now(job).state == ("queued" if goes_on else "paused")


def test_a_job_of_before_there_was_a_choice_does_as_its_organization(bench: Bench) -> None:
    job = stopped_at_a_budget(bench)
    limits = {name: value for name, value in job.spec["limits"].items() if name != "auto_resume"}
    Job.across_tenants.filter(id=job.id).update(spec=job.spec | {"limits": limits})
    assert resume_funded(now=bench.now) == 0
    resume_by_itself(bench)
    assert resume_funded(now=bench.now) == 1


def test_the_choice_is_made_anew_when_a_job_is_resumed(bench: Bench) -> None:
    job = stopped_at_a_budget(bench)
    bench.resume(job, auto_resume=True)
    assert job_now(job).spec["limits"]["auto_resume"] is True
    stop(bench.claim())
    assert resume_funded(now=bench.now) == 0  # the raised budget is spent as well
    raise_budgets(bench, 20_000)
    assert resume_funded(now=bench.now) == 1


def test_a_resumption_that_is_cut_off_half_way_leaves_nothing_and_is_done_once(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = stopped_at_a_budget(bench, limits={"max_cost": "5.00", "auto_resume": True})
    before, held = events_of(job), bench.held_micros()
    with monkeypatch.context() as broken:
        broken.setattr("trainyard.jobs.reconcile.funded_resume.settlement.settle", cut_off)
        assert resume_funded(now=bench.now) == 0
    assert (job_now(job).state, events_of(job), bench.held_micros()) == ("paused", before, held)
    bench.pass_time(60)  # one that failed is not tried at once
    assert [resume_funded(now=bench.now) for _ in range(2)] == [1, 0]
    assert events_of(job) == before + 1
    assert invariant_checks.check().findings == []


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
