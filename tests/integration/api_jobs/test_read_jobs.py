"""Reading jobs: the list, one job and what belongs to it."""

from typing import Any

import pytest
from django.test import Client

from tests.support.jobs import Bench, Run, started
from tests.support.platform import Caller
from tests.support.queries import table_queries
from tests.support.verdicts import VERDICT
from trainyard.jobs.models import Job
from trainyard_spec.engine_protocol import Log, Metrics, Progress
from trainyard_spec.resolution import ResolvedTraining
from trainyard_spec.schedules import ConstantSchedule

PARTS = ["", "/events", "/metrics", "/logs", "/checkpoints", "/attempts", "/usage", "/queue"]


@pytest.fixture
def run(bench: Bench) -> Run:
    """A running job with a checkpoint, metrics and a log line."""
    run = bench.run()
    run.train(4, step=10)
    run.report(Metrics(steps=(9, 10), values={"train_loss": (0.6, 0.5), "lr": (0.1, None)}), Log(message="Hello."))
    run.checkpoint(10)
    run.train(1, step=20)
    return run


@pytest.mark.parametrize("part", PARTS)
def test_everybody_in_the_organization_may_read_and_nobody_else(
    owner: Caller, teammate: Caller, outsider: Caller, anonymous: Client, run: Run, part: str
) -> None:
    path = f"/jobs/{run.claim.job_id}{part}"
    assert owner.get(path).status_code == 200
    assert teammate.get(path).status_code == 200
    assert outsider.get(path).status_code == 404
    assert outsider.get(path).json()["code"] == "not_found"
    assert anonymous.get(f"/api/v1{path}").status_code == 401


@pytest.mark.parametrize("part", [*PARTS, "/stream"])
def test_a_job_that_does_not_exist(owner: Caller, bench: Bench, part: str) -> None:
    assert owner.get(f"/jobs/job_unknown{part}").status_code == 404


def test_a_running_job(owner: Caller, run: Run) -> None:
    job = owner.get(f"/jobs/{run.claim.job_id}").json()
    assert (job["state"], job["reason"], job["attempts"], job["checkpoints_count"]) == ("running", "training", 1, 1)
    assert job["progress"] == {
        "epoch": 2, "epochs": 5, "step": 20, "total_steps": 40, "percent": 50.0, "eta_seconds": 13
    }  # fmt: skip
    assert job["metrics"] == {"latest": {"train_loss": 0.5, "lr": None}}
    assert (job["cost"]["billed"], job["cost"]["held"]) == ("0.000400", "0.059600")


def test_a_spec_that_an_earlier_release_stored_is_shown_by_the_names_of_today(owner: Caller, bench: Bench) -> None:
    job = bench.submit()
    today = owner.get(f"/jobs/{job.id}").json()["spec"]
    training = today["training"] | {"checkpoint": {"every_steps": 10, "keep": 3}}
    Job.across_tenants.filter(id=job.id).update(spec=today | {"training": training})
    shown = owner.get(f"/jobs/{job.id}").json()["spec"]
    assert shown["training"]["checkpoint"] == {"every_steps": 10, "max_to_keep": 3}


def test_a_job_says_what_auto_became_once_it_trains(owner: Caller, bench: Bench) -> None:
    bench.submit(training={})
    run = bench.claim()
    assert run is not None
    before = owner.get(f"/jobs/{run.claim.job_id}").json()
    assert (before["resolved_training"], before["progress"]["epochs"]) == (None, None)
    resolved = ResolvedTraining(examples=800, epochs=9, batch_size=25, accumulate=1, schedule=ConstantSchedule())
    run.report(
        started(step=0).model_copy(update={"resolved": resolved}),
        Progress(epoch=1, step=20, total_steps=40, samples_per_second=50.0, trained_seconds=1.0),
    )
    job = owner.get(f"/jobs/{run.claim.job_id}").json()
    assert job["spec"]["training"]["epochs"] == "auto"
    assert job["resolved_training"] == resolved.model_dump(mode="json")
    assert (job["progress"]["epochs"], job["progress"]["eta_seconds"]) == (9, 20 * 25 // 50)


def test_a_finished_job(owner: Caller, run: Run) -> None:
    run.succeed()
    job = owner.get(f"/jobs/{run.claim.job_id}").json()
    assert (job["state"], job["progress"]["percent"]) == ("succeeded", 100.0)
    assert job["test_metrics"] == {"test_accuracy": 0.9}
    assert job["verdict"] == VERDICT.model_dump(mode="json")
    assert (job["cost"]["billed"], job["cost"]["held"]) == ("0.000500", "0.000000")
    assert job["finished_at"].endswith("Z")


def test_a_failed_job_says_why(owner: Caller, run: Run) -> None:
    run.fail("user", code="loss_not_finite")
    job = owner.get(f"/jobs/{run.claim.job_id}").json()
    assert job["error"] == {"code": "loss_not_finite", "message": "It broke.", "hint": "Mend it."}


def test_the_history(owner: Caller, run: Run) -> None:
    events = owner.get(f"/jobs/{run.claim.job_id}/events").json()["data"]
    assert [(e["sequence"], e["type"], e["to_state"], e["attempt"]) for e in events] == [
        (4, "checkpoint", "", 1),
        (3, "state_changed", "running", 1),
        (2, "state_changed", "starting", 1),
        (1, "submitted", "queued", 0),
    ]


def test_metrics(owner: Caller, run: Run) -> None:
    path = f"/jobs/{run.claim.job_id}/metrics"
    whole = {"points": 2, "lowest": None, "highest": None}
    lr = {"name": "lr", "steps": [9, 10], "values": [0.1, None], **whole}
    loss = {"name": "train_loss", "steps": [9, 10], "values": [0.6, 0.5], **whole}
    assert owner.get(path).json()["data"] == [lr, loss]
    assert owner.get(path, names="train_loss,nothing").json()["data"] == [loss]
    assert owner.get(path, max_points=2).json()["data"] == [lr, loss]


@pytest.mark.parametrize("points", ["1", "-5", "many", "1000000"])
def test_a_number_of_points_that_makes_no_sense(owner: Caller, run: Run, points: str) -> None:
    answer = owner.get(f"/jobs/{run.claim.job_id}/metrics", max_points=points)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "max_points")


def test_logs_checkpoints_and_attempts(owner: Caller, run: Run) -> None:
    path = f"/jobs/{run.claim.job_id}"
    (line,) = owner.get(f"{path}/logs").json()["data"]
    assert (line["attempt"], line["level"], line["message"]) == (1, "info", "Hello.")
    (checkpoint,) = owner.get(f"{path}/checkpoints").json()["data"]
    assert (checkpoint["attempt"], checkpoint["step"], checkpoint["pruned_at"]) == (1, 10, None)
    (attempt,) = owner.get(f"{path}/attempts").json()["data"]
    assert (attempt["attempt"], attempt["state"], attempt["ended_at"]) == (1, "training", None)
    assert (attempt["trained_seconds"], attempt["kept_seconds"]) == (5.0, 4.0)


def test_usage(owner: Caller, run: Run) -> None:
    run.bench.lose_lease()
    usage = owner.get(f"/jobs/{run.claim.job_id}/usage").json()
    billed, free = usage["data"]
    assert billed["checkpoint"].startswith("ckpt_")
    assert {key: billed[key] for key in ("attempt", "slots", "seconds", "unit_price", "amount", "billed")} == {
        "attempt": 1, "slots": 1, "seconds": 4.0, "unit_price": "0.000100000", "amount": "0.000400",
        "billed": True,
    }  # fmt: skip
    assert (free["billed"], free["free_reason"], free["seconds"], free["amount"]) == (
        False, "not_kept", 1.0, "0.000000",
    )  # fmt: skip
    assert usage["totals"] == {
        "billed_seconds": 4.0, "free_seconds": 1.0, "amount": "0.000400", "currency": "USD",
    }  # fmt: skip


def test_the_place_in_the_queue(owner: Caller, run: Run) -> None:
    bench = run.bench
    last, first = bench.submit(), bench.submit(priority=1)

    def place(job_id: str) -> tuple[Any, ...]:
        answer = owner.get(f"/jobs/{job_id}/queue").json()
        return answer["state"], answer["position"], answer["waiting_for"]

    assert place(run.claim.job_id) == ("running", None, None)
    assert place(first.id) == ("queued", 1, "slot")
    assert place(last.id) == ("queued", 2, "slot")
    run.finish()
    assert place(first.id) == ("queued", 1, "claim")
    type(bench.worker).objects.update(state="cordoned")
    assert place(first.id) == ("queued", 1, "worker")


def test_the_list_is_filtered_and_paged(owner: Caller, outsider: Caller, run: Run) -> None:
    bench = run.bench
    queued = [bench.submit(name=f"job {number}").id for number in range(3)]

    def ids(**query: Any) -> list[str]:
        return [job["id"] for job in owner.get("/jobs", **query).json()["data"]]

    newest_first = [*reversed(queued), run.claim.job_id]
    assert ids() == newest_first
    assert ids(state="running") == [run.claim.job_id]
    assert ids(state="queued,running") == newest_first
    assert ids(architecture="cnn") == []
    assert ids(pool="default", task="tabular_classification", dataset_version=bench.version.id) == newest_first

    page = owner.get("/jobs", limit=3).json()
    assert [job["id"] for job in page["data"]] == newest_first[:3]
    rest = owner.get("/jobs", limit=3, cursor=page["next_cursor"]).json()
    assert ([job["id"] for job in rest["data"]], rest["next_cursor"]) == (newest_first[3:], None)
    assert outsider.get("/jobs").json()["data"] == []


@pytest.mark.parametrize("query", [{"state": "asleep"}, {"colour": "red"}])
def test_a_filter_that_makes_no_sense(owner: Caller, bench: Bench, query: dict[str, str]) -> None:
    answer = owner.get("/jobs", **query)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, next(iter(query)))


def test_the_list_asks_the_database_as_often_for_many_jobs_as_for_one(owner: Caller, bench: Bench) -> None:
    bench.submit()
    owner.get("/jobs")  # notes when the key was last used
    for expected in (1, 9):
        with table_queries(2):  # key, jobs with pools, models and costs
            assert len(owner.get("/jobs").json()["data"]) == expected
        for _ in range(8):
            bench.submit()


@pytest.mark.parametrize("part", ["events", "logs", "checkpoints", "attempts"])
def test_lists_of_a_job_ask_the_database_as_often_for_many_rows_as_for_one(owner: Caller, run: Run, part: str) -> None:
    path = f"/jobs/{run.claim.job_id}/{part}"
    owner.get(path)
    run.train(1, step=30)
    run.checkpoint(30)
    with table_queries(3):  # key, job, rows
        owner.get(path)


def test_usage_goes_page_by_page_in_whole_attempts(owner: Caller, run: Run) -> None:
    """The totals of each page are those of the whole bill."""
    run.bench.lose_lease()
    again = run.bench.claim()
    assert again is not None
    again.start()
    again.train(2, step=20)
    run.bench.lose_lease()
    path = f"/jobs/{run.claim.job_id}/usage"
    whole = owner.get(path).json()
    assert whole["next_cursor"] is None
    first = owner.get(path, limit=1).json()
    second = owner.get(path, limit=1, cursor=first["next_cursor"]).json()
    assert [line["attempt"] for line in first["data"]] == [1, 1]
    assert {line["attempt"] for line in second["data"]} == {2}
    assert second["next_cursor"] is None
    assert first["data"] + second["data"] == whole["data"]
    assert first["totals"] == second["totals"] == whole["totals"]
