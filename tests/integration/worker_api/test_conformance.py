"""Conformance of the worker API: the control plane and the public double of it keep the same promises.

Each promise is tried against both, by the same calls over HTTP.
"""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.support.jobs import ROWS, Bench, entry_of, make_worker, started
from tests.support.worker_calls import WorkerCaller
from trainyard.core.time import database_now
from trainyard_worker.testing import ControlPlaneDouble, running_control_plane

STARTED = started().model_dump(mode="json")
WRITES = {
    "report": lambda worker, fence: worker.report(fence=fence, sequence=1),
    "upload": lambda worker, fence: worker.upload_checkpoint(10, fence=fence),
    "checkpoint": lambda worker, fence: worker.register_checkpoint(10, fence=fence),
    "model": lambda worker, fence: worker.upload_model(fence=fence),
    "finish": lambda worker, fence: worker.finish({"outcome": "stopped"}, fence=fence),
}


class DoubleCaller(WorkerCaller):
    """The same calls, to the double."""

    url: str

    def _call(self, method: str, path: str, **content: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token}"}
        return httpx.request(method, f"{self.url}/api/worker/v1{path}", headers=headers, trust_env=False, **content)

    def post(self, path: str, body: Any) -> Any:
        return self._call("POST", path, json=body)

    def put(self, path: str, content: bytes) -> Any:
        return self._call("PUT", path, content=content)

    def get(self, path: str) -> Any:
        return self._call("GET", path)


class ControlPlaneSide:
    """The control plane itself."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench

    def worker(self, name: str) -> WorkerCaller:
        return WorkerCaller(make_worker(self._bench.pool, name=name, now=database_now()).token)

    def offer(self) -> None:
        self._bench.submit()


class DoubleSide:
    """The double, with the same data."""

    def __init__(self, double: ControlPlaneDouble) -> None:
        self._double = double

    def worker(self, name: str) -> WorkerCaller:
        self._double.tokens.add(name)
        caller = DoubleCaller(name)
        caller.url = self._double.url
        return caller

    def offer(self) -> None:
        self._double.offer([], data={"numeric.npy": ROWS})


Side = ControlPlaneSide | DoubleSide


@pytest.fixture(params=["control plane", "double"])
def side(request: pytest.FixtureRequest, bench: Bench) -> Iterator[Side]:
    if request.param == "control plane":
        yield ControlPlaneSide(bench)
        return
    with running_control_plane() as double:
        yield DoubleSide(double)


@pytest.fixture
def worker(side: Side) -> WorkerCaller:
    """A worker with a claimed attempt."""
    side.offer()
    caller = side.worker("first")
    assert caller.claim().status_code == 200
    return caller


def answer_of(answer: Any) -> tuple[int, str]:
    """The status, and the code of a problem."""
    return answer.status_code, answer.json()["code"] if answer.status_code >= 400 else ""


def content_of(answer: Any) -> bytes:
    return b"".join(answer.streaming_content) if hasattr(answer, "streaming_content") else answer.content


def test_a_token_that_nobody_was_given_is_refused(side: Side) -> None:
    stranger = side.worker("first")
    stranger.token = "not-a-token"
    assert stranger.post("/heartbeat", {}).status_code == 401
    assert stranger.claim().status_code == 401


def test_nothing_to_do_is_no_content(side: Side) -> None:
    caller = side.worker("first")
    assert (caller.claim().status_code, caller.post("/predictions/claim", {}).status_code) == (204, 204)


def test_a_claim_names_its_files_and_serves_them(worker: WorkerCaller) -> None:
    assert worker.attempt["dataset_files"] == [entry_of("numeric.npy", ROWS).model_dump()]
    assert worker.attempt["resume"] is None
    assert content_of(worker.get(f"{worker.path}/dataset/numeric.npy")) == ROWS
    assert worker.get(f"{worker.path}/dataset/other.npy").status_code == 404
    assert worker.get(f"{worker.path}/checkpoints/10/files/weights.bin").status_code == 404


def test_an_attempt_is_given_to_one_worker(worker: WorkerCaller, side: Side) -> None:
    assert side.worker("second").claim().status_code == 204


def test_a_repeated_report_changes_nothing_and_a_gap_is_refused(worker: WorkerCaller) -> None:
    for _ in range(2):
        assert worker.report(STARTED, sequence=1).json() == {"desired": "run"}
    assert answer_of(worker.report(sequence=3)) == (409, "sequence_gap")
    assert worker.report(sequence=2).json() == {"desired": "run"}


@pytest.mark.parametrize("write", WRITES)
def test_another_fence_is_stale(worker: WorkerCaller, write: str) -> None:
    assert answer_of(WRITES[write](worker, 7)) == (409, "stale_fence")


@pytest.mark.parametrize("write", WRITES)
def test_another_workers_attempt_does_not_exist(worker: WorkerCaller, side: Side, write: str) -> None:
    stranger = side.worker("second")
    stranger.attempt = worker.attempt
    assert answer_of(WRITES[write](stranger, 1)) == (404, "not_found")
    assert stranger.get(f"{stranger.path}/dataset/numeric.npy").status_code == 404
    held = {"attempts": [{"attempt_id": worker.attempt["attempt_id"], "fence": 1}]}
    assert stranger.post("/heartbeat", held).json()["desired"] == {}


def test_a_checkpoint_counts_once_its_files_are_there(worker: WorkerCaller) -> None:
    worker.start()
    assert answer_of(worker.register_checkpoint(10)) == (409, "not_uploaded")
    for _ in range(2):
        assert worker.upload_checkpoint(10).status_code == 204
    for _ in range(2):
        assert worker.register_checkpoint(10).json() == {"desired": "run"}


def test_a_heartbeat_names_what_is_wanted_of_each_attempt_until_it_ends(worker: WorkerCaller) -> None:
    attempt = worker.attempt["attempt_id"]
    body = {"attempts": [{"attempt_id": attempt, "fence": worker.fence}]}
    assert worker.post("/heartbeat", body).json()["desired"] == {attempt: "run"}
    worker.start()
    worker.finish({"outcome": "cancelled"})
    assert worker.post("/heartbeat", body).json()["desired"] == {}


def test_an_end_may_be_repeated_and_nothing_comes_after_it(worker: WorkerCaller) -> None:
    worker.start()
    worker.upload_model()
    for _ in range(2):
        assert worker.succeed().status_code == 204
    assert answer_of(worker.finish({"outcome": "stopped"})) == (409, "stale_fence")
    assert answer_of(worker.report()) == (409, "stale_fence")
    assert answer_of(worker.upload_checkpoint(20)) == (409, "stale_fence")
    assert answer_of(worker.get(f"{worker.path}/dataset/numeric.npy")) == (409, "stale_fence")
