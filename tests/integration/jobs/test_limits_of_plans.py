"""What a plan limits besides members: running jobs in all pools together, stored bytes, requests a second."""

from collections.abc import Callable

import pytest

from tests.support.jobs import Bench, make_worker
from trainyard.core.tenancy import tenant_scope
from trainyard.jobs.queue import running_limits
from trainyard.tenants import queries
from trainyard.tenants.models import PlanLimits

Limit = Callable[..., None]


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
