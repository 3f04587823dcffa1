"""Registering, heartbeats, and who a worker is."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from tests.support.jobs import Bench, registration
from tests.support.platform import Caller, Pool
from tests.support.worker_calls import WorkerCaller
from trainyard.core.models import AuditEvent
from trainyard.core.time import database_now
from trainyard.pools.models import Worker
from trainyard.pools.operations import create_enrolment_token

REGISTRATION = registration(slots=2).model_dump(mode="json")


@pytest.fixture
def enrolment(pool: Pool) -> str:
    return create_enrolment_token(pool_name=pool.name, actor="tests", now=database_now()).secret


def register(token: str, **changes: Any) -> Any:
    return WorkerCaller(token).post("/register", REGISTRATION | changes)


def test_a_worker_joins_the_pool_of_its_enrolment_token(pool: Pool, enrolment: str) -> None:
    answer = register(enrolment)
    registered = answer.json()
    assert answer.status_code == 200
    assert (registered["pool"], registered["queue"]) == ("default", "pool.default")
    assert (registered["heartbeat_seconds"], registered["lease_seconds"]) == (10, 60)
    worker = Worker.objects.get(id=registered["worker_id"])
    assert (worker.name, worker.slots, worker.state, worker.hardware["kind"]) == ("bench", 2, "active", "cpu")
    assert registered["token"] not in str(vars(worker))

    heartbeat = WorkerCaller(registered["token"]).post("/heartbeat", {})
    told = {"state": "active", "desired": {}, "heartbeat_seconds": 10, "lease_seconds": 60}
    assert heartbeat.json() == told


def test_operators_see_what_stands_around_a_workers_engines(enrolment: str, operator: Caller) -> None:
    sandbox = {"kind": "landlock", "missing": ["No namespaces: unshare: Operation not permitted."]}
    token = register(enrolment, sandbox=sandbox).json()["token"]
    assert operator.get("/admin/workers").json()["data"][0]["sandbox"] == sandbox
    stronger = {"kind": "namespaces", "missing": []}
    WorkerCaller(token).post("/heartbeat", {"about": REGISTRATION | {"sandbox": stronger}})
    assert operator.get("/admin/workers").json()["data"][0]["sandbox"] == stronger


def test_a_worker_of_an_earlier_release_does_not_say(enrolment: str, operator: Caller) -> None:
    assert register(enrolment, sandbox=None).status_code == 200
    assert operator.get("/admin/workers").json()["data"][0]["sandbox"] is None


def test_a_worker_that_lost_the_answer_registers_again_and_is_one_worker(enrolment: str) -> None:
    first, second = register(enrolment).json(), register(enrolment).json()
    assert first["worker_id"] == second["worker_id"]
    assert Worker.objects.count() == 1
    assert WorkerCaller(first["token"]).post("/heartbeat", {}).status_code == 401
    assert WorkerCaller(second["token"]).post("/heartbeat", {}).status_code == 200


def test_an_enrolment_token_is_used_up_once_its_worker_was_heard_of(enrolment: str) -> None:
    WorkerCaller(register(enrolment).json()["token"]).post("/heartbeat", {})
    answer = register(enrolment)
    assert (answer.status_code, answer.json()["code"]) == (401, "enrolment_refused")


def test_an_enrolment_token_expires(pool: Pool) -> None:
    old = create_enrolment_token(pool_name=pool.name, actor="tests", now=database_now() - timedelta(hours=2)).secret
    assert register(old).status_code == 401


def test_a_worker_with_other_hardware_does_not_fit_into_the_pool(enrolment: str) -> None:
    gpu = {"kind": "cuda", "model": "GPU", "memory_bytes": 2**34, "cores": 8}
    answer = register(enrolment, hardware=gpu)
    assert (answer.status_code, answer.json()["code"]) == (409, "wrong_slot_kind")
    assert register(enrolment).status_code == 200


def test_nobody_else_speaks_the_worker_protocol(
    worker: WorkerCaller, enrolment: str, owner: Caller, operator: Caller, anonymous: Client
) -> None:
    for token in (enrolment, owner.secret, operator.secret, "ty_wrk_guessed", ""):
        answer = WorkerCaller(token).post("/claim", {"free_slots": 1})
        assert (answer.status_code, answer.json()["code"]) == (401, "authentication_failed")
    assert anonymous.post("/api/worker/v1/heartbeat", {}, content_type="application/json").status_code == 401
    assert worker.client.get("/api/v1/jobs").status_code == 401


def test_a_removed_worker_is_nobody(worker: WorkerCaller) -> None:
    assert worker.post("/heartbeat", {}).status_code == 200
    Worker.objects.update(state=Worker.State.REMOVED)
    assert worker.post("/heartbeat", {}).status_code == 401


def test_a_heartbeat_tells_the_worker_its_own_state(worker: WorkerCaller) -> None:
    Worker.objects.update(state=Worker.State.CORDONED)
    assert worker.post("/heartbeat", {}).json()["state"] == "cordoned"


def test_a_worker_that_restarts_says_what_it_is_by_now(worker: WorkerCaller) -> None:
    gpu = {"kind": "cpu", "model": "Newer CPU", "memory_bytes": 2**34, "cores": 8}
    about = REGISTRATION | {"slots": 3, "hardware": gpu, "software": {"trainyard": "9"}}
    before = Worker.objects.get().software_fingerprint
    assert worker.post("/heartbeat", {"about": about}).status_code == 200
    assert worker.post("/heartbeat", {}).status_code == 200
    now = Worker.objects.get()
    assert (now.slots, now.hardware["model"], now.software) == (3, "Newer CPU", {"trainyard": "9"})
    assert now.software_fingerprint != before


def test_a_worker_cannot_become_one_of_another_kind(worker: WorkerCaller) -> None:
    about = REGISTRATION | {"hardware": {"kind": "cuda", "model": "GPU", "memory_bytes": 2**34, "cores": 8}}
    answer = worker.post("/heartbeat", {"about": about})
    assert (answer.status_code, answer.json()["code"]) == (409, "wrong_slot_kind")
    assert Worker.objects.get().hardware["kind"] == "cpu"


def test_a_worker_that_reports_a_fault_is_quarantined_and_told_to_let_go(worker: WorkerCaller, bench: Bench) -> None:
    bench.submit()
    worker.claim()
    held = {"attempt_id": worker.attempt["attempt_id"], "fence": worker.fence}
    answer = worker.post("/heartbeat", {"attempts": [held], "fault": "GPU 0 reported XID 79."})
    assert answer.json()["state"] == "quarantined"
    assert answer.json()["desired"] == {held["attempt_id"]: "stop_with_checkpoint"}
    assert Worker.objects.get().state_reason == "GPU 0 reported XID 79."
    assert worker.claim().status_code == 204
    again = worker.post("/heartbeat", {"attempts": [held], "fault": "GPU 0 reported XID 79."})
    assert again.json() == answer.json()
    assert AuditEvent.objects.filter(action="worker.quarantine").count() == 1


def test_what_is_not_the_protocol_is_refused_field_by_field(worker: WorkerCaller) -> None:
    answer = worker.post("/claim", {"free_slots": 0})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "free_slots")
    assert worker.post("/heartbeat", ["attempts"]).status_code == 400
