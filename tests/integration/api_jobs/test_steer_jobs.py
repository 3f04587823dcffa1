"""Cancel, pause and resume."""

import pytest
from django.test import Client

from tests.support.jobs import Bench
from tests.support.platform import Caller
from trainyard.jobs.models import Job
from trainyard_spec.states import JobState

ACTIONS = ["cancel", "pause", "resume"]


@pytest.mark.parametrize("action", ACTIONS)
def test_who_may_steer_a_job(
    owner: Caller, teammate: Caller, outsider: Caller, anonymous: Client, bench: Bench, action: str
) -> None:
    job = bench.submit()
    if action == "resume":
        bench.pause(job)
    path = f"/jobs/{job.id}/{action}"
    assert anonymous.post(f"/api/v1{path}").status_code == 401
    assert outsider.post(path).status_code == 404
    assert teammate.post(path).status_code == 403
    assert owner.post(path).status_code == 200


def test_a_queued_job_is_paused_resumed_and_cancelled(owner: Caller, bench: Bench) -> None:
    path = f"/jobs/{bench.submit().id}"

    def after(action: str) -> tuple[str, str, str]:
        job = owner.post(f"{path}/{action}").json()
        return job["state"], job["reason"], job["cost"]["held"]

    assert after("pause") == ("paused", "user_paused", "0.000000")
    assert after("pause") == ("paused", "user_paused", "0.000000")
    assert after("resume") == ("queued", "user_resumed", "0.060000")
    assert after("cancel") == ("cancelled", "user_cancelled", "0.000000")
    assert after("cancel") == ("cancelled", "user_cancelled", "0.000000")


def test_a_job_says_what_its_reader_may_do_with_it(owner: Caller, teammate: Caller, bench: Bench) -> None:
    path = f"/jobs/{bench.submit().id}"

    def allowed(after: str = "") -> list[str]:
        job = owner.post(f"{path}/{after}").json() if after else owner.get(path).json()
        return list(job["allowed_actions"])

    assert allowed() == ["pause", "cancel"]
    assert owner.get("/jobs").json()["data"][0]["allowed_actions"] == ["pause", "cancel"]
    assert teammate.get(path).json()["allowed_actions"] == []
    assert allowed(after="pause") == ["resume", "cancel"]
    assert allowed(after="resume") == ["pause", "cancel"]
    bench.claim()
    assert allowed(after="pause") == ["cancel"], "it is stopping already"
    assert allowed(after="cancel") == []


@pytest.mark.parametrize("state", JobState)
@pytest.mark.parametrize("action", ACTIONS)
def test_only_what_a_job_says_changes_it(owner: Caller, bench: Bench, state: JobState, action: str) -> None:
    job = bench.submit()
    Job.across_tenants.filter(id=job.id).update(state=state)
    before = owner.get(f"/jobs/{job.id}").json()
    if action not in before["allowed_actions"]:
        owner.post(f"/jobs/{job.id}/{action}")
        assert owner.get(f"/jobs/{job.id}").json() == before


def test_what_the_state_does_not_allow_is_a_conflict(owner: Caller, bench: Bench) -> None:
    path = f"/jobs/{bench.submit().id}"
    assert owner.post(f"{path}/resume").json()["code"] == "job_not_paused"
    owner.post(f"{path}/cancel")
    answer = owner.post(f"{path}/pause")
    assert (answer.status_code, answer.json()["code"]) == (409, "job_finished")


def test_resume_takes_new_limits_and_nothing_else(owner: Caller, bench: Bench) -> None:
    job = bench.submit()
    bench.pause(job)
    path = f"/jobs/{job.id}/resume"
    wrong = owner.post(path, {"max_costs": "3"})
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (400, "max_costs")
    assert owner.post(path, {"max_cost": "-3"}).status_code == 400
    resumed = owner.post(path, {"max_cost": "3", "max_runtime_seconds": 600_000}).json()
    limits = {"max_cost": "3.000000", "max_runtime_seconds": 600_000, "auto_resume": None}
    assert resumed["spec"]["limits"] == limits
    assert (resumed["cost"]["cap"], resumed["cost"]["held"]) == ("3.000000", "0.060000")


def test_resume_needs_the_money_again(owner: Caller, bench: Bench) -> None:
    job = bench.submit(limits={"max_cost": "60", "max_runtime_seconds": 2_592_000})
    bench.pause(job)
    answer = owner.post(f"/jobs/{job.id}/resume", {"max_cost": "100.01"})
    assert (answer.status_code, answer.json()["code"]) == (402, "insufficient_funds")
    assert owner.get(f"/jobs/{job.id}").json()["state"] == "paused"


def test_a_capped_job_wants_a_higher_cap(owner: Caller, bench: Bench) -> None:
    run = bench.run(limits={"max_cost": "0.001"})
    run.train(9, step=10)
    run.checkpoint(10)
    run.finish()
    path = f"/jobs/{run.claim.job_id}/resume"
    answer = owner.post(path)
    assert (answer.status_code, answer.json()["code"]) == (409, "limit_reached")
    assert owner.post(path, {"max_cost": "0.002"}).status_code == 200


class TestBulkCancel:
    def test_each_job_is_cancelled_for_itself(self, owner: Caller, bench: Bench) -> None:
        queued, running = bench.submit(priority=-1), bench.run()
        done = bench.submit()
        bench.cancel(done)
        failed = bench.submit(priority=9)
        run = bench.claim(bench.worker)
        assert run is None  # the only slot is taken
        answer = owner.post("/jobs/cancel", {"ids": [queued.id, running.claim.job_id, done.id, "job_no", failed.id]})
        assert answer.status_code == 200
        assert [(row["id"], row["state"], row["error"] and row["error"]["code"]) for row in answer.json()["data"]] == [
            (queued.id, "cancelled", None),
            (running.claim.job_id, "stopping", None),
            (done.id, "cancelled", None),
            ("job_no", None, "not_found"),
            (failed.id, "cancelled", None),
        ]

    def test_who_may(self, teammate: Caller, outsider: Caller, anonymous: Client, bench: Bench) -> None:
        job = bench.submit()
        body = {"ids": [job.id]}
        assert teammate.post("/jobs/cancel", body).status_code == 403
        assert outsider.post("/jobs/cancel", body).json()["data"][0]["error"]["code"] == "not_found"
        assert anonymous.post("/api/v1/jobs/cancel", body, content_type="application/json").status_code == 401
        job.refresh_from_db()
        assert job.state == "queued"

    def test_what_makes_no_sense(self, owner: Caller, bench: Bench) -> None:
        for body in ({}, {"ids": []}, {"ids": ["job_1"] * 101}, {"ids": ["job_1"], "force": True}):
            assert owner.post("/jobs/cancel", body).status_code == 400


@pytest.mark.parametrize("body", ['{"keep": true}', '{"keep', "[]", '"now"'])
def test_a_call_without_a_body_refuses_one_and_does_nothing(owner: Caller, bench: Bench, body: str) -> None:
    job = bench.submit()
    client = Client(headers={"Authorization": f"Bearer {owner.secret}"})
    answer = client.post(f"/api/v1/jobs/{job.id}/cancel", body, content_type="application/json")
    assert answer.status_code == 400
    assert owner.get(f"/jobs/{job.id}").json()["state"] == "queued"
    for nothing in ("", "{}", "null"):
        answer = client.post(f"/api/v1/jobs/{job.id}/cancel", nothing, content_type="application/json")
        assert answer.json()["state"] == "cancelled"
