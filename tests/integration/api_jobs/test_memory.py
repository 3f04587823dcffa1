"""A quote says what a job takes of memory, and what no worker can hold is refused before it waits."""

from typing import Any

import pytest

from tests.support.jobs import Bench, make_worker, spec_of
from tests.support.platform import Caller
from trainyard.jobs.models import Job
from trainyard.pools.models import Worker

HUGE = {"name": "mlp", "hidden": [16_384] * 5}


def body(bench: Bench, architecture: dict[str, Any] | None = None, **training: Any) -> dict[str, Any]:
    spec = spec_of(bench.version)
    return spec | {"architecture": architecture or spec["architecture"], "training": spec["training"] | training}


def test_a_quote_says_what_a_job_takes_and_what_there_is(owner: Caller, bench: Bench) -> None:
    memory = owner.post("/jobs/quote", body(bench)).json()["memory"]
    assert memory["fits"] is True
    assert 0 < memory["needed_bytes"] < memory["slot_bytes"] == 2**30 // bench.worker.slots


def test_a_larger_batch_takes_more(owner: Caller, bench: Bench) -> None:
    small, large = (owner.post("/jobs/quote", body(bench, batch_size=size)).json()["memory"] for size in (8, 64))
    assert small["needed_bytes"] < large["needed_bytes"]


@pytest.mark.parametrize("path", ["/jobs/quote", "/jobs"])
def test_what_no_worker_can_hold_is_refused(owner: Caller, bench: Bench, path: str) -> None:
    answer = owner.post(path, body(bench, HUGE))
    [error] = answer.json()["errors"]
    assert (answer.status_code, error["field"], error["code"]) == (400, "architecture", "too_large_for_slot")
    assert "GB" in error["message"]
    assert "smaller" in error["hint"]
    assert not Job.across_tenants.exists()


def test_a_larger_worker_takes_it(owner: Caller, bench: Bench) -> None:
    larger = make_worker(bench.pool, name="larger").worker
    Worker.objects.filter(id=larger.id).update(hardware=larger.hardware | {"memory_bytes": 2**38})
    memory = owner.post("/jobs/quote", body(bench, HUGE)).json()["memory"]
    assert memory["needed_bytes"] > 16e9
    assert memory["slot_bytes"] == 2**38 // larger.slots


def test_while_there_is_no_worker_nobody_knows(owner: Caller, bench: Bench) -> None:
    Worker.objects.update(state=Worker.State.REMOVED)
    memory = owner.post("/jobs/quote", body(bench, HUGE)).json()["memory"]
    assert (memory["slot_bytes"], memory["fits"]) == (None, None)
