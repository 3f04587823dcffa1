"""Whatever a finished model is asked, it answers every input or names the one that it cannot read."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, seed
from hypothesis import strategies as st

from tests.support.architecture_matrix import Datasets, architecture_matrix
from tests.support.fuzz.questions import GOOD, questions
from tests.support.fuzz.scale import tries
from tests.support.tiny_language_model import registered_here
from tests.support.trainings import train_here
from trainyard_engine.core.faults import EngineFault
from trainyard_engine.core.model import LoadedModel
from trainyard_engine.core.model_directory import load_model
from trainyard_engine.core.prediction import predict
from trainyard_spec.engine_protocol import Predictions
from trainyard_spec.tasks import Task

PAIRS = {pair.task: pair for pair in architecture_matrix() if "pretrained" not in pair.name}
"""Of each task one, with the smallest network."""
Asked = Callable[[Task], LoadedModel]


@pytest.fixture(scope="module", autouse=True)
def language_model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with registered_here(tmp_path_factory.mktemp("models")):
        yield


@pytest.fixture(scope="module")
def model_of(tmp_path_factory: pytest.TempPathFactory) -> Asked:
    """Trains a task's model when it is first asked for."""
    directory = tmp_path_factory.mktemp("models")
    data, models = Datasets(directory / "data"), dict[Task, LoadedModel]()

    def asked(task: Task) -> LoadedModel:
        if task not in models:
            case = data.case(PAIRS[task])
            train_here(case.spec, case.data, directory / task)
            models[task] = load_model(directory / task, "cpu", threads=1)
        return models[task]

    return asked


@pytest.mark.parametrize("task", Task)
def test_good_inputs_are_answered(model_of: Asked, task: Task) -> None:
    check_answers(GOOD[task](), predict(model_of(task), as_json(GOOD[task]())))


@pytest.mark.parametrize("task", Task)
@seed(20260102)
@tries(quick=25, full=1_000)
@given(data=st.data())
def test_odd_inputs_are_answered_or_named(model_of: Asked, task: Task, data: st.DataObject) -> None:
    inputs, model = as_json(data.draw(questions(task))), model_of(task)
    try:
        answers = predict(model, inputs)
    except EngineFault as fault:
        check_named(fault, model, inputs)
    else:
        check_answers(inputs, answers)


def as_json(inputs: list[Any]) -> list[Any]:
    """As they come over the wire."""
    found: list[Any] = json.loads(json.dumps(inputs))
    return found


def check_answers(inputs: list[Any], answers: list[dict[str, Any]]) -> None:
    """One each, that a strict reader of JSON takes and a database holds."""
    assert len(answers) == len(inputs)
    told = Predictions(predictions=tuple(answers)).model_dump_json()
    assert "\\u0000" not in told.replace("\\\\", "")
    json.loads(told, parse_constant=lambda name: pytest.fail(f"{name} in {told[:200]}"))
    for answer in answers:
        assert all(0 <= share <= 1 for share in answer.get("probabilities", {}).values())


def check_named(fault: EngineFault, model: LoadedModel, inputs: list[Any]) -> None:
    """By itself it cannot be read either."""
    failed = fault.failed
    assert (failed.fault, failed.code) == ("user", "invalid_input")
    field, number, *_ = (failed.field or "").split(".")
    assert field == "inputs"
    bad = int(number)
    assert failed.message.startswith(f"Input {bad}")
    assert "\x00" not in f"{failed.message}{failed.hint}{failed.field}"
    assert len(failed.message) < 1_000
    assert failed.model_dump_json()
    with pytest.raises(EngineFault, match="Input 0"):
        predict(model, [inputs[bad]])
