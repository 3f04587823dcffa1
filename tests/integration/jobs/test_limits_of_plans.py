"""What a plan limits besides members (running jobs in all pools together, stored bytes), and the time it includes."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.support.billing import SECOND, UNIT
from tests.support.invoices import assert_adds_up, close
from tests.support.jobs import START, Bench, make_version, make_worker
from tests.support.platform import Caller
from trainyard.billing.journal import verification
from trainyard.billing.ledger import InsufficientFunds
from trainyard.billing.models import Plan, Subscription
from trainyard.core.tenancy import tenant_scope
from trainyard.jobs.accounting.billing_breakdown import breakdown_of
from trainyard.jobs.queue import running_limits
from trainyard.pools.models import Pool
from trainyard.tenants import queries
from trainyard.tenants.models import Organization, PlanLimits
from trainyard_client.billing_recompute import recompute

Limit = Callable[..., None]
Include = Callable[[int], None]
PRICE = 100
"""Micro-units for a slot and second of the pool in tests."""


@pytest.fixture
def include(organization: Organization) -> Include:
    """Puts the organization on a plan whose fee includes so many slot-seconds until the year is over."""

    def write(seconds: int) -> None:
        start = START
        plan, _ = Plan.objects.get_or_create(
            name="Team", defaults={"monthly_fee_micros": UNIT, "currency": "USD", "created_at": start}
        )
        with tenant_scope(organization.id):
            Subscription.objects.update_or_create(
                organization_id=organization.id,
                defaults={
                    "plan": plan,
                    "started_at": start,
                    "paid_from": start,
                    "paid_until": start + timedelta(days=300),
                    "charge_id": "use_of_the_fee",
                    "included_microseconds": seconds * SECOND,
                },
            )

    return write


@pytest.fixture
def poor(organization: Organization, pool: Pool) -> Bench:
    """Nothing is in its wallet."""
    return Bench(organization, pool, make_worker(pool).worker, make_version(organization))


@pytest.fixture
def limit(bench: Bench) -> Limit:
    def write(**limits: int) -> None:
        with tenant_scope(bench.organization.id):
            PlanLimits.objects.update_or_create(organization_id=bench.organization.id, defaults=limits)

    return write


def test_no_more_jobs_run_at_once_than_the_plan_allows(bench: Bench, limit: Limit) -> None:
    limit(max_running_jobs=1)
    wide = make_worker(bench.pool, name="wide", slots=8).worker
    bench.submit()
    waiting = bench.submit()
    first = bench.claim(wide)
    assert first is not None
    assert bench.claim(wide) is None
    limit(max_running_jobs=2)
    second = bench.claim(wide)
    assert second is not None
    assert second.claim.job_id == waiting.id


def test_jobs_of_other_pools_count(bench: Bench, limit: Limit) -> None:
    limit(max_running_jobs=3)
    wide = make_worker(bench.pool, name="wide", slots=8).worker
    bench.submit()
    assert bench.claim(wide) is not None
    of_here = running_limits.running_limits(organization_ids=[bench.organization.id], pool_id=bench.pool.id)
    elsewhere = running_limits.running_limits(organization_ids=[bench.organization.id], pool_id="pool_other")
    assert (of_here, elsewhere) == ({bench.organization.id: 3}, {bench.organization.id: 2})
    limit(max_running_jobs=1)
    assert not running_limits.may_run_one_more(bench.organization.id)


def test_storage_is_the_operators_word_before_the_plans(bench: Bench, limit: Limit) -> None:
    limit(max_stored_bytes=5_000)
    with tenant_scope(bench.organization.id):
        assert queries.most_stored_bytes() == 5_000
        bench.organization.max_stored_bytes = 9_000
        bench.organization.save()
        assert queries.most_stored_bytes() == 9_000


def test_included_time_pays_for_training_before_the_wallet_does(bench: Bench, include: Include) -> None:
    include(60)
    run = bench.run()
    run.train(100, step=10)
    run.checkpoint(10)
    assert bench.billed_micros(run.job) == 40 * PRICE
    assert _used(bench) == 60
    run.train(100, step=20)
    run.checkpoint(20)
    assert bench.billed_micros(run.job) == 140 * PRICE
    with tenant_scope(bench.organization.id):
        shown = breakdown_of(job_id=run.job.id)
    rows = [(row.microseconds // SECOND, row.amount_micros, row.free_reason) for row in shown.rows]
    assert rows == [(60, 0, "included"), (140, 140 * PRICE, None)]


def test_a_job_runs_on_included_time_alone_and_stops_when_that_is_used_up(poor: Bench, include: Include) -> None:
    with pytest.raises(InsufficientFunds):
        poor.submit(limits={"max_runtime_seconds": 300})
    include(400)
    job = poor.submit(limits={"max_runtime_seconds": 300})
    run = poor.claim()
    assert run is not None
    run.start()
    assert run.train(120, step=10) == "run"
    run.checkpoint(10)
    include(130)
    assert run.train(5, step=11) == "run"
    assert run.train(4, step=12) == "stop_with_checkpoint"
    run.checkpoint(12)
    run.finish()
    job.refresh_from_db()
    assert (job.state, job.reason, poor.billed_micros(job)) == ("paused", "insufficient_funds", 0)
    assert _used(poor) == 129


def test_the_months_invoice_names_what_was_included(bench: Bench, include: Include, owner: Caller) -> None:
    include(60)
    run = bench.run()
    run.train(100, step=10)
    run.checkpoint(10)
    [invoice] = close(bench.organization.id, bench.now + timedelta(days=40))
    body = owner.get(f"/invoices/{invoice.id}").json()
    lines = {line["description"]: (line["quantity"], line["charged"]) for line in body["lines"]}
    job = f"Training, job {run.job.name} ({run.job.id}), pool {bench.pool.name}"
    assert lines == {job: ("40", "0.004000"), f"{job}, included in the plan": ("60", "0.000000")}
    for line in body["lines"]:
        usage = owner.get(f"/invoices/{invoice.id}/lines/{line['position']}/usage").json()
        assert len(usage["data"]) == line["usage"]["records"] == 1
    journal = owner.get(f"/invoices/{invoice.id}/journal").getvalue().decode().splitlines()
    assert recompute(body, journal).differences == []
    assert verification.check()[1] == []
    with tenant_scope(bench.organization.id):
        assert_adds_up(invoice)


def _used(bench: Bench) -> int:
    with tenant_scope(bench.organization.id):
        return Subscription.objects.get().used_microseconds // SECOND
