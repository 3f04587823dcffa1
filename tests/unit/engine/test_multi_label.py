"""Rows of several labels: how they are split and judged, and which specs do not fit them."""

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from sklearn import metrics as reference

from tests.support.compiled import make_spec, small_labels, write_table
from trainyard_engine.core.dataset import open_dataset
from trainyard_engine.core.model import NetworkForm
from trainyard_engine.core.split import missing_classes, split_examples
from trainyard_engine.tasks.shared.multi_label import MultiLabel
from trainyard_spec.data_rules import data_violations
from trainyard_spec.datasets import DatasetSummary, TableProfile
from trainyard_spec.splits import SplitConfig
from trainyard_spec.tasks import Task
from trainyard_spec.validation import parse_training_spec

DATA = DatasetSummary(
    task=Task.TABULAR_CLASSIFICATION,
    rows=9,
    classes=("a", "b"),
    class_counts=(5, 6),
    profile=TableProfile(target="tags", columns=(), multi_label=True),
)


def spec_of(**training: Any) -> Any:
    return parse_training_spec(make_spec(Task.TABULAR_CLASSIFICATION, {"name": "mlp", "hidden": [4]}, **training))


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e3])
@pytest.mark.parametrize("seed", range(5))
def test_labels_are_judged_as_by_scikit_learn_at_any_scale_of_logits(scale: float, seed: int) -> None:
    random = np.random.default_rng(seed)
    logits = (random.normal(size=(40, 5)) * scale).astype(np.float32)
    truth = (random.random((40, 5)) < [0.5, 0.1, 0.9, 0.3, 0.0]).astype(np.uint8)
    evaluation = MultiLabel(spec_of(), "abcde").evaluation(final=True)
    for part in np.array_split(np.arange(40), 3):
        evaluation.judge(torch.from_numpy(logits[part]), torch.from_numpy(truth[part]))
    found, report = evaluation.result()
    predicted = logits > 0
    told = [place for place in range(5) if 0 < truth[:, place].mean() < 1]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        f1 = reference.f1_score(truth, predicted, average="macro", zero_division=np.nan)
    assert found["f1_macro"] == pytest.approx(f1)
    assert found["f1_micro"] == pytest.approx(reference.f1_score(truth, predicted, average="micro"))
    assert found["accuracy"] == reference.accuracy_score(truth, predicted)
    assert found["hamming_loss"] == pytest.approx(reference.hamming_loss(truth, predicted))
    assert found["roc_auc"] == pytest.approx(reference.roc_auc_score(truth[:, told], logits[:, told], average="macro"))
    expected = np.logaddexp(0, logits.astype(float)) - truth * logits.astype(float)
    assert found["loss"] == pytest.approx(expected.mean())
    assert report is not None
    assert report.rows == tuple(truth.sum(axis=0))


def test_without_any_label_there_is_no_f1() -> None:
    evaluation = MultiLabel(spec_of(), "ab").evaluation(final=True)
    evaluation.judge(torch.full((3, 2), -1.0), torch.zeros(3, 2, dtype=torch.uint8))
    found, _ = evaluation.result()
    assert (found["accuracy"], found["hamming_loss"]) == (1.0, 0.0)
    assert set(found) == {"loss", "accuracy", "hamming_loss"}


def test_smoothed_answers_are_half_the_smoothing_off() -> None:
    spec = spec_of(regularization={"label_smoothing": 0.2})
    outputs, target = torch.tensor([[0.3, -2.0]]), torch.tensor([[1, 0]], dtype=torch.uint8)
    expected = torch.nn.functional.binary_cross_entropy_with_logits(outputs, torch.tensor([[0.9, 0.1]]))
    torch.testing.assert_close(MultiLabel(spec, "ab").loss(outputs, target).mean, expected)


def test_two_labels_have_a_logit_each() -> None:
    assert MultiLabel(spec_of(loss="bce"), "ab").outputs == 2
    assert NetworkForm().logits is None


@pytest.mark.parametrize("seed", range(10))
def test_a_label_of_three_rows_is_in_every_part_of_a_split(tmp_path: Path, seed: int) -> None:
    random = np.random.default_rng(seed)
    target = (random.random((60, 4)) < [0.5, 0.3, 0.2, 0.0]).astype(np.uint8)
    target[random.choice(60, 3, replace=False), 3] = 1
    dataset = open_dataset(write_table(tmp_path / "t", random.normal(size=(60, 2)), np.zeros((60, 1)), target))
    split = split_examples(dataset, SplitConfig(seed=seed))
    assert [dataset.target[rows, 3].sum() for rows in (split.train, split.val, split.test)] == [1, 1, 1]
    assert sorted([*split.train, *split.val, *split.test]) == list(range(60))
    assert [*missing_classes(dataset, split)] == []


def test_a_label_that_a_part_lacks_is_warned_of(tmp_path: Path) -> None:
    target = np.zeros((40, 2), dtype=np.uint8)
    target[::2, 0] = 1
    target[:2, 1] = 1
    dataset = open_dataset(write_table(tmp_path / "t", np.zeros((40, 2)), np.zeros((40, 1)), target))
    told = [*missing_classes(dataset, split_examples(dataset, SplitConfig()))]
    assert told
    assert all("c1" in sentence for sentence in told)


@pytest.mark.parametrize(
    ("training", "field"),
    [
        ({"loss": "cross_entropy"}, "training.loss"),
        ({"loss": "focal"}, "training.loss"),
        ({"class_weights": [1.0, 2.0]}, "training.class_weights"),
        ({"balance_classes": True}, "training.balance_classes"),
    ],
)
def test_what_is_for_rows_of_one_class_is_refused(training: dict[str, Any], field: str) -> None:
    (violation,) = data_violations(spec_of(**training), DATA)
    assert violation.field == field
    assert violation.hint


@pytest.mark.parametrize("loss", ["auto", "bce"])
def test_questions_about_each_label_fit(loss: str, tmp_path: Path) -> None:
    assert not [*data_violations(spec_of(loss=loss), open_dataset(small_labels(tmp_path / "t")).compiled)]
