"""What the service answers, as types."""

import copy
import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from trainyard_client import types
from trainyard_client.types import DatasetProblem, Job, Prediction

RAW = {
    "id": "job_1",
    "state": "running",
    "created_at": "2026-01-31T12:00:00Z",
    "started_at": None,
    "cost": {"billed": "0.000500", "held": "0", "cap": "1", "currency": "USD"},
    "spec": {"architecture": {"name": "cnn"}},
    "test_metrics": {"accuracy": 1},
    "of_a_newer_service": [1],
}


def test_attributes_have_types_and_items_are_as_sent() -> None:
    job = Job.model_validate(RAW)
    assert job.created_at == datetime(2026, 1, 31, 12, tzinfo=UTC)
    assert job["created_at"] == "2026-01-31T12:00:00Z"
    assert job.started_at is None
    assert job.cost.billed == Decimal("0.0005")
    assert job.spec["architecture"]["name"] == "cnn"
    assert job["of_a_newer_service"] == [1]
    assert not job.finished


def test_an_answer_is_the_json_that_was_sent() -> None:
    job = Job(RAW)
    assert job == RAW
    assert json.loads(json.dumps(job)) == json.loads(job.model_dump_json()) == RAW
    assert copy.deepcopy(job).cost == RAW["cost"]
    assert repr(job).startswith("Job({'id': 'job_1'")
    assert "cost" in dir(job)


def test_a_field_that_an_older_service_lacks_says_so() -> None:
    with pytest.raises(AttributeError, match="'progress' of this Job; it is older"):
        _ = Job(RAW).progress
    with pytest.raises(AttributeError, match="Job has no 'stat'"):
        _ = Job(RAW).stat  # type: ignore[attr-defined]


def test_fields_named_like_methods_of_dictionaries_end_in_an_underscore() -> None:
    prediction = Prediction({"values": [1.0, 2.0], "warnings": [{"code": "c", "message": "m", "column": None}]})
    assert prediction.values_ == [1.0, 2.0]
    assert prediction.warnings[0].message == "m"
    assert prediction.label is None


def test_a_problem_names_its_place() -> None:
    problem = DatasetProblem({"file": "a.csv", "row": 3, "column": "x", "code": "c", "message": "No number."})
    assert str(problem) == "a.csv, row 3, column x: No number."


def test_names_of_the_first_release_are_there() -> None:
    for name in ("Problem", "Progress", "Cost", "UsageLine", "Worker", "WorkerSandbox", "InQueue", "PoolQueue"):
        assert issubclass(getattr(types, name), types.Answer)
