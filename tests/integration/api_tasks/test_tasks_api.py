"""``/tasks``: the task registry, as forms and clients read it."""

from typing import Any

import pytest
from django.test import Client

from tests.support.platform import Caller
from trainyard_spec.architectures import ARCHITECTURES
from trainyard_spec.compile_options import CompileOptions
from trainyard_spec.tasks import Task

pytestmark = pytest.mark.one_database


def entry(caller: Caller, name: str) -> dict[str, Any]:
    found: dict[str, Any] = caller.get(f"/tasks/{name}").json()
    return found


def test_the_list_is_the_registry(owner: Caller) -> None:
    listed = owner.get("/tasks").json()["data"]
    assert [task["name"] for task in listed] == list(Task)
    assert all(task == entry(owner, task["name"]) for task in listed)


def test_a_classification_says_what_a_form_needs(owner: Caller) -> None:
    task = entry(owner, "tabular_classification")
    assert task["losses"] == ["cross_entropy", "focal", "bce"]
    assert task["default_loss"] == "cross_entropy"
    directions = {metric["name"]: metric["direction"] for metric in task["metrics"]}
    assert (directions["accuracy"], directions["loss"]) == ("maximize", "minimize")
    assert task["default_metric"] == "accuracy"
    assert task["stopping_metrics"] == ["val_loss", "val_accuracy"]
    assert task["splits"] == ["random", "time", "group", "given"]
    assert {role["name"]: role["required"] for role in task["roles"]}["target"] is True
    assert "mlp" in task["architectures"]


def test_a_forecast_is_split_by_time_and_has_a_section_of_its_own(owner: Caller) -> None:
    task = entry(owner, "time_series_forecasting")
    assert (task["splits"], task["default_split"], task["sections"]) == (["time", "given"], "time", ["series"])
    assert {role["name"] for role in task["roles"] if role["required"]} == {"target", "time"}


@pytest.mark.parametrize("name", Task)
def test_an_entry_agrees_with_what_else_is_told_of_it(owner: Caller, name: str) -> None:
    task = entry(owner, name)
    assert task["default_metric"] in {metric["name"] for metric in task["metrics"]}
    assert set(task["options"]) <= CompileOptions.model_fields.keys()
    assert {role["name"] for role in task["roles"]} <= set(task["options"])
    assert task["architectures"] == [found for found, config in ARCHITECTURES.items() if name in config.tasks]
    assert {each["architecture"] for each in task["recommended"]} <= set(task["architectures"])


def test_an_unknown_name_is_told_the_known_ones(owner: Caller) -> None:
    answer = owner.get("/tasks/no_such_task")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert "translation" in answer.json()["hint"]


@pytest.mark.parametrize("path", ["/tasks", "/tasks/translation"])
def test_everybody_who_is_somebody_may_read_it(
    owner: Caller, teammate: Caller, outsider: Caller, anonymous: Client, path: str
) -> None:
    assert [caller.get(path).status_code for caller in (owner, teammate, outsider)] == [200] * 3
    assert anonymous.get(f"/api/v1{path}").status_code == 401
