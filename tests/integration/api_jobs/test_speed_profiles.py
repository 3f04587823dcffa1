"""A spec's speed is measured on a free slot, once for all specs as fast, and for nobody else; quotes go by it."""

from datetime import timedelta
from typing import Any

import pytest

from tests.support.jobs import ROWS, Bench, make_worker, spec_of
from tests.support.platform import Caller
from tests.support.worker_calls import WorkerCaller
from trainyard.billing.models import UsageRecord
from trainyard.core.time import database_now
from trainyard.jobs.models import Job, SpeedProfile
from trainyard.jobs.profiles import operations as profiles
from trainyard.tenants.models import Organization
from trainyard_spec.timings import TrainingTimings

TIMINGS = {
    "steps_per_epoch": 10,
    "first_step_seconds": 1.0,
    "steps": 20,
    "steps_seconds": 10.0,
    "validations": 1,
    "validations_seconds": 0.5,
    "checkpoints": 1,
    "checkpoints_seconds": 0.1,
    "finish_seconds": 2.0,
}
SECONDS = 1.0 + 49 * 0.5 + 5 * 0.5 + 2.0
"""Of five epochs."""


@pytest.fixture
def worker(bench: Bench) -> WorkerCaller:
    return WorkerCaller(make_worker(bench.pool, now=database_now(), name="free").token)


def claimed(worker: WorkerCaller) -> dict[str, Any]:
    answer = worker.post("/profiles/claim", {"free_slots": 1})
    assert answer.status_code == 200, answer.content
    claim: dict[str, Any] = answer.json()
    return claim


def measure(worker: WorkerCaller, **outcome: Any) -> None:
    path = f"/profiles/{claimed(worker)['profile_id']}/finish"
    assert worker.post(path, outcome or {"timings": TIMINGS}).status_code == 204


def test_the_first_job_of_a_spec_is_quoted_by_what_was_measured(
    owner: Caller, bench: Bench, worker: WorkerCaller
) -> None:
    asked = owner.post("/jobs/quote/measure", spec_of(bench.version)).json()
    assert (asked["estimate"]["source"], asked["speed_profile"]["state"]) == ("cost_model", "queued")
    claim = claimed(worker)
    assert owner.post("/jobs/quote", spec_of(bench.version)).json()["speed_profile"]["state"] == "running"
    assert (claim["spec"]["architecture"]["name"], claim["slots"]) == ("mlp", 1)
    content = worker.get(f"/profiles/{claim['profile_id']}/dataset/numeric.npy")
    assert b"".join(content.streaming_content) == ROWS
    assert worker.post(f"/profiles/{claim['profile_id']}/finish", {"timings": TIMINGS}).status_code == 204
    told = owner.post("/jobs/quote", spec_of(bench.version)).json()
    estimate = told["estimate"]
    assert (estimate["source"], told["speed_profile"]["state"]) == ("measured_profile", "measured")
    assert (estimate["seconds_low"] + estimate["seconds_high"]) / 2 == pytest.approx(SECONDS)
    assert told["binding"] is not None
    job = owner.post("/jobs", spec_of(bench.version)).json()
    submitted = Job.across_tenants.get(id=job["id"])
    assert submitted.estimate is not None
    assert submitted.estimate["source"] == "measured_profile"
    assert not UsageRecord.across_tenants.exists()


def test_other_epochs_seeds_and_names_are_measured_by_the_same(
    owner: Caller, bench: Bench, worker: WorkerCaller
) -> None:
    owner.post("/jobs/quote/measure", spec_of(bench.version))
    measure(worker)
    longer = spec_of(bench.version, name="longer", training={"epochs": 10, "batch_size": 64, "seed": 3})
    estimate = owner.post("/jobs/quote/measure", longer).json()["estimate"]
    assert estimate["source"] == "measured_profile"
    assert (estimate["seconds_low"] + estimate["seconds_high"]) / 2 == pytest.approx(1.0 + 99 * 0.5 + 10 * 0.5 + 2.0)
    assert SpeedProfile.across_tenants.count() == 1
    other = spec_of(bench.version, training={"epochs": 5, "batch_size": 32})
    assert owner.post("/jobs/quote", other).json()["speed_profile"] is None


def test_jobs_that_trained_say_it_better_and_running_ones_say_it_where_nothing_else_does(
    owner: Caller, bench: Bench, worker: WorkerCaller
) -> None:
    run = bench.run()
    begun = TrainingTimings.model_validate({**TIMINGS, "validations": 0, "finish_seconds": None})
    run.report(run.progress(step=20, trained_seconds=11.0).model_copy(update={"timings": begun}))
    first = owner.post("/jobs/quote", spec_of(bench.version)).json()["estimate"]
    assert (first["source"], "first seconds" in first["basis"]) == ("measured", True)
    owner.post("/jobs/quote/measure", spec_of(bench.version))
    measure(worker)
    assert owner.post("/jobs/quote", spec_of(bench.version)).json()["estimate"]["source"] == "measured_profile"
    Job.across_tenants.update(timings={**TIMINGS, "steps_seconds": 20.0})
    whole = owner.post("/jobs/quote", spec_of(bench.version)).json()["estimate"]
    assert whole["source"] == "measured"
    SpeedProfile.across_tenants.all().delete()
    assert owner.post("/jobs/quote/measure", spec_of(bench.version)).json()["speed_profile"] is None
    assert (whole["seconds_low"] + whole["seconds_high"]) / 2 == pytest.approx(SECONDS + 49 * 0.5)


def test_one_that_is_given_back_for_a_job_is_measured_by_the_next(
    owner: Caller, bench: Bench, worker: WorkerCaller
) -> None:
    owner.post("/jobs/quote/measure", spec_of(bench.version))
    for _ in range(profiles.MOST_CLAIMS + 1):
        profile_id = claimed(worker)["profile_id"]
        assert worker.post(f"/profiles/{profile_id}/finish", {}).status_code == 204
    measure(worker)
    assert SpeedProfile.across_tenants.get().state == "measured"


def test_one_that_cannot_be_measured_says_why_and_rests_for_an_hour(
    owner: Caller, bench: Bench, worker: WorkerCaller
) -> None:
    owner.post("/jobs/quote/measure", spec_of(bench.version))
    failure = {"fault": "user", "code": "out_of_memory", "message": "Too large.", "hint": "Smaller."}
    measure(worker, failure=failure)
    told = owner.post("/jobs/quote/measure", spec_of(bench.version)).json()
    assert told["speed_profile"]["error"] == {"code": "out_of_memory", "message": "Too large.", "hint": "Smaller."}
    assert (told["speed_profile"]["state"], told["estimate"]["source"]) == ("failed", "cost_model")
    SpeedProfile.across_tenants.update(finished_at=database_now() - timedelta(hours=2))
    assert owner.post("/jobs/quote/measure", spec_of(bench.version)).json()["speed_profile"]["state"] == "queued"


def test_faults_of_the_platform_are_tried_again_three_times(owner: Caller, bench: Bench, worker: WorkerCaller) -> None:
    owner.post("/jobs/quote/measure", spec_of(bench.version))
    for state in ("queued", "queued", "failed"):
        measure(worker, failure={"fault": "infrastructure", "code": "engine_crashed", "message": "It ended."})
        assert SpeedProfile.across_tenants.get().state == state


def test_a_lost_worker_is_replaced_and_what_it_tells_later_is_refused(
    owner: Caller, bench: Bench, worker: WorkerCaller
) -> None:
    owner.post("/jobs/quote/measure", spec_of(bench.version))
    profile_id = claimed(worker)["profile_id"]
    assert worker.post("/profiles/claim", {"free_slots": 1}).status_code == 204
    SpeedProfile.across_tenants.update(expires_at=database_now() - timedelta(seconds=1))
    other = WorkerCaller(make_worker(bench.pool, now=database_now(), name="other").token)
    assert claimed(other)["profile_id"] == profile_id
    late = worker.post(f"/profiles/{profile_id}/finish", {"timings": TIMINGS})
    assert (late.status_code, late.json()["code"]) == (409, "profile_lost")
    assert worker.get(f"/profiles/{profile_id}/dataset/numeric.npy").status_code == 409
    lost = {"claims": profiles.MOST_CLAIMS, "expires_at": database_now() - timedelta(seconds=1)}
    SpeedProfile.across_tenants.update(**lost)
    assert worker.post("/profiles/claim", {"free_slots": 1}).status_code == 204
    assert profiles.purge(now=database_now()) == 1
    told = owner.post("/jobs/quote", spec_of(bench.version)).json()["speed_profile"]
    assert (told["state"], told["error"]["code"]) == ("failed", "worker_lost")


def test_what_no_worker_takes_makes_room_for_others(owner: Caller, bench: Bench, worker: WorkerCaller) -> None:
    for size in range(8, 8 + profiles.MOST_OPEN):
        owner.post("/jobs/quote/measure", of_size(bench, size))
    now = database_now()
    SpeedProfile.across_tenants.update(labels={"zone": "nowhere"}, requested_at=now - profiles.WAITS_FOR)
    assert profiles.purge(now=now - timedelta(seconds=1)) == 0
    assert owner.post("/jobs/quote/measure", of_size(bench, 99)).status_code == 429
    assert profiles.purge(now=now) == profiles.MOST_OPEN
    told = owner.post("/jobs/quote", of_size(bench, 8)).json()["speed_profile"]
    assert (told["state"], told["error"]["code"]) == ("failed", "no_free_slot")
    assert owner.post("/jobs/quote/measure", of_size(bench, 99)).json()["speed_profile"]["state"] == "queued"


def test_what_is_old_is_measured_again_and_forgotten(owner: Caller, bench: Bench, worker: WorkerCaller) -> None:
    owner.post("/jobs/quote/measure", spec_of(bench.version))
    measure(worker)
    old = database_now() - timedelta(days=31)
    SpeedProfile.across_tenants.update(finished_at=old, requested_at=old)
    assert owner.post("/jobs/quote", spec_of(bench.version)).json()["estimate"]["source"] == "cost_model"
    assert owner.post("/jobs/quote/measure", spec_of(bench.version)).json()["speed_profile"]["state"] == "queued"
    SpeedProfile.across_tenants.update(state="measured", finished_at=old, requested_at=old)
    assert profiles.purge(now=database_now()) == 1
    assert not SpeedProfile.across_tenants.exists()


def test_a_worker_gets_what_it_can_measure_alone(owner: Caller, bench: Bench, worker: WorkerCaller) -> None:
    make_worker(bench.pool, now=database_now(), name="wide", slots=2)
    owner.post("/jobs/quote/measure", spec_of(bench.version, resources={"slots": 2}))
    assert worker.post("/profiles/claim", {"free_slots": 1}).status_code == 204
    assert worker.post("/profiles/claim", {"free_slots": 2}).status_code == 200
    SpeedProfile.across_tenants.update(state="queued", labels={"zone": "north"})
    assert worker.post("/profiles/claim", {"free_slots": 2}).status_code == 204
    SpeedProfile.across_tenants.update(labels={})
    Organization.objects.filter(id=bench.organization.id).update(state=Organization.State.SUSPENDED)
    assert worker.post("/profiles/claim", {"free_slots": 2}).status_code == 204


def test_an_organization_has_few_measured_at_once_and_in_an_hour(
    owner: Caller, bench: Bench, worker: WorkerCaller
) -> None:
    for size in range(8, 8 + profiles.MOST_OPEN):
        assert owner.post("/jobs/quote/measure", of_size(bench, size)).status_code == 200
    refused = owner.post("/jobs/quote/measure", of_size(bench, 99))
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_profiles")
    assert owner.post("/jobs/quote/measure", of_size(bench, 8)).status_code == 200
    for size in range(10, 8 + profiles.MOST_AN_HOUR):
        SpeedProfile.across_tenants.update(state="measured")
        assert owner.post("/jobs/quote/measure", of_size(bench, size)).status_code == 200
    SpeedProfile.across_tenants.update(state="measured")
    refused = owner.post("/jobs/quote/measure", of_size(bench, 99))
    assert refused.status_code == 429
    assert 3_500 < int(refused.headers["Retry-After"]) <= 3_600


def of_size(bench: Bench, batch_size: int) -> dict[str, Any]:
    return spec_of(bench.version, training={"epochs": 5, "batch_size": batch_size})


def test_what_one_organization_measured_tells_no_other(
    owner: Caller, outsider: Caller, teammate: Caller, bench: Bench, worker: WorkerCaller
) -> None:
    assert teammate.post("/jobs/quote/measure", spec_of(bench.version)).status_code == 403
    assert outsider.post("/jobs/quote/measure", spec_of(bench.version)).status_code in (400, 404)
    owner.post("/jobs/quote/measure", spec_of(bench.version))
    measure(worker)
    assert teammate.post("/jobs/quote", spec_of(bench.version)).json()["estimate"]["source"] == "measured_profile"
    assert {profile.organization_id for profile in SpeedProfile.across_tenants.all()} == {bench.organization.id}
