"""What ``GET /jobs/{id}/queue`` tells of a job that waits."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.support.jobs import Bench, fund, make_version, spec_of
from tests.support.platform import START, Caller
from tests.support.queries import table_queries
from trainyard.core.time import database_now
from trainyard.pools.models import PoolQuota, Worker
from trainyard.tenants.models import Organization


@pytest.fixture
def busy(bench: Bench) -> Bench:
    """A pool of one slot on which the organization trains, at the present time."""
    bench.now = database_now()
    type(bench.worker).objects.update(last_heartbeat_at=bench.now)
    bench.run(limits={"max_runtime_seconds": 7_200})
    return bench


def place(owner: Caller, job_id: str) -> dict[str, Any]:
    answer = owner.get(f"/jobs/{job_id}/queue")
    assert answer.status_code == 200
    body: dict[str, Any] = answer.json()
    return body


def test_reasons_come_in_words_and_numbers(owner: Caller, busy: Bench) -> None:
    first, second = busy.submit(), busy.submit()
    told = place(owner, second.id)
    assert (told["position"], told["waiting_for"]) == (2, "slot")
    assert [(reason["code"], reason["numbers"]) for reason in told["reasons"]] == [
        ("own_jobs_first", {"ahead": 1.0}),
        ("fair_share", {"held": 1.0, "fair": 1.0}),
        ("slots_taken", {"taken": 1.0, "slots": 1.0}),
    ]
    assert told["message"] == (
        "Before it: 1 queued job of your own. Your organization holds 1 slot; its fair share is 1. "
        "All slots of the pool are taken (1 of 1)."
    )
    assert place(owner, first.id)["position"] == 1


def test_the_start_is_estimated_from_what_runs_and_what_comes_first(owner: Caller, busy: Bench) -> None:
    first = busy.submit(limits={"max_runtime_seconds": 3_600})
    second = busy.submit()

    def hours(job_id: str) -> list[float]:
        told = place(owner, job_id)["estimated_start"]
        waits = [datetime.fromisoformat(told[end]) - busy.now for end in ("earliest", "latest")]
        return [round(wait / timedelta(hours=1), 1) for wait in waits]

    assert hours(first.id) == [0, 2]
    assert hours(second.id) == [0, 3]


def test_where_no_worker_would_do_there_is_no_estimate(owner: Caller, busy: Bench) -> None:
    job = busy.submit(resources={"labels": {"gpu": "h100"}})
    told = place(owner, job.id)
    assert (told["waiting_for"], told["estimated_start"], told["estimated_wait_seconds"]) == ("worker", None, None)
    assert told["reasons"][0]["code"] == "no_suitable_worker"


def test_a_pool_whose_workers_take_no_jobs_says_so(owner: Caller, busy: Bench) -> None:
    job = busy.submit()
    cordoned = {"up": 1.0, "cordoned": 1.0, "draining": 0.0, "quarantined": 0.0, "full": 0.0}
    for change, expected in (
        ({"state": Worker.State.CORDONED}, cordoned),
        ({"state": Worker.State.ACTIVE, "has_room": False}, {**cordoned, "cordoned": 0.0, "full": 1.0}),
        ({"last_heartbeat_at": START}, None),
    ):
        Worker.objects.update(**change)
        told = place(owner, job.id)
        [reason] = told["reasons"]
        assert told["waiting_for"] == "worker"
        assert (reason["code"], reason["numbers"] or None) == ("no_open_worker" if expected else "no_worker", expected)


def test_a_cap_shortens_what_is_estimated(owner: Caller, bench: Bench) -> None:
    bench.now = database_now()
    Worker.objects.update(last_heartbeat_at=bench.now)
    bench.run(limits={"max_cost": "0.36"})  # an hour at the pool's price
    ahead, job = bench.submit(limits={"max_cost": "0.72"}), bench.submit()
    assert (ahead.max_runtime_seconds, job.max_runtime_seconds) == (7_200, 50_000)
    latest = datetime.fromisoformat(place(owner, job.id)["estimated_start"]["latest"])
    assert round((latest - bench.now) / timedelta(hours=1), 1) == 3


def test_who_may_run_no_job_is_told_that_alone_and_promised_no_start(owner: Caller, bench: Bench) -> None:
    PoolQuota.across_tenants.create(organization=bench.organization, pool=bench.pool, max_running_jobs=0)
    told = place(owner, bench.submit().id)
    assert [reason["code"] for reason in told["reasons"]] == ["running_limit"]
    assert (told["estimated_start"], told["estimated_wait_seconds"]) == (None, None)


def test_nothing_of_another_organization_shows(owner: Caller, busy: Bench) -> None:
    other = Organization.objects.create(name="Secret Labs", created_at=START)
    fund(other)
    theirs = Bench(other, busy.pool, busy.worker, make_version(other), now=busy.now)
    hidden = [theirs.submit().id for _ in range(3)]
    PoolQuota.across_tenants.create(organization=other, pool=busy.pool, weight=3.0)
    job = busy.submit()
    answer = owner.get(f"/jobs/{job.id}/queue").content.decode()
    assert not any(word in answer for word in ["Secret", other.id, *hidden])
    [fair] = [r["numbers"] for r in place(owner, job.id)["reasons"] if r["code"] == "fair_share"]
    assert fair == {"held": 1.0, "fair": 0.25}


def test_the_number_of_queries_does_not_grow(owner: Caller, busy: Bench) -> None:
    job = busy.submit()
    place(owner, job.id)
    with table_queries(9):
        place(owner, job.id)
    for _ in range(5):
        busy.submit(priority=1)
    with table_queries(9):
        place(owner, job.id)


def test_a_full_queue_answers_429_with_retry_after(owner: Caller, bench: Bench) -> None:
    PoolQuota.across_tenants.create(organization=bench.organization, pool=bench.pool, max_queued_jobs=0)
    answer = owner.post("/jobs", spec_of(bench.version))
    assert (answer.status_code, answer.json()["code"], answer.headers["Retry-After"]) == (429, "queue_full", "60")
