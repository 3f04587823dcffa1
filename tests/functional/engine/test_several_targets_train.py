"""Several labels, or several numbers, for a row: trained, judged as scikit-learn judges, and predicted."""

import csv
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from sklearn import metrics as reference
from sklearn.preprocessing import MultiLabelBinarizer

from tests.support import uploads
from tests.support.compiled import make_spec
from tests.support.compiling import accepted
from tests.support.trainings import train_here
from trainyard_engine.core.model_directory import load_model
from trainyard_engine.core.prediction import predict
from trainyard_spec.engine_protocol import TEST_PREDICTIONS_FILE
from trainyard_spec.tasks import Task

ROWS = 120
LABELS = ("loud", "rare", "small", "warm")
TARGETS = ("cost", "height", "weight")
MLP = {"name": "mlp", "hidden": [16]}
Table = dict[str, npt.NDArray[Any]]


def features() -> list[dict[str, Any]]:
    random = np.random.default_rng(3)
    numbers = random.normal(size=(ROWS, 2)).round(4)
    return [{"a": a, "b": b, "kind": "xyz"[place % 3]} for place, (a, b) in enumerate(numbers.tolist())]


def labels_of(row: dict[str, Any], place: int) -> list[str]:
    has = {"loud": row["a"] > 0, "warm": row["b"] > 0, "small": row["kind"] == "x", "rare": place in (7, 50, 90)}
    return sorted(label for label, is_there in has.items() if is_there)


def numbers_of(row: dict[str, Any]) -> dict[str, float]:
    return {"cost": 1e9 + 1e6 * row["a"], "height": 1e-6 * row["b"], "weight": row["a"] - row["b"]}


def table_of(out: Path) -> Table:
    with (out / TEST_PREDICTIONS_FILE).open(encoding="utf-8", newline="") as file:
        header, *lines = csv.reader(file)
    return {name: np.array(column, dtype=float) for name, column in zip(header, zip(*lines, strict=True), strict=True)}


def columns(table: Table, what: str, names: tuple[str, ...]) -> npt.NDArray[Any]:
    return np.stack([table[f"{what}:{name}"] for name in names], axis=1)


@pytest.fixture(scope="module")
def labelled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """The directory of a model of labels in one column, and its result."""
    directory = tmp_path_factory.mktemp("labels")
    rows = [{**row, "tags": "; ".join(labels_of(row, place))} for place, row in enumerate(features())]
    accepted(
        uploads.write_csv(directory / "t.csv", rows), Task.TABULAR_CLASSIFICATION, target="tags", label_separator=";"
    )
    spec = make_spec(Task.TABULAR_CLASSIFICATION, MLP, epochs=6, optimizer={"name": "adam", "lr": 0.02})
    return directory / "out", train_here(spec, directory / "compiled", directory / "out")[-1]


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """The directory of a model of three numbers, and its result."""
    directory = tmp_path_factory.mktemp("targets")
    rows = [{**row, **numbers_of(row)} for row in features()]
    accepted(uploads.write_csv(directory / "t.csv", rows), Task.TABULAR_REGRESSION, targets=TARGETS)
    spec = make_spec(Task.TABULAR_REGRESSION, MLP, epochs=30, optimizer={"name": "adam", "lr": 0.02})
    return directory / "out", train_here(spec, directory / "compiled", directory / "out")[-1]


def test_metrics_of_labels_are_those_of_scikit_learn(labelled: tuple[Path, dict[str, Any]]) -> None:
    out, result = labelled
    table = table_of(out)
    truth, predicted = columns(table, "truth", LABELS), columns(table, "prediction", LABELS)
    logits, probabilities = columns(table, "logit", LABELS), columns(table, "probability", LABELS)
    expected_truth = MultiLabelBinarizer(classes=LABELS).fit_transform(
        [labels_of(features()[place], place) for place in table["row"].astype(int) - 1]
    )
    assert (truth == expected_truth).all()
    assert (predicted == (probabilities > 0.5)).all()
    averaged = reference.precision_recall_fscore_support(truth, predicted, average="macro", zero_division=np.nan)
    told = [place for place in range(len(LABELS)) if 0 < truth[:, place].mean() < 1]
    assert result["test_metrics"] == pytest.approx(
        {
            "loss": np.mean([reference.log_loss(truth[:, n], probabilities[:, n], labels=[0, 1]) for n in range(4)]),
            "accuracy": reference.accuracy_score(truth, predicted),
            "hamming_loss": reference.hamming_loss(truth, predicted),
            "f1_micro": reference.f1_score(truth, predicted, average="micro"),
            "f1_macro": reference.f1_score(truth, predicted, average="macro", zero_division=np.nan),
            "precision_macro": np.mean(reference.precision_score(truth, predicted, average=None, zero_division=0)),
            "recall_macro": np.mean(reference.recall_score(truth, predicted, average=None, zero_division=0)),
            "roc_auc": reference.roc_auc_score(truth[:, told], logits[:, told], average="macro"),
        },
        rel=1e-6,
    )
    assert averaged[2] == pytest.approx(result["test_metrics"]["f1_macro"])
    report = result["class_report"]
    assert (report["classes"], report["rows"], report["confusion"]) == (list(LABELS), truth.sum(axis=0).tolist(), [])
    assert result["test_metrics"]["roc_auc"] > 0.8


def test_a_label_of_three_rows_is_in_every_part(labelled: tuple[Path, dict[str, Any]]) -> None:
    assert labelled[1]["class_report"]["rows"][LABELS.index("rare")] == 1


def test_predicted_labels_are_those_of_the_test(labelled: tuple[Path, dict[str, Any]]) -> None:
    out, _ = labelled
    table, rows = table_of(out), features()
    model = load_model(out, "cpu", threads=1)
    answers = predict(model, [rows[place] for place in table["row"].astype(int) - 1])
    for line, answer in enumerate(answers):
        assert answer["labels"] == [label for label in LABELS if table[f"prediction:{label}"][line]]
        for label in LABELS:
            assert answer["probabilities"][label] == pytest.approx(table[f"probability:{label}"][line], rel=1e-5)


def test_metrics_of_targets_are_those_of_scikit_learn(measured: tuple[Path, dict[str, Any]]) -> None:
    out, result = measured
    table = table_of(out)
    truth, predicted = columns(table, "truth", TARGETS), columns(table, "prediction", TARGETS)
    rows = features()
    expected = [[*numbers_of(rows[place]).values()] for place in table["row"].astype(int) - 1]
    assert truth.tolist() == expected
    by_name = {
        "mse": reference.mean_squared_error,
        "rmse": reference.root_mean_squared_error,
        "mae": reference.mean_absolute_error,
        "mape": reference.mean_absolute_percentage_error,
        "r2": reference.r2_score,
    }
    found = {name: value for name, value in result["test_metrics"].items() if "smape" not in name and name != "loss"}
    means = {name: score(truth, predicted) for name, score in by_name.items()}
    alone = {
        f"{name}/{target}": score(truth[:, place], predicted[:, place])
        for name, score in by_name.items()
        for place, target in enumerate(TARGETS)
    }
    assert found == pytest.approx(means | alone, rel=1e-9)
    assert min(result["test_metrics"][f"r2/{target}"] for target in TARGETS) > 0.8


def test_predicted_numbers_are_those_of_the_test(measured: tuple[Path, dict[str, Any]]) -> None:
    out, _ = measured
    table, rows = table_of(out), features()
    answers = predict(load_model(out, "cpu", threads=1), [rows[place] for place in table["row"].astype(int) - 1])
    for line, answer in enumerate(answers):
        expected = {target: table[f"prediction:{target}"][line] for target in TARGETS}
        assert answer["values"] == pytest.approx(expected, rel=1e-6)


def test_validation_tells_the_means_alone(measured: tuple[Path, dict[str, Any]]) -> None:
    assert set(measured[1]["val_metrics"]) == {"loss", "mse", "rmse", "mae", "mape", "smape", "r2"}


def test_the_verdict_holds_both_against_free_answers(
    labelled: tuple[Path, dict[str, Any]], measured: tuple[Path, dict[str, Any]]
) -> None:
    for (out, result), metric, guess in ((labelled, "hamming_loss", "majority_answers"), (measured, "r2", "mean")):
        verdict = result["verdict"]
        assert (verdict["metric"], verdict["value"]) == (metric, pytest.approx(result["test_metrics"][metric])), out
        values = {baseline["name"]: baseline["value"] for baseline in verdict["baselines"]}
        assert set(values) == {guess, "ridge_regression"}
    table = table_of(measured[0])
    truth, predicted = columns(table, "truth", TARGETS), columns(table, "prediction", TARGETS)
    assert verdict["value"] == pytest.approx(reference.r2_score(truth, predicted))
    assert values["mean"] <= 1e-9 < 0.9 < values["ridge_regression"]
