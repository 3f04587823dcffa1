"""``/compat/mlflow``, what MLflow's client writes: who may, what is refused whole, and what it costs the database."""

import json
from typing import Any

import pytest

from tests.support.platform import Caller, caller_of
from tests.support.queries import table_queries
from trainyard.tenants.models import Organization, Role

RUN_WRITES: dict[str, dict[str, Any]] = {
    "update": {"status": "FINISHED"},
    "delete": {},
    "restore": {},
    "set-tag": {"key": "a", "value": "b"},
    "log-metric": {"key": "loss", "value": 1, "timestamp": 1},
    "log-parameter": {"key": "a", "value": "b"},
    "log-batch": {"metrics": [{"key": "loss", "value": 1, "timestamp": 1, "step": 0}]},
    "log-inputs": {"datasets": [{"dataset": {"name": "a"}}]},
}


API = "/compat/mlflow/api/2.0/mlflow"


def post(caller: Caller, path: str, /, **body: Any) -> Any:
    return caller._client.post(f"{API}/{path}", json.dumps(body), content_type="application/json")


def read(caller: Caller, run_id: str) -> Any:
    return caller._client.get(f"{API}/runs/get", query_params={"run_id": run_id}).json()["run"]


@pytest.fixture
def experiment_id(owner: Caller) -> str:
    return str(post(owner, "experiments/create", name="by hand").json()["experiment_id"])


@pytest.fixture
def run_id(owner: Caller, experiment_id: str) -> str:
    body = post(owner, "runs/create", experiment_id=experiment_id, run_name="one", start_time=7).json()
    return str(body["run"]["info"]["run_id"])


@pytest.mark.parametrize("write", RUN_WRITES)
def test_a_member_may_write_a_viewer_not_and_an_outsider_finds_nothing(
    owner: Caller, organization: Organization, outsider: Caller, run_id: str, write: str
) -> None:
    body = {"run_id": run_id, **RUN_WRITES[write]}
    member, viewer = caller_of(organization, Role.MEMBER), caller_of(organization, Role.VIEWER)
    for caller, expected in ((viewer, (403, "PERMISSION_DENIED")), (outsider, (404, "RESOURCE_DOES_NOT_EXIST"))):
        before = read(owner, run_id)
        answer = post(caller, f"runs/{write}", **body)
        assert (answer.status_code, answer.json()["error_code"]) == expected
        assert read(owner, run_id) == before
    assert post(member, f"runs/{write}", **body).status_code == 200


@pytest.mark.parametrize(
    ("write", "body"),
    [
        ("log-metric", {"key": "loss", "value": "much", "timestamp": 1}),
        ("log-metric", {"key": "loss", "value": 1, "timestamp": 2**63}),
        ("log-metric", {"key": "", "value": 1, "timestamp": 1}),
        ("log-parameter", {"key": "a", "value": "b" * 6_001}),
        ("set-tag", {"key": "k" * 251, "value": "b"}),
        ("log-batch", {"metrics": [{"key": "loss", "value": 1, "timestamp": 1}] * 1_001}),
        ("log-batch", {"params": [{"key": "a", "value": "1"}] * 101}),
        ("update", {"status": "DONE"}),
    ],
)
def test_what_is_out_of_range_is_refused(owner: Caller, run_id: str, write: str, body: dict[str, Any]) -> None:
    answer = post(owner, f"runs/{write}", run_id=run_id, **body)
    assert (answer.status_code, answer.json()["error_code"]) == (400, "INVALID_PARAMETER_VALUE")


def test_a_batch_is_logged_whole_or_not_at_all(owner: Caller, run_id: str) -> None:
    assert post(owner, "runs/log-parameter", run_id=run_id, key="rate", value="1").status_code == 200
    points = [{"key": "loss", "value": 1, "timestamp": 1, "step": 0}]
    params = [{"key": "new", "value": "1"}, {"key": "rate", "value": "2"}]
    assert post(owner, "runs/log-batch", run_id=run_id, metrics=points, params=params).status_code == 400
    data = read(owner, run_id)["data"]
    assert (data["metrics"], data["params"]) == ([], [{"key": "rate", "value": "1"}])


def test_what_comes_late_is_no_newer_and_what_comes_twice_is_there_once(owner: Caller, run_id: str) -> None:
    for step in (5, 3, 5):
        post(owner, "runs/log-metric", run_id=run_id, key="loss", value=step / 10, timestamp=step, step=step)
    assert read(owner, run_id)["data"]["metrics"] == [{"key": "loss", "value": 0.5, "timestamp": 5, "step": 5}]
    query = {"run_id": run_id, "metric_key": "loss"}
    history = owner._client.get(f"{API}/metrics/get-history", query_params=query).json()
    assert [point["step"] for point in history["metrics"]] == [3, 5]


def test_a_larger_batch_costs_the_database_no_more_statements(owner: Caller, run_id: str) -> None:
    for count in (2, 50):
        points = [{"key": f"m{n}", "value": n, "timestamp": 1, "step": count} for n in range(count)]
        params = [{"key": f"p{count}-{n}", "value": "1"} for n in range(count)]
        with table_queries(9):
            assert post(owner, "runs/log-batch", run_id=run_id, metrics=points, params=params).status_code == 200


def test_an_experiment_of_another_organization_is_none(owner: Caller, outsider: Caller, experiment_id: str) -> None:
    for path, body in (
        ("experiments/update", {"new_name": "x"}),
        ("experiments/delete", {}),
        ("experiments/set-experiment-tag", {"key": "a", "value": "b"}),
        ("runs/create", {}),
    ):
        assert post(outsider, path, experiment_id=experiment_id, **body).status_code == 404
    assert post(owner, "experiments/create", name="by hand").json()["error_code"] == "RESOURCE_ALREADY_EXISTS"
    assert post(outsider, "experiments/create", name="by hand").status_code == 200
