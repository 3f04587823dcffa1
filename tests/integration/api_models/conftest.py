"""A finished model, and a worker that speaks the worker protocol."""

import pytest

from tests.support.dataset_versions import clock
from tests.support.finished_models import finished_model
from tests.support.jobs import Bench, bench, make_worker
from tests.support.prediction_caller import PredictionCaller
from trainyard.pools.models import Pool
from trainyard.registry.models import Model

__all__ = ["bench"]


@pytest.fixture
def model(bench: Bench) -> Model:
    return finished_model(bench)


@pytest.fixture
def worker(pool: Pool) -> PredictionCaller:
    """A worker of the pool that was heard of just now."""
    enrolled = make_worker(pool, name="predictor", now=clock())
    return PredictionCaller(enrolled.worker, enrolled.token)


@pytest.fixture
def other_worker(pool: Pool) -> PredictionCaller:
    enrolled = make_worker(pool, name="another", now=clock())
    return PredictionCaller(enrolled.worker, enrolled.token)
