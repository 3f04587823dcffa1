"""``resources.slots`` at submission: what no worker could take, or could not share, is refused with the numbers."""

from typing import Any

import pytest

from tests.support.jobs import Bench, make_worker, spec_of
from tests.support.platform import Caller
from trainyard.pools.models import Worker


@pytest.fixture
def bench(bench: Bench) -> Bench:
    make_worker(bench.pool, name="wide", slots=2)
    return bench


def error_of(answer: Any) -> dict[str, str]:
    assert answer.status_code == 400, answer.content
    (error,) = answer.json()["errors"]
    return dict(error)


@pytest.mark.parametrize("path", ["/jobs", "/jobs/quote"])
class TestWhatIsRefused:
    def test_more_slots_than_any_worker_has(self, owner: Caller, bench: Bench, path: str) -> None:
        assert error_of(owner.post(path, spec_of(bench.version, resources={"slots": 3}))) == {
            "field": "resources.slots",
            "code": "too_many_slots",
            "message": "A job runs on one worker, and none of the pool default has 3 slots.",
            "hint": "Set resources.slots to 2 or less, or name a pool of larger workers.",
        }

    def test_more_slots_than_any_pool_has(self, owner: Caller, bench: Bench, path: str) -> None:
        error = error_of(owner.post(path, spec_of(bench.version, resources={"slots": 9})))
        assert (error["field"], error["code"]) == ("resources.slots", "invalid")

    @pytest.mark.parametrize("training", [{"batch_size": 3}, {"batch_size": 1, "accumulate": 3}])
    def test_too_few_rows_to_share(self, owner: Caller, bench: Bench, path: str, training: dict[str, int]) -> None:
        spec = spec_of(bench.version, training=training, resources={"slots": 2})
        assert error_of(owner.post(path, spec)) == {
            "field": "training.batch_size",
            "code": "batch_too_small",
            "message": "A step has 3 rows, and 2 slots that share them need 4.",
            "hint": "Set it to 4 or more, or resources.slots to 1.",
        }


def test_removed_workers_do_not_count(owner: Caller, bench: Bench) -> None:
    Worker.objects.filter(slots=2).update(state=Worker.State.REMOVED)
    error = error_of(owner.post("/jobs", spec_of(bench.version, resources={"slots": 2})))
    assert error["hint"] == "Set resources.slots to 1 or less, or name a pool of larger workers."


def test_in_a_pool_without_workers_it_waits_and_says_so(owner: Caller, bench: Bench) -> None:
    Worker.objects.all().delete()
    answer = owner.post("/jobs", spec_of(bench.version, resources={"slots": 8}))
    assert answer.status_code == 201
    assert owner.get(f"/jobs/{answer.json()['id']}/queue").json()["message"] == "No worker of the pool is up."


def test_a_quote_counts_every_slot(owner: Caller, bench: Bench) -> None:
    limits = {"max_runtime_seconds": 100}
    spec = spec_of(bench.version, limits=limits, resources={"slots": 2})
    quote = owner.post("/jobs/quote", spec).json()
    assert (quote["slots"], quote["cap"]) == (2, "0.020000")


def test_an_estimate_comes_from_jobs_of_as_many_slots(owner: Caller, bench: Bench) -> None:
    bench.run().succeed()
    one, two = (spec_of(bench.version, resources={"slots": slots}) for slots in (1, 2))
    sources = [owner.post("/jobs/quote", spec).json()["estimate"]["source"] for spec in (one, two)]
    assert sources[0] != "cost_model"
    assert sources[1] == "cost_model"
