"""``bce`` of two classes asks one question, with one output; models that ask two still answer."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from sklearn import metrics as reference
from torch.nn import functional

from tests.support.compiled import make_spec, small_table
from tests.support.trainings import interrupted_here, train_here
from trainyard_engine.core.model import ModelConfig, NetworkForm
from trainyard_engine.core.model_directory import load_model
from trainyard_engine.core.prediction import predict
from trainyard_engine.tasks.shared.classification import Classification, logits_of
from trainyard_spec.validation import parse_training_spec

ROWS = [{"n0": 5.0, "n1": 1.0, "n2": 0.0, "n3": 2.0, "k0": "red", "k1": None}, {"n0": -20.0, "n1": 30.0, "k0": "blue"}]


def spec_of(**training: Any) -> dict[str, Any]:
    options = {"loss": "bce", "checkpoint": {"every_steps": 3}, **training}
    return make_spec("tabular_classification", {"name": "mlp", "hidden": [6]}, **options)


def objective(weights: tuple[float, ...] = (), **regularization: float) -> Classification:
    spec = parse_training_spec(spec_of(regularization=regularization))
    return Classification(spec, ("no", "yes"), weights, logits=1)


@pytest.fixture
def logits() -> torch.Tensor:
    return 3 * torch.randn(50, 1, generator=torch.Generator().manual_seed(2))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return small_table(tmp_path / "data", rows=100)


@pytest.fixture
def earlier_release(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Trains with an output for each class, as releases did that said nothing of outputs; returns what ends that."""
    monkeypatch.setattr("trainyard_engine.core.preparation.form_of", lambda *_: NetworkForm())
    return monkeypatch.undo


def test_only_bce_of_two_classes_has_a_single_logit() -> None:
    spec = parse_training_spec(spec_of())
    assert [logits_of(spec, classes) for classes in (("a", "b"), ("a", "b", "c"))] == [1, 3]
    assert logits_of(parse_training_spec(spec_of(loss="focal")), ("a", "b")) == 2


def test_the_loss_is_torchs_binary_cross_entropy_of_the_second_class(logits: torch.Tensor) -> None:
    target = torch.arange(50) % 3 % 2
    losses = functional.binary_cross_entropy_with_logits(logits[:, 0], target.float(), reduction="none")
    torch.testing.assert_close(objective().loss(logits, target).mean, losses.mean())
    weights = torch.tensor([0.5, 4.0])[target]
    weighted = (losses * weights).sum() / weights.sum()
    torch.testing.assert_close(objective((0.5, 4.0)).loss(logits, target).mean, weighted)
    softer = functional.binary_cross_entropy_with_logits(logits[:, 0], target * 0.8 + 0.1)
    torch.testing.assert_close(objective(label_smoothing=0.2).loss(logits, target).mean, softer)


def test_it_is_judged_as_scikit_learn_judges_the_probability_of_the_second_class(logits: torch.Tensor) -> None:
    target = torch.arange(50) % 3 % 2
    evaluation = objective().evaluation(final=True)
    evaluation.judge(logits, target)
    found, report = evaluation.result()
    probabilities = logits[:, 0].double().sigmoid()
    assert found["loss"] == pytest.approx(reference.log_loss(target, probabilities))
    assert found["accuracy"] == reference.accuracy_score(target, probabilities > 0.5)
    assert found["roc_auc"] == pytest.approx(reference.roc_auc_score(target, logits[:, 0]))
    assert report is not None
    assert np.array_equal(report.confusion, reference.confusion_matrix(target, probabilities > 0.5))
    assert objective().step_metrics(logits, target)["accuracy"].mean.item() == pytest.approx(found["accuracy"])


def last_layer(out: Path) -> int:
    """Outputs of the network that lies in ``out``."""
    model = load_model(out, "cpu", threads=1)
    return [len(tensor) for name, tensor in model.network.state_dict().items() if name.endswith("bias")][-1]


def test_a_model_answers_with_the_probabilities_of_both_classes(data: Path, tmp_path: Path) -> None:
    train_here(spec_of(), data, tmp_path / "out")
    assert json.loads((tmp_path / "out" / "config.json").read_text())["form"]["logits"] == 1
    assert last_layer(tmp_path / "out") == 1
    answers = predict(load_model(tmp_path / "out", "cpu", threads=1), ROWS)
    for answer in answers:
        assert sum(answer["probabilities"].values()) == pytest.approx(1)
        assert answer["label"] == max(answer["probabilities"], key=answer["probabilities"].get)


def test_a_model_of_an_earlier_release_answers_as_it_did(
    data: Path, tmp_path: Path, earlier_release: Callable[[], None]
) -> None:
    train_here(spec_of(), data, tmp_path / "out")
    earlier_release()
    config = json.loads((tmp_path / "out" / "config.json").read_text())
    assert config.pop("form") == NetworkForm(logits=None, has_pooler=True).model_dump()
    assert ModelConfig.model_validate(config).form == NetworkForm()
    assert last_layer(tmp_path / "out") == 2
    for answer in predict(load_model(tmp_path / "out", "cpu", threads=1), ROWS):
        assert sum(answer["probabilities"].values()) != pytest.approx(1, abs=1e-6)


def test_a_training_that_an_earlier_release_began_goes_on_with_its_outputs(
    data: Path, tmp_path: Path, earlier_release: Callable[[], None]
) -> None:
    undisturbed = train_here(spec_of(), data, tmp_path / "undisturbed")[-1]
    asked = iter([False] * 4)
    train_here(spec_of(), data, tmp_path / "out", should_stop=lambda: next(asked, True))
    earlier_release()
    resumed = train_here(spec_of(), data, tmp_path / "out")
    assert resumed[0]["resumed_from"] == 4
    assert resumed[-1]["weights_sha256"] == undisturbed["weights_sha256"]


def test_interrupted_it_ends_with_the_same_bits(data: Path, tmp_path: Path) -> None:
    undisturbed = train_here(spec_of(), data, tmp_path / "undisturbed")[-1]
    resumed = interrupted_here(spec_of(), data, tmp_path / "out", after=(4,))[-1]
    assert resumed["weights_sha256"] == undisturbed["weights_sha256"]
