"""``/compat/mlflow``: jobs as runs, datasets as experiments; who sees them, and what they cost the database."""

import json
from typing import Any

import pytest
from django.test import Client

from tests.support.finished_models import CONTENTS, finished_model
from tests.support.jobs import Bench
from tests.support.platform import Caller
from tests.support.queries import table_queries
from trainyard.jobs.models import Job
from trainyard.registry.models import Model


def get(caller: Caller, path: str, /, **query: Any) -> Any:
    return caller._client.get(f"/compat/mlflow/api/2.0/{path}", query_params=query)


def post(caller: Caller, path: str, /, **body: Any) -> Any:
    return caller._client.post(f"/compat/mlflow/api/2.0/{path}", json.dumps(body), content_type="application/json")


def found(caller: Caller, **body: Any) -> list[str]:
    """The ids of the runs that a search finds."""
    answer = post(caller, "mlflow/runs/search", **body)
    assert answer.status_code == 200, answer.content
    return [run["info"]["run_id"] for run in answer.json()["runs"]]


def test_a_finished_job_is_a_finished_run(model: Model, owner: Caller, bench: Bench) -> None:
    run = get(owner, "mlflow/runs/get", run_id=model.job_id).json()["run"]
    info, data = run["info"], run["data"]
    dataset_id = bench.version.dataset_id
    assert (info["status"], info["experiment_id"]) == ("FINISHED", dataset_id)
    assert info["artifact_uri"] == f"mlflow-artifacts:/{dataset_id}/{model.job_id}/artifacts"
    assert info["end_time"] > info["start_time"] > 1_700_000_000_000
    assert {metric["key"]: metric["value"] for metric in data["metrics"]}["test_accuracy"] == 0.9
    params = {param["key"]: param["value"] for param in data["params"]}
    assert params["architecture.name"] == "mlp"
    assert all(isinstance(value, str) for value in params.values())


def test_searches_hold_runs_against_what_they_show(owner: Caller, bench: Bench) -> None:
    older, newer = finished_model(bench, name="older").job_id, finished_model(bench, name="newer").job_id
    experiments = [bench.version.dataset_id]
    assert found(owner, experiment_ids=experiments) == [newer, older]
    assert found(owner, experiment_ids=experiments, filter="run_name = 'older'") == [older]
    assert found(owner, experiment_ids=experiments, filter="metrics.test_accuracy > 0.95") == []
    matching = "metrics.test_accuracy >= 0.9 AND params.architecture.name = 'mlp' and tags.mlflow.runName LIKE 'new%'"
    assert found(owner, experiment_ids=experiments, filter=matching) == [newer]
    assert found(owner, experiment_ids=experiments, order_by=["attributes.run_name DESC"]) == [older, newer]
    assert found(owner, experiment_ids=experiments, order_by=["metrics.test_accuracy DESC", "run_name"])[0] == newer
    assert found(owner, experiment_ids=experiments, run_view_type="DELETED_ONLY") == []
    assert found(owner, experiment_ids=["0"]) == []


@pytest.mark.parametrize("more", [{}, {"filter": "status = 'FINISHED'"}, {"order_by": ["start_time DESC"]}])
def test_pages_hold_each_run_once(owner: Caller, bench: Bench, more: dict[str, Any]) -> None:
    ids = [finished_model(bench, name=f"run {number}").job_id for number in range(3)]
    seen: list[str] = []
    asked = {"experiment_ids": [bench.version.dataset_id], "max_results": 2, **more}
    token: str | None = ""
    while token is not None:
        body = post(owner, "mlflow/runs/search", page_token=token, **asked).json()
        seen += [run["info"]["run_id"] for run in body["runs"]]
        token = body.get("next_page_token")
    assert seen == ids[::-1]


def test_a_search_asks_the_database_as_often_for_many_runs_as_for_one(owner: Caller, bench: Bench) -> None:
    for number in range(3):
        finished_model(bench, name=f"run {number}")
    asked = {"experiment_ids": [bench.version.dataset_id], "filter": "metrics.test_accuracy > 0"}
    assert len(found(owner, **asked)) == 3  # the first request of a while notes that the key was used
    with table_queries(4):
        found(owner, **asked)
    with table_queries(4):
        found(owner, order_by=["start_time"], **asked)


def test_a_dataset_is_an_experiment(owner: Caller, bench: Bench) -> None:
    dataset_id = bench.version.dataset_id
    for answer in (
        get(owner, "mlflow/experiments/get-by-name", experiment_name="penguins"),
        get(owner, "mlflow/experiments/get", experiment_id=dataset_id),
    ):
        assert (answer.json()["experiment"]["experiment_id"], answer.json()["experiment"]["name"]) == (
            dataset_id,
            "penguins",
        )
    named = post(owner, "mlflow/experiments/search", filter="name LIKE 'peng%'", max_results=10).json()
    assert [experiment["experiment_id"] for experiment in named["experiments"]] == [dataset_id]
    assert post(owner, "mlflow/experiments/search", filter="name = 'other'").json() == {"experiments": []}


def test_a_model_s_files_are_artifacts(model: Model, owner: Caller, bench: Bench) -> None:
    root = f"{bench.version.dataset_id}/{model.job_id}/artifacts"
    files = get(owner, "mlflow-artifacts/artifacts", path=root).json()["files"]
    assert {file["path"]: file["file_size"] for file in files} == {name: len(text) for name, text in CONTENTS.items()}
    answer = get(owner, f"mlflow-artifacts/artifacts/{root}/config.json")
    assert b"".join(answer.streaming_content) == CONTENTS["config.json"]
    assert get(owner, f"mlflow-artifacts/artifacts/{root}/missing").status_code == 404
    assert get(owner, "mlflow-artifacts/artifacts", path="elsewhere").status_code == 404


def test_a_test_metric_has_one_point(model: Model, owner: Caller) -> None:
    body = get(owner, "mlflow/metrics/get-history", run_id=model.job_id, metric_key="test_accuracy").json()
    assert [point["value"] for point in body["metrics"]] == [0.9]
    assert get(owner, "mlflow/metrics/get-history", run_id=model.job_id, metric_key="none").json() == {"metrics": []}


def test_a_teammate_reads_and_an_outsider_finds_nothing(
    model: Model, teammate: Caller, outsider: Caller, bench: Bench
) -> None:
    experiment, root = bench.version.dataset_id, f"{bench.version.dataset_id}/{model.job_id}/artifacts"
    reads = [
        ("mlflow/runs/get", {"run_id": model.job_id}),
        ("mlflow/metrics/get-history", {"run_id": model.job_id, "metric_key": "test_accuracy"}),
        ("mlflow/experiments/get", {"experiment_id": experiment}),
        ("mlflow/experiments/get-by-name", {"experiment_name": "penguins"}),
        ("mlflow-artifacts/artifacts", {"path": root}),
        (f"mlflow-artifacts/artifacts/{root}/config.json", {}),
    ]
    for path, query in reads:
        answer = get(teammate, path, **query)
        assert answer.status_code == 200
        assert b"".join(answer)  # to its end, which closes the file
        answer = get(outsider, path, **query)
        assert (answer.status_code, answer.json()["error_code"]) == (404, "RESOURCE_DOES_NOT_EXIST")
    assert found(teammate, experiment_ids=[experiment]) == [model.job_id]
    assert found(outsider, experiment_ids=[experiment]) == []
    assert post(outsider, "mlflow/experiments/search").json() == {"experiments": []}


def test_nobody_is_told_in_mlflow_s_words(anonymous: Client) -> None:
    answer = anonymous.get("/compat/mlflow/api/2.0/mlflow/runs/get?run_id=job_1")
    assert (answer.status_code, answer.json()["error_code"]) == (401, "UNAUTHENTICATED")
    assert answer.headers["Content-Type"] == "application/json"
    assert set(answer.json()) == {"error_code", "message"}


def test_what_cannot_be_read_is_named(owner: Caller) -> None:
    answer = post(owner, "mlflow/runs/search", experiment_ids=["ds_1"], filter="metric.loss ~ 3")
    assert (answer.status_code, answer.json()["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
    assert post(owner, "mlflow/runs/search", max_results=0).status_code == 400
    assert get(owner, "mlflow/runs/get").status_code == 400
    assert get(owner, "mlflow/traces/none").json()["error_code"] == "ENDPOINT_NOT_FOUND"


def test_a_test_metric_is_named_after_its_part_of_the_data(model: Model, owner: Caller) -> None:
    Job.across_tenants.filter(id=model.job_id).update(test_metrics={"accuracy": 0.8})
    assert found(owner, experiment_ids=[model.job.dataset_version.dataset_id], filter="metrics.test_accuracy = 0.8")
    body = get(owner, "mlflow/metrics/get-history", run_id=model.job_id, metric_key="test_accuracy").json()
    assert [point["value"] for point in body["metrics"]] == [0.8]
