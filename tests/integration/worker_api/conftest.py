"""The bench of these tests, and workers that call it."""

import pytest

from tests.support.jobs import make_worker
from tests.support.platform import Pool
from tests.support.present_bench import bench, enrolled, worker
from tests.support.worker_calls import WorkerCaller
from trainyard.core.time import database_now

__all__ = ["bench", "enrolled", "worker"]


@pytest.fixture
def stranger(pool: Pool) -> WorkerCaller:
    """Another worker of the same pool."""
    return WorkerCaller(make_worker(pool, name="stranger", now=database_now()).token)
