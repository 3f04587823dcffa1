"""A finished model, and a worker that speaks the worker protocol."""

import json
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client

from tests.support.dataset_versions import clock
from tests.support.finished_models import finished_model
from tests.support.jobs import Bench, bench, make_worker
from trainyard.models.models import Model
from trainyard.pools.models import Pool, Worker

__all__ = ["bench"]


@dataclass(frozen=True)
class WorkerCaller:
    """Calls the worker API with the token of one worker."""

    worker: Worker
    token: str

    def claim(self) -> dict[str, Any] | None:
        answer = self.post("/predictions/claim", {})
        assert answer.status_code in {200, 204}, answer.content
        return answer.json() if answer.status_code == 200 else None

    def finish(self, prediction_id: str, **outcome: Any) -> Any:
        return self.post(f"/predictions/{prediction_id}/finish", outcome)

    def get(self, path: str) -> Any:
        return self._client.get(f"/api/worker/v1{path}")

    def post(self, path: str, body: dict[str, Any]) -> Any:
        return self._client.post(f"/api/worker/v1{path}", json.dumps(body), content_type="application/json")

    @property
    def _client(self) -> Client:
        return Client(headers={"Authorization": f"Bearer {self.token}"}, raise_request_exception=False)


@pytest.fixture
def model(bench: Bench) -> Model:
    return finished_model(bench)


@pytest.fixture
def worker(pool: Pool) -> WorkerCaller:
    """A worker of the pool that was heard of just now."""
    enrolled = make_worker(pool, name="predictor", now=clock())
    return WorkerCaller(enrolled.worker, enrolled.token)


@pytest.fixture
def other_worker(pool: Pool) -> WorkerCaller:
    enrolled = make_worker(pool, name="another", now=clock())
    return WorkerCaller(enrolled.worker, enrolled.token)
