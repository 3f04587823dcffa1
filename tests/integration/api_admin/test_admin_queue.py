"""Operators see who holds what of a pool, who waits for it, and who comes next for which reason."""

from datetime import timedelta
from typing import Any

import pytest

from tests.support.jobs import Bench, fund, make_version
from tests.support.platform import START, Caller
from tests.support.queries import table_queries
from trainyard.core.time import database_now
from trainyard.pools.models import Pool, PoolQuota
from trainyard.tenants.models import Organization

PATH = "/admin/queue"


@pytest.fixture
def busy(bench: Bench) -> Bench:
    """A pool of one slot on which the owner's organization trains, at the present time."""
    bench.now = database_now()
    type(bench.worker).objects.update(last_heartbeat_at=bench.now)
    bench.run()
    return bench


@pytest.fixture
def rival(busy: Bench) -> Bench:
    """Another organization, of three times the weight, in the same pool."""
    organization = Organization.objects.create(name="Rival", created_at=START)
    fund(organization)
    PoolQuota.across_tenants.create(organization=organization, pool=busy.pool, weight=3.0)
    return Bench(organization, busy.pool, busy.worker, make_version(organization), now=busy.now)


def queue_of(operator: Caller, **query: str) -> dict[str, Any]:
    answer = operator.get(PATH, **query)
    assert answer.status_code == 200
    [queue] = answer.json()["data"]
    return dict(queue)


def test_organizations_stand_in_the_order_in_which_they_come_next(operator: Caller, busy: Bench, rival: Bench) -> None:
    own, theirs = busy.submit(), [rival.submit(), rival.submit()]
    queue = queue_of(operator)
    assert {name: queue[name] for name in ("pool", "workers_up", "slots", "slots_taken", "queued_jobs")} == {
        "pool": busy.pool.name,
        "workers_up": 1,
        "slots": 1,
        "slots_taken": 1,
        "queued_jobs": 3,
    }
    first, second = queue["organizations"]
    assert (first["name"], first["next_job"], first["priority_tier"]) == ("Rival", theirs[0].id, "fair_share")
    assert (first["fair_slots"], first["held_slots"], first["queued_slots"]) == (0.75, 0, 2)
    assert (second["next_job"], second["held_slots"], second["running_jobs"]) == (own.id, 1, 1)
    assert second["fair_slots"] == 0.25


def test_who_waits_too_long_starves_and_comes_first(operator: Caller, busy: Bench, rival: Bench) -> None:
    PoolQuota.across_tenants.filter(organization=rival.organization).update(weight=0.01)
    busy.submit()
    late = rival.submit()
    type(late).across_tenants.filter(id=late.id).update(queued_at=busy.now - timedelta(hours=2))
    first = queue_of(operator)["organizations"][0]
    assert (first["name"], first["priority_tier"]) == ("Rival", "starving")
    assert first["turn"] == first["priority_tier"], "clients of earlier releases read the old name"


def test_a_job_that_waits_out_a_fault_is_counted_and_not_next(operator: Caller, busy: Bench) -> None:
    job = busy.submit()
    type(job).across_tenants.filter(id=job.id).update(not_before=busy.now + timedelta(hours=1))
    [only] = queue_of(operator)["organizations"]
    assert (only["queued_jobs"], only["next_job"], only["priority_tier"]) == (1, None, None)


def test_an_empty_pool_has_an_empty_queue(operator: Caller, pool: Pool) -> None:
    queue = queue_of(operator, pool=pool.name)
    assert (queue["workers_up"], queue["queued_jobs"], queue["organizations"]) == (0, 0, [])
    assert operator.get(PATH, pool="none").json()["data"] == []


def test_the_number_of_queries_does_not_grow(operator: Caller, busy: Bench, rival: Bench) -> None:
    queue_of(operator)
    with table_queries(10):
        queue_of(operator)
    for bench in (busy, rival, rival):
        bench.submit()
    with table_queries(10):
        queue_of(operator)


def test_the_queue_of_all_is_for_operators(owner: Caller, teammate: Caller, outsider: Caller, pool: Pool) -> None:
    for caller in (owner, teammate, outsider):
        assert caller.get(PATH).status_code == 403


def test_other_weights_are_tried_and_nothing_changes(operator: Caller, busy: Bench, rival: Bench) -> None:
    busy.submit()
    rival.submit()
    before = queue_of(operator)
    body = {"pool": busy.pool.name, "weights": {busy.organization.id: 9.0}}
    answer = operator.post(f"{PATH}/what-if", body)
    assert answer.status_code == 200
    tried = {row["name"]: row for row in answer.json()["organizations"]}
    assert tried[busy.organization.name]["weight"] == 9.0
    assert tried[busy.organization.name]["fair_slots"] > 0.5 > tried["Rival"]["fair_slots"]
    assert [row["weight"] for row in queue_of(operator)["organizations"]] == [
        row["weight"] for row in before["organizations"]
    ]
    wrong = body | {"weights": {busy.organization.id: 0}}
    assert operator.post(f"{PATH}/what-if", wrong).json()["errors"][0]["field"].startswith("weights")
    assert operator.post(f"{PATH}/what-if", {"pool": "none", "weights": {}}).status_code == 404
