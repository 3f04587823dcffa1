"""Models, compiled data and half-done trainings of earlier releases, as those left them, are read by this one.

``tests/fixtures/releases/<commit>`` is what the sources of that commit wrote: ``tests/support/releases.py`` says how.
"""

import json
import zipfile
from pathlib import Path

import pytest
import safetensors.torch
from torch.testing import assert_close

from tests.support.trainings import train_here
from trainyard_engine.core.atomic_io import check_files
from trainyard_engine.core.checkpoint import CheckpointStore
from trainyard_engine.core.dataset import open_dataset
from trainyard_engine.core.model_directory import load_model, read_manifest
from trainyard_engine.core.precision import choose_compute
from trainyard_engine.core.prediction import predict
from trainyard_engine.core.preparation import prepare
from trainyard_engine.distributed.collectives import Group
from trainyard_spec.validation import parse_training_spec

SENSITIVE = {"recommendation-two_tower", "tabular_classification-mlp"}
FIXTURES = Path(__file__).parents[2] / "fixtures" / "releases"
LEFT = sorted(FIXTURES.glob("*/*.zip"))


@pytest.fixture(params=LEFT, ids=[f"{path.parent.name}-{path.stem}" for path in LEFT])
def left(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    with zipfile.ZipFile(request.param) as archive:
        archive.extractall(tmp_path)
    return tmp_path


def test_a_model_answers_what_it_answered(left: Path) -> None:
    assert_answers_as_before(left, left / "model")


def test_a_half_done_training_is_taken_up_with_all_that_it_knew(left: Path) -> None:
    """To the bit, on any machine: weights, the optimizer's moments, the best weights so far and their average."""
    spec = parse_training_spec(json.loads((left / "spec.json").read_text()))
    checkpoint = CheckpointStore(left / "interrupted" / "checkpoints", keep=2).newest(warn=pytest.fail)
    assert checkpoint is not None
    training = prepare(
        spec,
        open_dataset(left / "data"),
        choose_compute("cpu", spec.training.precision),
        begun=checkpoint.state,
        name=checkpoint.state.training,
        threads=checkpoint.state.threads,
        group=Group(),
        warn=pytest.fail,
    )
    training.restore(checkpoint)
    again = training.snapshot()
    for part in ("weights", "optimizer", "best", "average"):
        assert_close(getattr(again, part), getattr(checkpoint, part), rtol=0, atol=0)
    assert (again.state.step, again.state.best, again.state.losses) == (
        checkpoint.state.step,
        checkpoint.state.best,
        checkpoint.state.losses,
    )


def test_a_half_done_training_ends_as_it_would_have(left: Path) -> None:
    """By name the same training, from its checkpoint, to a model of the same tensors.

    Its figures are one machine's. Where Adam's steps do not make much of what another machine rounds otherwise, its
    answers are the same to four digits; a table's network with biases before a batch normalization, whose gradients are
    nothing but rounding, and the short vectors of a recommender end elsewhere on each.
    """
    spec = json.loads((left / "spec.json").read_text())
    (checkpoint,) = (left / "interrupted" / "checkpoints").iterdir()
    messages = train_here(spec, left / "data", left / "interrupted")
    started = next(message for message in messages if message["type"] == "started")
    assert started["resumed_from"] == int(checkpoint.name.removeprefix("step-"))
    before, now = (safetensors.torch.load_file(left / out / "model.safetensors") for out in ("model", "interrupted"))
    assert {name: tensor.shape for name, tensor in now.items()} == {name: one.shape for name, one in before.items()}
    if spec["name"] not in SENSITIVE:
        assert_answers_as_before(left, left / "interrupted")


def test_a_finished_training_is_not_begun_again(left: Path) -> None:
    spec = json.loads((left / "spec.json").read_text())
    messages = train_here(spec, left / "data", left / "model")
    assert [message["type"] for message in messages] == ["result"]
    check_files(left / "model", read_manifest(left / "model").files)


def assert_answers_as_before(left: Path, directory: Path) -> None:
    answers = predict(load_model(directory, "cpu", threads=1), json.loads((left / "inputs.json").read_text())["inputs"])
    before = json.loads((left / "predictions.json").read_text())
    assert len(answers) == len(before) > 0
    for answer, known in zip(answers, before, strict=True):
        assert rounded({name: answer[name] for name in known}) == rounded(known)


def rounded(value: object) -> object:
    """Numbers to four digits: a sum over another number of vector lanes differs in the last ones."""
    if isinstance(value, dict):
        return {name: rounded(part) for name, part in value.items()}
    if isinstance(value, list):
        return [rounded(part) for part in value]
    return pytest.approx(value, rel=1e-3, abs=1e-4) if isinstance(value, float) else value
