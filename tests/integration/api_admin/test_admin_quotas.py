"""Operators say what organizations may have of pools, and which workers have which labels."""

from typing import Any

import pytest

from tests.support.platform import START, Caller
from trainyard.core.models import AuditEvent
from trainyard.core.time import database_now
from trainyard.pools.models import Pool, PoolQuota, Worker

QUOTA = {"pool": "default", "weight": 2.5, "guaranteed_slots": 4, "max_running_jobs": 8, "max_queued_jobs": 100}


def path(caller: Caller) -> str:
    assert caller.organization is not None
    return f"/admin/organizations/{caller.organization.id}/quotas"


def test_a_quota_is_set_read_and_changed_in_parts(operator: Caller, owner: Caller, pool: Pool) -> None:
    assert operator.get(path(owner)).json()["data"] == []
    answer = operator.post(path(owner), QUOTA)
    unused = {"used_slot_seconds": 0.0, "used_at": None}
    assert (answer.status_code, answer.json()) == (200, QUOTA | unused)
    operator.post(path(owner), {"pool": "default", "max_running_jobs": None})
    assert operator.get(path(owner)).json()["data"] == [QUOTA | unused | {"max_running_jobs": None}]
    assert PoolQuota.across_tenants.count() == 1
    assert AuditEvent.objects.filter(action="quota.set").count() == 2


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"weight": 0}, "weight"),
        ({"weight": "much"}, "weight"),
        ({"guaranteed_slots": -1}, "guaranteed_slots"),
        ({"max_running_jobs": 1.5}, "max_running_jobs"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_wrong_quota_names_its_field(
    operator: Caller, owner: Caller, pool: Pool, change: dict[str, Any], field: str
) -> None:
    answer = operator.post(path(owner), QUOTA | change)
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert not PoolQuota.across_tenants.exists()


def test_an_unknown_pool_or_organization_is_not_found(operator: Caller, owner: Caller, pool: Pool) -> None:
    assert operator.post(path(owner), QUOTA | {"pool": "none"}).status_code == 404
    assert operator.post("/admin/organizations/org_none/quotas", QUOTA).status_code == 404
    assert operator.get("/admin/organizations/org_none/quotas").status_code == 404


def test_quotas_are_for_operators(owner: Caller, teammate: Caller, outsider: Caller, pool: Pool) -> None:
    for caller in (owner, teammate, outsider):
        assert caller.post(path(owner), QUOTA).status_code == 403
        assert caller.get(path(owner)).status_code == 403


def test_workers_and_pools_get_labels(operator: Caller, pool: Pool) -> None:
    worker = Worker.objects.create(
        pool=pool, name="w", token_sha256="0" * 64, slots=1, registered_at=START, last_heartbeat_at=database_now()
    )
    labels = {"labels": {"gpu": "h100"}}
    assert operator.post(f"/admin/workers/{worker.id}/labels", labels).json()["labels"] == {"gpu": "h100"}
    assert operator.patch(f"/admin/pools/{pool.id}", {"labels": {"zone": "b"}}).json()["labels"] == {"zone": "b"}
    assert operator.post("/admin/workers/wrk_none/labels", labels).status_code == 404
    wrong = operator.post(f"/admin/workers/{worker.id}/labels", {"labels": {"gpu": "two words"}})
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (400, "labels")
    worker.refresh_from_db()
    assert worker.labels == {"gpu": "h100"}
