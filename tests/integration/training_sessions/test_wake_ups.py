"""Who is woken for a call: the host that has its run in memory, and nobody else."""

from collections.abc import Iterator

import pytest
from redis import Redis

from tests.integration.training_sessions.conftest import PATH, TinkerCaller, claimed, finished
from tests.support.worker_calls import WorkerCaller
from trainyard.core.broker import broker
from trainyard.core.models import OutboxMessage
from trainyard.registry import notification
from trainyard.training_sessions import wake_ups

FOREVER = 30.0


@pytest.fixture
def fresh_client() -> Iterator[None]:
    broker.cache_clear()
    yield
    broker.cache_clear()


@pytest.mark.django_db
def test_workers_are_notified_of_a_run_that_no_host_has_and_of_no_other(
    loop: TinkerCaller, worker: WorkerCaller
) -> None:
    """The messages stay in the outbox: the transaction of a test does not commit."""
    model_id = loop.model(loop.session()).json()["model_id"]
    assert OutboxMessage.objects.count() == 1
    held = claimed(worker)
    loop.step(model_id, 1)
    loop.step(model_id, 2)
    assert OutboxMessage.objects.count() == 1
    assert finished(worker, held["operations"][0]) == 204
    worker.post(f"{PATH}/release", {"host": "a"})
    before = OutboxMessage.objects.count()
    loop.step(model_id, 3)
    assert OutboxMessage.objects.count() == before + 1


@pytest.mark.django_db
def test_a_host_that_waits_is_given_the_call_that_comes_next(
    loop: TinkerCaller, worker: WorkerCaller, monkeypatch: pytest.MonkeyPatch
) -> None:
    model_id = loop.model(loop.session()).json()["model_id"]
    assert finished(worker, claimed(worker)["operations"][0]) == 204

    def instants(**_: object) -> Iterator[None]:
        yield
        loop.step(model_id, 1)
        yield

    monkeypatch.setattr(wake_ups, "instants_to_claim", instants)
    work = claimed(worker, base_model="tiny-lm", wait_seconds=1)
    assert [operation["seq_id"] for operation in work["operations"]] == [1]


@pytest.mark.django_db
def test_a_finish_that_asks_for_it_is_answered_with_what_comes_next(loop: TinkerCaller, worker: WorkerCaller) -> None:
    model_id = loop.model(loop.session()).json()["model_id"]
    first = claimed(worker)
    [create] = first["operations"]
    held = [{"run_id": first["run_id"], "fence": first["fence"]}]
    loop.step(model_id, 1)
    outcome = {"host": "a", "fence": 1, "result": {}, "then": {"host": "a", "base_model": "tiny-lm", "held": held}}
    path = f"{PATH}/operations/{create['operation_id']}/finish"
    following = worker.post(path, outcome)
    assert [each["seq_id"] for each in following.json()["run"]["operations"]] == [1]
    assert worker.post(path, outcome).json() == following.json()  # where the answer was lost on its way
    [step] = following.json()["run"]["operations"]
    path = f"{PATH}/operations/{step['operation_id']}/finish"
    assert worker.post(path, {**outcome, "host": "b"}).status_code == 409
    assert worker.post(path, outcome).status_code == 204


def test_a_host_is_woken_by_its_own_work_and_by_work_for_anybody(
    redis_server: Redis, fresh_client: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notification, "POLL_SECONDS", FOREVER)
    where = {"pool_id": "pool_1", "base_model": "tiny-lm"}
    mine, other = (
        wake_ups.instants_to_claim(**where, worker_id="wrk_1", host=host, seconds=FOREVER) for host in ("a", "b")
    )
    next(mine), next(other)
    wake_ups.work_came_for(worker_id="wrk_1", host="a")
    next(mine)  # or the test's time limit ends it
    assert redis_server.keys("*") == []
    wake_ups.work_came(**where)
    next(other)
