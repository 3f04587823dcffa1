"""A pool whose worker holds a base model, and callers with keys of Tinker's face."""

import json
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client

from tests.support.billing import credit
from tests.support.dataset_versions import clock
from tests.support.jobs import make_worker
from tests.support.platform import Caller
from tests.support.worker_calls import WorkerCaller
from trainyard.pools.models import Pool, Worker

API = "/compat/tinker/api/v1"
PATH = "/training-sessions"
MICROS = 1_000_000


@dataclass(frozen=True)
class TinkerCaller:
    """Speaks to the face with one key, as the client does."""

    secret: str

    def post(self, path: str, body: Any) -> Any:
        return self._client.post(f"{API}{path}", json.dumps(body), content_type="application/json")

    def forward_backward(self, body: bytes, **headers: str) -> Any:
        return self._client.post(
            f"{API}/forward_backward", body, content_type="application/x-protobuf", headers=headers
        )

    def get(self, path: str) -> Any:
        return self._client.get(f"{API}{path}")

    def session(self, **asked: Any) -> str:
        body = {"tags": [], "user_metadata": None, "sdk_version": "0.38.0", **asked}
        answer = self.post("/create_session", body)
        assert answer.status_code == 200, answer.json()
        return str(answer.json()["session_id"])

    def model(self, session_id: str, *, model_seq_id: int = 0, **asked: Any) -> Any:
        body = {"session_id": session_id, "model_seq_id": model_seq_id, "base_model": "tiny-lm"}
        return self.post("/create_model", {**body, "lora_config": {"rank": 4, "seed": 1}, **asked})

    def step(self, model_id: str, seq_id: int, **parameters: float) -> Any:
        return self.post("/optim_step", {"model_id": model_id, "seq_id": seq_id, "adam_params": parameters})

    @property
    def _client(self) -> Client:
        return Client(headers={"X-API-Key": f"tml-{self.secret}"}, raise_request_exception=False)


@pytest.fixture
def worker(pool: Pool) -> WorkerCaller:
    """A worker of the pool that holds the base model."""
    return host_of(pool, "first")


@pytest.fixture
def second_worker(pool: Pool) -> WorkerCaller:
    return host_of(pool, "second")


def host_of(pool: Pool, name: str) -> WorkerCaller:
    enrolled = make_worker(pool, name=name, now=clock())
    Worker.objects.filter(id=enrolled.worker.id).update(language_models={"tiny-lm": 256})
    return WorkerCaller(enrolled.token)


@pytest.fixture
def loop(worker: WorkerCaller, owner: Caller) -> TinkerCaller:
    """The owner's training loop, with credit."""
    assert owner.organization is not None
    credit(owner.organization.id, MICROS)
    return TinkerCaller(owner.secret)


def claimed(worker: WorkerCaller, host: str = "a", **asked: Any) -> dict[str, Any]:
    answer = worker.post(f"{PATH}/claim", {"host": host, **asked})
    assert answer.status_code in (200, 204)
    found: dict[str, Any] = answer.json()["run"] if answer.status_code == 200 else {}
    return found


def finished(
    worker: WorkerCaller, operation: dict[str, Any], *, fence: int = 1, host: str = "a", **outcome: Any
) -> int:
    body = {"host": host, "fence": fence, "microseconds": 2_000_000, "result": {"metrics": {"grad_norm": 1.0}}}
    answer = worker.post(f"{PATH}/operations/{operation['operation_id']}/finish", body | outcome)
    return int(answer.status_code)
