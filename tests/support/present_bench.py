"""A bench that lives in the present, as the API does."""

import pytest

from tests.support.jobs import Bench, fund, make_version, make_worker
from tests.support.platform import Organization, Pool
from tests.support.worker_calls import WorkerCaller
from trainyard.core.time import database_now
from trainyard.pools.workers import Enrolled


@pytest.fixture
def enrolled(pool: Pool) -> Enrolled:
    return make_worker(pool, now=database_now())


@pytest.fixture
def bench(organization: Organization, pool: Pool, enrolled: Enrolled) -> Bench:
    now = database_now()
    fund(organization, now=now)
    return Bench(organization, pool, enrolled.worker, make_version(organization), now=now)


@pytest.fixture
def worker(enrolled: Enrolled) -> WorkerCaller:
    return WorkerCaller(enrolled.token)
