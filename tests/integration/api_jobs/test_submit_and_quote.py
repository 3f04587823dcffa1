"""``POST /jobs`` and ``POST /jobs/quote``."""

from typing import Any

import pytest
from django.test import Client

from tests.support.jobs import Bench, make_version, spec_of
from tests.support.platform import Caller
from trainyard.datasets.models import DatasetVersion
from trainyard.jobs.models import Event, Job
from trainyard.pools.models import Pool

FIELDS = {
    "id", "name", "state", "reason", "created_at", "started_at", "first_step_at", "finished_at", "spec",
    "dataset_version", "architecture", "task", "pool", "priority", "progress", "metrics", "test_metrics", "attempts",
    "checkpoints_count", "model_id", "cost", "error", "resolved_training", "verdict", "allowed_actions", "init_from",
}  # fmt: skip


def errors_of(answer: Any) -> list[tuple[str, str]]:
    return [(error["field"], error["code"]) for error in answer.json()["errors"]]


def test_a_submitted_job_is_queued_with_its_first_while_on_hold(owner: Caller, bench: Bench) -> None:
    answer = owner.post("/jobs", spec_of(bench.version, priority=3))
    job = answer.json()
    assert answer.status_code == 201
    assert job.keys() == FIELDS
    assert job["id"].startswith("job_")
    assert (job["name"], job["state"], job["reason"]) == ("penguins-mlp", "queued", "submitted")
    assert (job["architecture"], job["task"], job["pool"]) == ("mlp", "tabular_classification", "default")
    assert (job["dataset_version"], job["priority"], job["attempts"]) == (bench.version.id, 3, 0)
    assert job["progress"] == {
        "epoch": 0, "epochs": 5, "step": 0, "total_steps": None, "percent": 0.0, "eta_seconds": None
    }  # fmt: skip
    assert job["cost"] == {"billed": "0.000000", "held": "0.060000", "cap": "5.000000", "currency": "USD"}
    assert job["metrics"] == {"latest": {}}
    assert job["spec"]["training"]["schedule"] == "auto"  # defaults are filled in
    times = {"started_at", "first_step_at", "finished_at"}
    nothing = times | {"test_metrics", "verdict", "model_id", "error", "init_from"}
    assert {job[field] for field in nothing} == {None}
    assert owner.get(f"/jobs/{job['id']}").json() == job


def test_without_a_cap_the_longest_run_is_the_cap(owner: Caller, bench: Bench) -> None:
    job = owner.post("/jobs", spec_of(bench.version, limits={"max_runtime_seconds": 3_601})).json()
    assert job["cost"]["cap"] == "0.360100"


@pytest.mark.parametrize("path", ["/jobs", "/jobs/quote"])
class TestWhatIsRefused:
    """Submitting and quoting refuse the same things in the same way."""

    def test_every_wrong_field_is_named(self, owner: Caller, bench: Bench, path: str) -> None:
        spec = spec_of(bench.version, training={"epochs": 0, "batchsize": 8}, priority=1_000)
        answer = owner.post(path, spec)
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_spec")
        assert sorted(errors_of(answer)) == [
            ("priority", "invalid"),
            ("training.batchsize", "unknown_field"),
            ("training.epochs", "invalid"),
        ]
        assert "batch_size" in next(e["hint"] for e in answer.json()["errors"] if e["code"] == "unknown_field")

    def test_a_body_that_is_no_object(self, owner: Caller, bench: Bench, path: str) -> None:
        answer = owner.post(path, ["penguins"])
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_spec")

    def test_an_unknown_pool(self, owner: Caller, bench: Bench, path: str) -> None:
        answer = owner.post(path, spec_of(bench.version, resources={"pool": "moon"}))
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_spec")
        assert errors_of(answer) == [("resources.pool", "unknown_pool")]
        assert answer.json()["errors"][0]["hint"] == "Open pools: default."

    def test_a_closed_pool(self, owner: Caller, bench: Bench, path: str) -> None:
        Pool.objects.update(state=Pool.State.CLOSED)
        answer = owner.post(path, spec_of(bench.version))
        assert errors_of(answer) == [("resources.pool", "pool_closed")]

    def test_a_task_that_is_not_the_datasets(self, owner: Caller, bench: Bench, path: str) -> None:
        answer = owner.post(path, spec_of(bench.version, task="tabular_regression"))
        assert (answer.status_code, errors_of(answer)) == (400, [("task", "task_mismatch")])

    def test_a_split_that_the_dataset_knows_nothing_of(self, owner: Caller, bench: Bench, path: str) -> None:
        answer = owner.post(path, spec_of(bench.version, split={"by": "group"}))
        assert (answer.status_code, errors_of(answer)) == (400, [("split.by", "split_unknown")])
        assert "with the option group" in answer.json()["errors"][0]["hint"]

    def test_a_dataset_that_is_not_ready(self, owner: Caller, bench: Bench, path: str) -> None:
        DatasetVersion.across_tenants.update(state=DatasetVersion.State.VALIDATING)
        answer = owner.post(path, spec_of(bench.version))
        assert (answer.status_code, errors_of(answer)) == (409, [("dataset", "dataset_not_ready")])

    def test_a_dataset_of_another_tenant(self, outsider: Caller, bench: Bench, path: str) -> None:
        answer = outsider.post(path, spec_of(bench.version))
        assert (answer.status_code, errors_of(answer)) == (404, [("dataset", "not_found")])

    def test_no_credentials(self, anonymous: Client, bench: Bench, path: str) -> None:
        answer = anonymous.post(f"/api/v1{path}", spec_of(bench.version), content_type="application/json")
        assert answer.status_code == 401


def test_a_viewer_may_quote_but_not_submit(teammate: Caller, bench: Bench) -> None:
    assert teammate.post("/jobs", spec_of(bench.version)).status_code == 403
    assert teammate.post("/jobs/quote", spec_of(bench.version)).status_code == 200


def test_what_the_wallet_does_not_cover_is_not_submitted(owner: Caller, bench: Bench) -> None:
    answer = owner.post("/jobs", spec_of(bench.version, limits={"max_cost": "1000", "max_runtime_seconds": 2_592_000}))
    assert answer.status_code == 402
    assert answer.json()["code"] == "insufficient_funds"
    assert not Job.across_tenants.exists()
    assert not Event.across_tenants.exists()


def test_the_same_idempotency_key_submits_once(owner: Caller, bench: Bench) -> None:
    key = {"Idempotency-Key": "once"}
    first = owner.post("/jobs", spec_of(bench.version), **key)
    again = owner.post("/jobs", spec_of(bench.version), **key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert Job.across_tenants.count() == 1


def test_a_preemptible_pool_takes_only_jobs_that_bear_it(owner: Caller, bench: Bench) -> None:
    Pool.objects.update(preemptible=True)
    answer = owner.post("/jobs", spec_of(bench.version))
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "resources.preemptible")
    bearing = spec_of(bench.version, resources={"pool": "default", "preemptible": True})
    assert owner.post("/jobs", bearing).status_code == 201


def test_a_quote_reserves_nothing(owner: Caller, bench: Bench) -> None:
    answer = owner.post("/jobs/quote", spec_of(bench.version)).json()
    assert answer.pop("estimate")["source"] == "cost_model"
    assert [preset["name"] for preset in answer.pop("presets")] == ["fast", "balanced", "best"]
    assert answer == {
        "pool": "default",
        "slots": 1,
        "per_slot_second": "0.000100000",
        "currency": "USD",
        "limited_by": "max_cost",
        "stops_early": False,
        "binding": None,
        "speed_profile": None,
        "cap": "5.000000",
        "available": "100.000000",
        "memory": {"needed_bytes": 183_808, "slot_bytes": 2**30, "fits": True},
        "affordable": True,
        "tokens": None,
        "base": None,
        "training": {
            "examples": 800,
            "epochs": 5,
            "batch_size": 64,
            "accumulate": 1,
            "schedule": {"name": "cosine", "warmup_steps": 3, "final_fraction": 0.0},
            "early_stopping": None,
            "patch_size": None,
            "stem": None,
        },
    }
    assert not Job.across_tenants.exists()


def test_a_quote_says_when_the_wallet_is_too_small(owner: Caller, bench: Bench) -> None:
    spec = spec_of(bench.version, limits={"max_cost": "100.5", "max_runtime_seconds": 2_592_000})
    quote = owner.post("/jobs/quote", spec).json()
    assert (quote["affordable"], quote["limited_by"], quote["stops_early"]) == (False, "max_cost", False)


def test_a_quote_says_when_a_limit_comes_before_the_end(owner: Caller, bench: Bench) -> None:
    bench.run().succeed()  # at 500 samples a second: 8 seconds for these 4,000 samples
    for limits, stops, by in (
        ({"max_runtime_seconds": 7}, True, "max_runtime_seconds"),
        ({"max_cost": "0.000700"}, True, "max_cost"),
        ({"max_cost": "0.000800", "max_runtime_seconds": 9}, False, "max_cost"),
    ):
        quote = owner.post("/jobs/quote", spec_of(bench.version, limits=limits)).json()
        assert (quote["stops_early"], quote["limited_by"]) == (stops, by)


def test_an_estimate_comes_from_the_organizations_own_jobs(owner: Caller, outsider: Caller, bench: Bench) -> None:
    bench.run().succeed()  # at 500 samples a second
    estimate = owner.post("/jobs/quote", spec_of(bench.version)).json()["estimate"]
    assert "this very spec" in estimate.pop("basis")
    assert estimate == {
        "source": "measured",  # 1000 rows × 0.8 × 5 epochs
        "seconds_low": 8.0, "seconds_high": 8.0, "cost_low": "0.000800", "cost_high": "0.000800",
    }  # fmt: skip

    assert outsider.organization is not None
    theirs = make_version(outsider.organization)
    assert outsider.post("/jobs/quote", spec_of(theirs)).json()["estimate"]["source"] == "cost_model"


def test_a_quote_counts_the_epochs_that_auto_becomes(owner: Caller, bench: Bench) -> None:
    bench.run().succeed()  # at 500 samples a second
    quote = owner.post("/jobs/quote", spec_of(bench.version, training={})).json()
    epochs, examples = quote["training"]["epochs"], quote["training"]["examples"]
    assert examples == 800
    assert epochs * examples / quote["training"]["batch_size"] >= 1_000
    assert quote["estimate"]["seconds_low"] == pytest.approx(epochs * examples / 500)


def test_an_estimate_comes_from_the_jobs_that_are_most_alike(owner: Caller, bench: Bench) -> None:
    wide, small = {"name": "mlp", "hidden": [512]}, {"name": "mlp", "hidden": [8]}
    for architecture, speed in ((wide, 10.0), (small, 1_000.0)):
        job = bench.run(architecture=architecture).succeed()
        Job.across_tenants.filter(id=job.id).update(samples_per_second=speed)

    def estimate(architecture: dict[str, Any], version: DatasetVersion) -> tuple[float, float, str]:
        told = owner.post("/jobs/quote", spec_of(version, architecture=architecture)).json()["estimate"]
        return told["seconds_low"], told["seconds_high"], told["basis"].rpartition("pool, ")[2]

    other = make_version(bench.organization)
    assert estimate(small, bench.version) == (4.0, 4.0, "1 time.")
    resized = {**spec_of(bench.version, architecture=small), "split": {"seed": 7}}
    told = owner.post("/jobs/quote", resized).json()["estimate"]
    assert (told["source"], told["seconds_low"]) == ("same_sizes", 4.0)
    assert told["basis"].endswith("with the same sizes on the same dataset.")
    assert estimate(wide, other)[:2] == (400.0, 400.0)
    assert estimate({"name": "mlp"}, bench.version) == (4.0, 400.0, "whatever the sizes of their models and inputs.")


def test_one_odd_job_does_not_widen_an_estimate(owner: Caller, bench: Bench) -> None:
    for speed in (1.0, *[500.0] * 20):
        job = bench.run().succeed()
        Job.across_tenants.filter(id=job.id).update(samples_per_second=speed)
    told = owner.post("/jobs/quote", spec_of(bench.version)).json()["estimate"]
    assert (told["seconds_low"], told["seconds_high"]) == (8.0, 8.0)
