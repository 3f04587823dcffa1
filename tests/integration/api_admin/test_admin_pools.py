"""Operators make pools, price them, enrol workers and cordon them."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.support.platform import START, Caller
from tests.support.queries import table_queries
from trainyard.billing.models import Price
from trainyard.core.models import AuditEvent, IdempotencyRecord
from trainyard.core.secrets import digest
from trainyard.core.time import database_now
from trainyard.pools.health import FIRST_REST, quarantine
from trainyard.pools.models import EnrolmentToken, Pool, Worker

NEW = {"name": "gpu-a", "slot_kind": "cuda", "price_per_slot_second": "0.00055"}


def make_worker(pool: Pool, name: str = "host-1", **changes: Any) -> Worker:
    now = database_now()
    fields: dict[str, Any] = {"slots": 2, "registered_at": now, "last_heartbeat_at": now}
    return Worker.objects.create(pool=pool, name=name, token_sha256=digest(name), **fields | changes)


def test_a_new_pool_has_its_price_from_the_start(operator: Caller, owner: Caller) -> None:
    answer = operator.post("/admin/pools", NEW)
    assert answer.status_code == 201
    created = answer.json()
    assert (created["name"], created["slot_kind"], created["state"]) == ("gpu-a", "cuda", "active")
    assert created["price"]["per_slot_second"] == "0.000550000"
    assert (created["workers_count"], created["slots_count"]) == (0, 0)
    shown = owner.get("/prices").json()["data"][0]["price"]
    assert created["price"].items() <= shown.items()
    assert {"pool.create", "price.set"} <= set(AuditEvent.objects.values_list("action", flat=True))


def test_a_name_is_taken_once(operator: Caller) -> None:
    operator.post("/admin/pools", NEW)
    answer = operator.post("/admin/pools", NEW)
    assert (answer.status_code, answer.json()["code"]) == (409, "pool_name_taken")
    assert Pool.objects.count() == Price.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": "no spaces"}, "name"),
        ({"slot_kind": "tpu"}, "slot_kind"),
        ({"price_per_slot_second": "-1"}, "price_per_slot_second"),
        ({"price_per_slot_second": "0.0000000001"}, "price_per_slot_second"),
        ({"price": "1"}, "price"),
    ],
)
def test_a_wrong_pool_names_its_field(operator: Caller, change: dict[str, str], field: str) -> None:
    answer = operator.post("/admin/pools", NEW | change)
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert not Pool.objects.exists()


def test_a_new_price_takes_over_and_the_old_one_stays(operator: Caller, pool: Pool) -> None:
    assert operator.post(f"/admin/pools/{pool.id}/prices", {"per_slot_second": "0.0002"}).status_code == 201
    later = (database_now() + timedelta(days=1)).isoformat()
    body = {"per_slot_second": "0.0003", "effective_from": later}
    assert operator.post(f"/admin/pools/{pool.id}/prices", body).status_code == 201
    [found] = operator.get("/admin/pools").json()["data"]
    assert found["price"]["per_slot_second"] == "0.000200000"
    assert [price["per_slot_second"] for price in found["upcoming_prices"]] == ["0.000300000"]
    assert Price.objects.filter(pool=pool).count() == 3


def test_a_price_in_the_past_is_refused(operator: Caller, pool: Pool) -> None:
    body = {"per_slot_second": "0.0002", "effective_from": "2026-02-01T00:00:00Z"}
    answer = operator.post(f"/admin/pools/{pool.id}/prices", body)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "effective_from"


def test_two_prices_at_one_moment_are_refused(operator: Caller, pool: Pool) -> None:
    body = {"per_slot_second": "0.2", "effective_from": (database_now() + timedelta(days=1)).isoformat()}
    operator.post(f"/admin/pools/{pool.id}/prices", body)
    answer = operator.post(f"/admin/pools/{pool.id}/prices", body | {"per_slot_second": "0.3"})
    assert (answer.status_code, answer.json()["code"]) == (409, "price_exists")


def test_a_pool_is_closed_and_made_preemptible_and_keeps_what_is_left_out(
    operator: Caller, owner: Caller, pool: Pool
) -> None:
    path = f"/admin/pools/{pool.id}"
    assert operator.patch(path, {"preemptible": True}).json()["preemptible"] is True
    closed = operator.patch(path, {"state": "closed"}).json()
    assert (closed["state"], closed["preemptible"]) == ("closed", True)
    assert owner.get("/prices").json()["data"] == []
    assert operator.patch(path, {"state": "ajar"}).status_code == 400
    assert operator.patch("/admin/pools/pool_none", {"state": "active"}).status_code == 404
    assert owner.patch(path, {"state": "active"}).status_code == 403
    changes = AuditEvent.objects.filter(action="pool.change", target=pool.id).order_by("id")
    assert [event.data for event in changes] == [{"preemptible": True}, {"state": "closed"}]


@pytest.mark.parametrize("what", ["prices", "enrolment-tokens"])
def test_an_unknown_pool_is_not_found(operator: Caller, what: str) -> None:
    answer = operator.post(f"/admin/pools/pool_none/{what}", {"per_slot_second": "1"} if what == "prices" else {})
    assert answer.status_code == 404


def test_an_enrolment_token_is_shown_once_and_stored_as_a_hash(operator: Caller, pool: Pool) -> None:
    path, body = f"/admin/pools/{pool.id}/enrolment-tokens", {"expires_in_seconds": 60}
    first, again = (operator.post(path, body, **{"Idempotency-Key": "once"}) for _ in range(2))
    assert first.status_code == 201
    token = EnrolmentToken.objects.get()
    assert token.token_sha256 == digest(first.json()["secret"])
    assert token.expires_at - token.created_at == timedelta(seconds=60)
    assert again.json() == {**first.json(), "secret": None}
    assert first.json()["secret"] not in str(IdempotencyRecord.objects.values())


@pytest.mark.parametrize("seconds", [0, 59, 604_801, "soon"])
def test_an_enrolment_token_lives_for_a_sensible_time(operator: Caller, pool: Pool, seconds: Any) -> None:
    answer = operator.post(f"/admin/pools/{pool.id}/enrolment-tokens", {"expires_in_seconds": seconds})
    assert answer.status_code == 400


def test_pools_show_what_they_can_carry(operator: Caller, pool: Pool) -> None:
    make_worker(pool)
    make_worker(pool, name="host-2", slots=3)
    make_worker(pool, name="gone", state=Worker.State.REMOVED)
    [found] = operator.get("/admin/pools").json()["data"]
    assert (found["workers_count"], found["slots_count"]) == (2, 5)


def test_workers_show_whether_they_are_heard_of(operator: Caller, pool: Pool) -> None:
    make_worker(pool, hardware={"kind": "cpu"})
    make_worker(pool, name="silent", last_heartbeat_at=START)
    silent, heard = operator.get("/admin/workers").json()["data"]
    assert (silent["name"], silent["online"], heard["name"], heard["online"]) == ("silent", False, "host-1", True)
    assert (heard["pool"], heard["hardware"]) == ("default", {"kind": "cpu"})
    assert "token_sha256" not in heard


def test_workers_show_what_their_pretrained_models_can_learn(operator: Caller, pool: Pool) -> None:
    facts = {"parameters": 1_000, "context": 256, "dtype": "bfloat16", "stored_bytes": 2_000}
    inner = {"hidden_size": 8, "layers": 1, "vocabulary": 9, "features": 1, "attention_features": 1}
    make_worker(pool, name="bare")
    make_worker(
        pool,
        pretrained=["tiny", "photos"],
        pretrained_tasks={"tiny": ["instruction_tuning"]},
        base_models={"tiny": facts | inner},
    )
    found = {each["name"]: each for each in operator.get("/admin/workers").json()["data"]}
    told = found["host-1"]
    assert (told["pretrained_tasks"], told["base_models"]) == ({"tiny": ["instruction_tuning"]}, {"tiny": facts})
    assert (found["bare"]["pretrained_tasks"], found["bare"]["base_models"]) == ({}, {})


def test_a_quarantined_worker_says_when_it_is_tried_again(operator: Caller, pool: Pool) -> None:
    worker = make_worker(pool)
    now = database_now()
    quarantine(worker_id=worker.id, reason="Jobs of three customers failed here.", now=now, retest=True)
    [found] = operator.get("/admin/workers").json()["data"]
    assert (found["state"], found["state_reason"]) == ("quarantined", "Jobs of three customers failed here.")
    assert datetime.fromisoformat(found["retest_at"]) == now + FIRST_REST
    assert operator.post(f"/admin/workers/{worker.id}/uncordon").json()["retest_at"] is None


def test_workers_are_filtered(operator: Caller, pool: Pool) -> None:
    make_worker(pool)
    make_worker(pool, name="cordoned", state=Worker.State.CORDONED)
    names = [found["name"] for found in operator.get("/admin/workers", state="cordoned").json()["data"]]
    assert names == ["cordoned"]
    assert operator.get("/admin/workers", pool="pool_none").json()["data"] == []
    assert operator.get("/admin/workers", state="tired").status_code == 400
    assert operator.get("/admin/workers", stat="active").json()["errors"][0]["field"] == "stat"


def test_cordoning_is_undone_by_uncordoning_and_both_may_be_repeated(operator: Caller, pool: Pool) -> None:
    worker = make_worker(pool)
    for verb, state in (("cordon", "cordoned"), ("uncordon", "active")):
        for _ in range(2):
            answer = operator.post(f"/admin/workers/{worker.id}/{verb}")
            assert (answer.status_code, answer.json()["state"]) == (200, state)
    events = AuditEvent.objects.filter(target=worker.id).order_by("id").values_list("action", flat=True)
    assert list(events) == ["worker.cordon", "worker.uncordon"]


@pytest.mark.parametrize(
    ("state", "verb", "status"),
    [
        ("draining", "cordon", 409),
        ("draining", "uncordon", 200),
        ("removed", "cordon", 409),
        ("removed", "uncordon", 409),
        ("quarantined", "cordon", 409),
        ("quarantined", "uncordon", 200),
        ("quarantined", "drain", 409),
        ("cordoned", "drain", 200),
        ("removed", "drain", 409),
        ("draining", "remove", 200),
        ("removed", "remove", 200),
    ],
)
def test_what_may_be_asked_of_a_worker_in_each_state(
    operator: Caller, pool: Pool, state: str, verb: str, status: int
) -> None:
    worker = make_worker(pool, state=state)
    assert operator.post(f"/admin/workers/{worker.id}/{verb}").status_code == status


def test_an_unknown_worker_is_not_found(operator: Caller) -> None:
    assert operator.post("/admin/workers/wrk_none/cordon").status_code == 404


# The key, the list; for pools their prices and workers, for workers the slots taken.
@pytest.mark.parametrize(("path", "queries"), [("/admin/pools", 4), ("/admin/workers", 3)])
def test_lists_ask_the_database_a_fixed_number_of_times(operator: Caller, pool: Pool, path: str, queries: int) -> None:
    for number in range(3):
        operator.post("/admin/pools", NEW | {"name": f"pool-{number}"})
        make_worker(pool, name=f"host-{number}")
    operator.get(path)
    with table_queries(queries):
        assert len(operator.get(path).json()["data"]) >= 3
