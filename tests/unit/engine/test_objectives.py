"""Losses and metrics against scikit-learn and the formulas written out."""

import math

import numpy as np
import pytest
import torch
from sklearn import metrics as reference
from torch import nn

from tests.support.compiled import make_spec
from trainyard_engine.core.statistics import Statistics
from trainyard_engine.tasks.shared.classification import Classification
from trainyard_engine.tasks.shared.regression import Regression, add_penalty_gradients
from trainyard_spec.engine_protocol import ClassReport
from trainyard_spec.training import RegularizationConfig
from trainyard_spec.validation import parse_training_spec

CLASSES = ("a", "b", "c", "d")


def classification(
    class_weights: tuple[float, ...] = (), *, loss: str = "auto", gamma: float = 2.0, **regularization: float
) -> Classification:
    options = {"loss": loss, "focal_gamma": gamma, "regularization": regularization}
    spec = make_spec("tabular_classification", {"name": "mlp"}, **options)
    return Classification(parse_training_spec(spec), CLASSES, class_weights)


def regression(loss: str = "auto") -> Regression:
    spec = parse_training_spec(make_spec("tabular_regression", {"name": "mlp"}, loss=loss))
    return Regression(spec, Statistics(shift=(), scale=(), target_mean=10.0, target_std=4.0))


def judged(
    objective: Classification | Regression, outputs: torch.Tensor, target: torch.Tensor, *, final: bool = False
) -> tuple[dict[str, float], ClassReport | None]:
    """What an evaluation in two batches says."""
    evaluation = objective.evaluation(final=final)
    for rows in torch.arange(len(target)).tensor_split(2):
        if len(rows):
            evaluation.judge(outputs[rows], target[rows])
    return evaluation.result()


@pytest.fixture
def logits() -> torch.Tensor:
    return torch.tensor(np.random.default_rng(3).normal(size=(60, 4)), dtype=torch.float32)


def test_classification_metrics_agree_with_scikit_learn(logits: torch.Tensor) -> None:
    # Class 3 is never true and sometimes predicted: it counts in the macro mean all the same.
    target = torch.arange(60) % 3
    found, _ = judged(classification(label_smoothing=0.3), logits, target)
    predicted = logits.argmax(1)
    assert found["accuracy"] == pytest.approx(reference.accuracy_score(target, predicted))
    assert found["f1_macro"] == pytest.approx(reference.f1_score(target, predicted, average="macro"))
    probabilities = torch.softmax(logits.double(), 1)
    assert found["loss"] == pytest.approx(reference.log_loss(target, probabilities, labels=range(4)))


def test_a_finished_classification_is_judged_as_scikit_learn_judges_it(logits: torch.Tensor) -> None:
    target = torch.arange(60) % 3
    predicted, probabilities = logits.argmax(1), logits.softmax(1).numpy()
    found, _ = judged(classification(), logits, target, final=True)
    options = {"average": "macro", "labels": range(4), "zero_division": 0}
    assert found["precision_macro"] == pytest.approx(reference.precision_score(target, predicted, **options))
    present = [reference.recall_score(target == name, predicted == name) for name in range(3)]
    # Class 3 is in no row but some predictions, and so counts with a recall of 0.
    assert found["recall_macro"] == pytest.approx(sum(present) / 4)
    assert found["f1_micro"] == pytest.approx(found["accuracy"])
    areas = [reference.roc_auc_score(target == name, probabilities[:, name]) for name in range(3)]
    assert found["roc_auc"] == pytest.approx(sum(areas) / 3)


def test_the_class_report_is_scikit_learns(logits: torch.Tensor) -> None:
    target = torch.arange(60) % 4
    predicted = logits.argmax(1)
    _, report = judged(classification(), logits, target, final=True)
    assert report is not None
    precision, recall, f1, rows = reference.precision_recall_fscore_support(target, predicted)
    assert report.classes == CLASSES
    for found, expected in ((report.precision, precision), (report.recall, recall), (report.f1, f1)):
        assert found == pytest.approx(expected.tolist())
    assert report.rows == tuple(rows.tolist())
    assert [list(row) for row in report.confusion] == reference.confusion_matrix(target, predicted).tolist()


def test_binary_losses_ask_about_each_class_alone(logits: torch.Tensor) -> None:
    target = torch.arange(60) % 4
    probabilities, answers = logits.double().sigmoid().numpy(), np.eye(4)[target]
    expected = -(answers * np.log(probabilities) + (1 - answers) * np.log(1 - probabilities)).mean()
    plain = classification(loss="bce")
    assert plain.loss(logits, target).mean.item() == pytest.approx(expected, rel=1e-5)
    assert judged(plain, logits, target)[0]["loss"] == pytest.approx(expected, rel=1e-9)
    np.testing.assert_allclose(plain.probabilities(logits), probabilities, rtol=1e-5)

    softer = answers * 0.8 + 0.1
    smoothed = -(softer * np.log(probabilities) + (1 - softer) * np.log(1 - probabilities)).mean()
    assert classification(loss="bce", label_smoothing=0.2).loss(logits, target).mean.item() == pytest.approx(
        smoothed, rel=1e-5
    )
    weights = np.array([1.0, 2.0, 3.0, 0.5])
    losses = -(answers * np.log(probabilities) + (1 - answers) * np.log(1 - probabilities)).mean(axis=1)
    weighted = (losses * weights[target]).sum() / weights[target].sum()
    assert classification(tuple(weights), loss="bce").loss(logits, target).mean.item() == pytest.approx(
        weighted, rel=1e-5
    )


def test_label_smoothing_mixes_the_uniform_distribution_in(logits: torch.Tensor) -> None:
    target = torch.arange(60) % 4
    log = torch.log_softmax(logits, 1)
    plain = -log.gather(1, target[:, None]).mean()
    expected = 0.9 * plain + 0.1 * -log.mean()
    assert classification(label_smoothing=0.1).loss(logits, target).mean.item() == pytest.approx(
        expected.item(), rel=1e-5
    )
    assert classification().loss(logits, target).mean.item() == pytest.approx(plain.item(), rel=1e-5)


def test_class_weights_are_those_of_a_weighted_mean(logits: torch.Tensor) -> None:
    target, weights = torch.arange(60) % 4, torch.tensor([1.0, 2.0, 3.0, 0.5])
    losses = -torch.log_softmax(logits, 1).gather(1, target[:, None]).squeeze(1)
    expected = (losses * weights[target]).sum() / weights[target].sum()
    assert classification((1.0, 2.0, 3.0, 0.5)).loss(logits, target).mean.item() == pytest.approx(
        expected.item(), rel=1e-5
    )


@pytest.mark.parametrize("weights", [(), (1.0, 2.0, 3.0, 0.5)])
def test_the_focal_loss_is_its_formula(logits: torch.Tensor, weights: tuple[float, ...]) -> None:
    target = torch.arange(60) % 4
    right = torch.softmax(logits, 1).gather(1, target[:, None]).squeeze(1)
    counts = torch.tensor(weights or (1.0,) * 4)[target]
    expected = (counts * (1 - right) ** 1.5 * -right.log()).sum() / counts.sum()
    found = classification(weights, loss="focal", gamma=1.5).loss(logits, target).mean
    assert found.item() == pytest.approx(expected.item(), rel=1e-5)


def test_the_focal_loss_with_gamma_0_is_cross_entropy(logits: torch.Tensor) -> None:
    target = torch.arange(60) % 4
    assert torch.equal(
        classification(loss="focal", gamma=0.0).loss(logits, target).mean,
        classification().loss(logits, target).mean,
    )


def test_step_accuracy_is_the_share_of_right_answers() -> None:
    outputs = torch.eye(4)
    assert classification().step_metrics(outputs, torch.tensor([0, 1, 2, 0]))["accuracy"].mean.item() == 0.75


def test_regression_metrics_are_in_the_targets_units() -> None:
    random = np.random.default_rng(4)
    truth = random.normal(10, 4, 50).astype(np.float32)
    predicted = truth + random.normal(0, 1, 50).astype(np.float32)
    outputs = torch.tensor((predicted - 10) / 4)[:, None]
    found, _ = judged(regression(), outputs, torch.tensor(truth))
    assert found["rmse"] == pytest.approx(math.sqrt(reference.mean_squared_error(truth, predicted)), rel=1e-4)
    assert found["mae"] == pytest.approx(reference.mean_absolute_error(truth, predicted), rel=1e-4)
    assert found["r2"] == pytest.approx(reference.r2_score(truth, predicted), rel=1e-4)
    assert found["mape"] == pytest.approx(reference.mean_absolute_percentage_error(truth, predicted), rel=1e-4)
    shares = 2 * np.abs(truth - predicted) / (np.abs(truth) + np.abs(predicted))
    assert found["smape"] == pytest.approx(shares.mean(), rel=1e-4)
    assert found["loss"] == pytest.approx(reference.mean_squared_error(truth, predicted) / 16, rel=1e-4)


def test_a_target_of_zero_has_no_percentage_error() -> None:
    assert "mape" not in judged(regression(), torch.zeros(2, 1), torch.tensor([0.0, 3.0]))[0]


def test_a_constant_target_has_no_r2() -> None:
    assert judged(regression(), torch.zeros(3, 1), torch.full((3,), 10.0))[0].keys() == {
        "loss",
        "mse",
        "rmse",
        "mae",
        "smape",
        "mape",
    }


@pytest.mark.parametrize(
    ("loss", "expected"), [("auto", 2.125), ("mse", 2.125), ("mae", 1.25), ("huber", (0.125 + 1.5) / 2)]
)
def test_regression_losses_are_between_standardized_values(loss: str, expected: float) -> None:
    outputs, target = torch.tensor([[0.5], [2.0]]), torch.tensor([10.0, 10.0])
    assert regression(loss).loss(outputs, target).mean.item() == pytest.approx(expected)


def test_penalties_are_the_gradients_of_their_sums_over_kernels() -> None:
    layer = nn.Linear(3, 2)
    weight = layer.weight
    (0.1 * weight.abs().sum() + 0.2 / 2 * weight.square().sum()).backward()
    assert weight.grad is not None
    expected = weight.grad.clone()
    weight.grad.zero_()
    layer.bias.grad = torch.zeros(2)
    add_penalty_gradients(layer.parameters(), RegularizationConfig(l1=0.1, l2=0.2))
    torch.testing.assert_close(weight.grad, expected)
    assert layer.bias.grad.tolist() == [0, 0]
