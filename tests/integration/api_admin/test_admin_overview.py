"""Operators see jobs of all organizations, capacity, revenue and health, and quarantine workers for a reason."""

from datetime import timedelta
from typing import Any

import pytest

from tests.support.jobs import Bench
from tests.support.platform import Caller
from trainyard.core.models import AuditEvent, DomainEvent, OutboxMessage
from trainyard.core.time import database_now
from trainyard.pools.models import Worker

PATHS = ("/admin/jobs", "/admin/capacity", "/admin/revenue", "/admin/health")


@pytest.fixture
def present(bench: Bench) -> Bench:
    """The bench at the present time."""
    bench.now = database_now() - timedelta(hours=2)
    Worker.objects.update(last_heartbeat_at=database_now())
    return bench


def test_what_all_organizations_do_is_for_operators(
    owner: Caller, teammate: Caller, outsider: Caller, bench: Bench
) -> None:
    for caller in (owner, teammate, outsider):
        assert {caller.get(path).status_code for path in PATHS} == {403}
        assert caller.post("/admin/queue/what-if", {"pool": "default", "weights": {}}).status_code == 403
        assert caller.post(f"/admin/workers/{bench.worker.id}/quarantine", {"reason": "x"}).status_code == 403
        assert caller.post(f"/admin/workers/{bench.worker.id}/retest").status_code == 403
        assert caller.post(f"/admin/organizations/{bench.organization.id}/impersonation", {}).status_code == 403


def test_jobs_of_all_organizations_are_found_by_what_they_are(operator: Caller, present: Bench) -> None:
    first, second = present.submit(), present.submit()
    listed = operator.get("/admin/jobs").json()["data"]
    assert [job["id"] for job in listed] == [second.id, first.id]
    assert listed[0]["organization"] == {"id": present.organization.id, "name": present.organization.name}
    assert (listed[0]["billed"], listed[0]["currency"]) == ("0.000000", "USD")
    assert "spec" not in listed[0], "what is in a job is its organization's"
    for query, count in (
        ({"state": "queued"}, 2),
        ({"state": "running"}, 0),
        ({"organization": present.organization.id}, 2),
        ({"organization": "org_none"}, 0),
        ({"pool": present.pool.name, "search": first.name[:3].upper()}, 2),
    ):
        assert len(operator.get("/admin/jobs", **query).json()["data"]) == count
    assert operator.get("/admin/jobs", state="ended").status_code == 400
    assert operator.get("/admin/jobs", pool="none").status_code == 404


def test_capacity_is_what_was_taken_on_average(operator: Caller, present: Bench) -> None:
    run = present.run()
    present.pass_time(3600)
    attempt = run.attempt
    type(attempt).across_tenants.filter(id=attempt.id).update(lease_expires_at=database_now())
    [pool] = operator.get("/admin/capacity", hours=4).json()["data"]
    assert (pool["slots"], pool["slots_taken"], pool["utilization"]) == (1, 1, 1.0)
    assert (pool["workers"], pool["workers_offline"]) == ({"active": 1}, 0)
    taken = [point["slots_taken"] for point in pool["series"]]
    assert len(taken) == 96
    assert sum(taken) / 24 == pytest.approx(2.0, abs=0.05), "slot-hours since it was claimed two hours ago"
    assert (taken[0], taken[-1]) == (0.0, pytest.approx(1.0, abs=0.01))
    assert operator.get("/admin/capacity", hours=1000).status_code == 400


def test_revenue_is_what_was_booked(operator: Caller, present: Bench) -> None:
    run = present.run()
    run.start()
    run.train(100, step=10)
    run.checkpoint(10)
    found = operator.get("/admin/revenue").json()
    assert found["totals"] == [{"currency": "USD", "amount": "0.010000"}]
    assert [(day["kind"], day["pool"], day["amount"]) for day in found["data"]] == [("training", "default", "0.010000")]
    [customer] = found["customers"]
    assert (customer["organization_id"], customer["amount"]) == (present.organization.id, "0.010000")
    assert operator.get("/admin/revenue", days=0).status_code == 400


def checks(operator: Caller) -> dict[str, Any]:
    body = operator.get("/admin/health").json()
    return {"level": body["level"], **{check["name"]: check for check in body["data"]}}


def test_health_names_what_is_late_and_which_workers_are_ill(operator: Caller, present: Bench) -> None:
    found = checks(operator)
    assert (found["broker"]["level"], found["periodic_tasks"]["level"]) == ("failing", "failing"), "none runs here"
    assert found["workers"]["level"] == "ok"
    assert found["messages"]["level"] == "ok"
    OutboxMessage.objects.create(task="x", queue="y", created_at=database_now() - timedelta(minutes=5))
    Worker.objects.update(state=Worker.State.QUARANTINED)
    found = checks(operator)
    assert (found["messages"]["level"], found["messages"]["count"]) == ("warning", 1)
    assert (found["workers"]["level"], found["workers"]["details"]) == ("failing", [present.worker.name])
    assert found["level"] == "failing"


def test_a_worker_is_quarantined_for_a_reason_and_tried_again(operator: Caller, bench: Bench) -> None:
    path = f"/admin/workers/{bench.worker.id}"
    assert operator.post(f"{path}/quarantine").status_code == 400
    shown = operator.post(f"{path}/quarantine", {"reason": "Its fan rattles."}).json()
    assert (shown["state"], shown["state_reason"], shown["retest_at"]) == ("quarantined", "Its fan rattles.", None)
    assert shown["allowed_actions"] == ["remove", "retest", "uncordon"]
    assert operator.post(f"{path}/quarantine", {"reason": "Its fan rattles."}).status_code == 200, "twice is once"
    assert AuditEvent.objects.filter(action="worker.quarantine").count() == 1
    assert DomainEvent.objects.get(type="worker.quarantined").data["reason"] == "Its fan rattles."
    assert operator.post(f"{path}/drain").json()["code"] == "worker_not_active"
    Worker.objects.update(failed_tests=3)
    shown = operator.post(f"{path}/retest").json()
    assert (shown["state"], shown["state_reason"]) == ("active", "")
    assert Worker.objects.get().failed_tests == 3, "it rests for longer if it fails again"
    assert operator.post(f"{path}/retest").status_code == 200
    shown = operator.post(f"{path}/drain", {"reason": "New disk"}).json()
    assert (shown["state"], shown["state_reason"]) == ("draining", "New disk")
    assert operator.post("/admin/workers/wrk_none/retest").status_code == 404
