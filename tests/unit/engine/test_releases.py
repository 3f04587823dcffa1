"""Models, compiled data and half-done trainings of earlier releases, as those left them, are read by this one.

``tests/fixtures/releases/<commit>`` is what the sources of that commit wrote: ``tests/support/releases.py`` says how.
"""

import json
import math
import zipfile
from pathlib import Path

import pytest
import safetensors.torch
import torch

from tests.support.trainings import train_here
from trainyard_engine.core.atomic_io import check_files
from trainyard_engine.core.model_directory import load_model, read_manifest
from trainyard_engine.core.prediction import predict

Weights = dict[str, torch.Tensor]
FIXTURES = Path(__file__).parents[2] / "fixtures" / "releases"
LEFT = sorted(FIXTURES.glob("*/*.zip"))


@pytest.fixture(params=LEFT, ids=[f"{path.parent.name}-{path.stem}" for path in LEFT])
def left(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    with zipfile.ZipFile(request.param) as archive:
        archive.extractall(tmp_path)
    return tmp_path


def test_a_model_answers_what_it_answered(left: Path) -> None:
    model = load_model(left / "model", "cpu", threads=1)
    answers = predict(model, json.loads((left / "inputs.json").read_text())["inputs"])
    before = json.loads((left / "predictions.json").read_text())
    assert len(answers) == len(before) > 0
    for answer, known in zip(answers, before, strict=True):
        assert rounded({name: answer[name] for name in known}) == rounded(known)


def test_a_half_done_training_ends_as_it_would_have(left: Path) -> None:
    """The same checkpoint state, names of tensors and name of the training; bits are one machine's, numbers all's."""
    spec = json.loads((left / "spec.json").read_text())
    (checkpoint,) = (left / "interrupted" / "checkpoints").iterdir()
    begun = safetensors.torch.load_file(checkpoint / "weights.safetensors")
    messages = train_here(spec, left / "data", left / "interrupted")
    started = next(message for message in messages if message["type"] == "started")
    assert started["resumed_from"] == int(checkpoint.name.removeprefix("step-"))
    before = safetensors.torch.load_file(left / "model" / "model.safetensors")
    now = safetensors.torch.load_file(left / "interrupted" / "model.safetensors")
    assert now.keys() == before.keys()
    # What machines round otherwise grows by Adam's steps: on one to 8 % of the way that was left.
    assert distance(now, before) < 0.15 * distance(before, begun)


def test_a_finished_training_is_not_begun_again(left: Path) -> None:
    spec = json.loads((left / "spec.json").read_text())
    messages = train_here(spec, left / "data", left / "model")
    assert [message["type"] for message in messages] == ["result"]
    check_files(left / "model", read_manifest(left / "model").files)


def distance(one: Weights, other: Weights) -> float:
    """Euclidean, over all weights together."""
    return math.sqrt(sum(float((one[name].double() - other[name].double()).square().sum()) for name in other))


def rounded(value: object) -> object:
    """Numbers to four digits: a sum over another number of vector lanes differs in the last ones."""
    if isinstance(value, dict):
        return {name: rounded(part) for name, part in value.items()}
    if isinstance(value, list):
        return [rounded(part) for part in value]
    return pytest.approx(value, rel=1e-3, abs=1e-4) if isinstance(value, float) else value
