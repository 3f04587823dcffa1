"""A bench that lives in the present, as the API does."""

import pytest

from tests.support.jobs import Bench, fund, make_version, make_worker
from tests.support.platform import Organization, Pool
from trainyard.core.time import database_now


@pytest.fixture
def bench(organization: Organization, pool: Pool) -> Bench:
    now = database_now()
    fund(organization, now=now)
    worker = make_worker(pool, now=now).worker
    return Bench(organization, pool, worker, make_version(organization), now=now)
