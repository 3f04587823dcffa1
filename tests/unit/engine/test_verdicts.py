"""What the verdict says of useful, useless, astray and over-fitted trainings."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support.compiled import Array, make_spec, small_table, write_table, write_texts
from tests.support.trainings import interrupted_here, train_here
from trainyard_engine.core import finish, telemetry
from trainyard_engine.core.checkpoint import TrainingState
from trainyard_engine.core.loss_history import LossState
from trainyard_engine.core.telemetry import NonFiniteLoss
from trainyard_engine.tasks.verdict.sentences import number
from trainyard_spec.engine_protocol import Result

MLP = {"name": "mlp", "hidden": [16]}
SGD, ADAM = {"name": "sgd", "lr": 0.1}, {"name": "adam", "lr": 0.02}


def verdict_of(data: Path, out: Path, task: str = "tabular_classification", **training: Any) -> dict[str, Any]:
    spec = make_spec(task, MLP, **{"epochs": 15, "batch_size": 32, "optimizer": ADAM, **training})
    verdict: dict[str, Any] = train_here(spec, data, out)[-1]["verdict"]
    return verdict


def signs_of(verdict: dict[str, Any]) -> dict[str, str]:
    return {sign["code"]: sign["message"] for sign in verdict["signs"]}


def table(directory: Path, target: Array, numeric: Array) -> Path:
    return write_table(directory, numeric, np.zeros((len(numeric), 0), dtype=np.int32), target)


def in_a_ring(directory: Path, *, rows: int = 600, shuffled: int | None = None) -> Path:
    """Whether a point lies in a circle, which no line tells; or, ``shuffled``, whether another one does."""
    points = np.random.default_rng(2).normal(size=(rows, 2))
    target = ((points**2).sum(axis=1) < 1.4).astype(np.int64)
    if shuffled is not None:
        target = np.random.default_rng(shuffled).permutation(target)
    return table(directory, target, points)


def test_a_useful_model_is_better(tmp_path: Path) -> None:
    verdict = verdict_of(in_a_ring(tmp_path / "data"), tmp_path / "out")
    baselines = {baseline["name"]: baseline["value"] for baseline in verdict["baselines"]}
    best = max(baselines, key=lambda name: baselines[name])
    assert (verdict["outcome"], verdict["metric"], verdict["higher_is_better"]) == ("better", "accuracy", True)
    assert verdict["best_baseline"] == best
    better_by = verdict["better_by"]
    assert better_by["absolute"] == pytest.approx(verdict["value"] - baselines[best])
    assert better_by["relative"] == pytest.approx(better_by["absolute"] / baselines[best])
    assert 0 < better_by["low"] < better_by["absolute"] < better_by["high"]
    for value in (verdict["value"], baselines[best], better_by["low"]):
        assert f"{100 * value:.4g} " in verdict["sentence"]  # per cent, or points of it
    assert signs_of(verdict).keys() <= {"overfits"}


def test_what_a_line_tells_too_is_matched(tmp_path: Path) -> None:
    verdict = verdict_of(small_table(tmp_path / "data", rows=400), tmp_path / "out")
    assert (verdict["outcome"], verdict["best_baseline"]) == ("matched", "logistic_regression")
    assert "logistic regression" in verdict["sentence"]


def test_a_simple_model_that_does_better_is_said_to_do_better(tmp_path: Path) -> None:
    numeric = np.random.default_rng(4).normal(size=(400, 3))
    data = table(tmp_path / "data", (numeric.sum(axis=1) * 40_000).astype(np.float32), numeric)
    verdict = verdict_of(data, tmp_path / "out", "tabular_regression", epochs=6)
    assert (verdict["outcome"], verdict["best_baseline"]) == ("matched", "ridge_regression")
    assert verdict["better_by"]["high"] < 0
    assert "a simple model does better: a ridge regression" in verdict["sentence"]
    assert "e+" not in verdict["sentence"]


@pytest.mark.parametrize(
    ("value", "text"), [(38_543.2, "38,540"), (0.08929, "0.08929"), (1e-7, "1e-07"), (1.5e9, "1,500,000,000")]
)
def test_numbers_are_written_as_people_write_them(value: float, text: str) -> None:
    assert number(value) == text


@pytest.mark.parametrize("seed", range(5))
def test_shuffled_labels_are_no_better(tmp_path: Path, seed: int) -> None:
    verdict = verdict_of(in_a_ring(tmp_path / "data", shuffled=seed), tmp_path / "out", epochs=4)
    assert verdict["outcome"] in {"no_better", "worse"}
    assert "a guess" in verdict["sentence"] or "always answering" in verdict["sentence"]


def test_a_model_that_knows_one_class_says_so(tmp_path: Path) -> None:
    data = table(tmp_path / "data", np.repeat([0, 1], [180, 60]), np.zeros((240, 2)))
    verdict = verdict_of(data, tmp_path / "out")
    assert (verdict["outcome"], verdict["better_by"]["absolute"]) == ("no_better", 0.0)
    assert "'c0'" in signs_of(verdict)["one_class"]


def test_a_model_that_gives_one_number_says_so(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    data = table(tmp_path / "data", random.normal(size=200), random.normal(size=(200, 1)) * 0)
    verdict = verdict_of(data, tmp_path / "out", "tabular_regression", epochs=1)
    assert verdict["outcome"] == "no_better"
    assert "one_answer" in signs_of(verdict)


def test_few_rows_tell_little(tmp_path: Path) -> None:
    verdict = verdict_of(in_a_ring(tmp_path / "data", rows=50), tmp_path / "out")
    assert verdict["examples"] == 5
    assert (verdict["outcome"], verdict["better_by"]["low"]) == ("no_better", None)
    assert "few_test_rows" in signs_of(verdict)


def test_training_that_goes_astray_diverged(tmp_path: Path) -> None:
    data = small_table(tmp_path / "data", is_regression=True)
    verdict = verdict_of(data, tmp_path / "out", "tabular_regression", optimizer={"name": "adam", "lr": 100.0})
    assert verdict["outcome"] == "diverged"
    assert verdict["sentence"].startswith("Training diverged.")
    assert "lr" in signs_of(verdict)["diverged"]
    assert verdict["better_by"]["absolute"] < 0


def test_a_loss_that_is_no_number_stays_a_failure(tmp_path: Path) -> None:
    data = small_table(tmp_path / "data", is_regression=True)
    with pytest.raises(NonFiniteLoss):
        verdict_of(data, tmp_path / "out", "tabular_regression", optimizer={"name": "sgd", "lr": 100.0})


def noise(directory: Path) -> Path:
    random = np.random.default_rng(4)
    return table(directory, random.integers(0, 2, 150), random.normal(size=(150, 20)))


def test_learning_noise_by_heart_is_over_fitting(tmp_path: Path) -> None:
    verdict = verdict_of(noise(tmp_path / "data"), tmp_path / "out", epochs=60)
    assert verdict["outcome"] in {"no_better", "worse"}
    assert "validation loss rose" in signs_of(verdict)["overfits"]


def test_the_best_epochs_weights_are_not_over_fitted(tmp_path: Path) -> None:
    early = {"metric": "val_loss", "patience": 5}
    verdict = verdict_of(noise(tmp_path / "data"), tmp_path / "out", epochs=60, early_stopping=early)
    assert signs_of(verdict).keys() & {"overfits", "stopped_early"} == {"stopped_early"}
    assert "of 60" in signs_of(verdict)["stopped_early"]


def test_texts_that_are_one_class_too_often_say_so(tmp_path: Path) -> None:
    """Five epochs of a network on a few texts predict one class."""
    random = np.random.default_rng(1)
    target = np.arange(200) % 2
    texts = [" ".join(f"w{n}" for n in [*random.integers(0, 300, 8), 1_000 + label]) for label in target]
    data = write_texts(tmp_path / "data", texts, target)
    spec = make_spec(
        "text_classification", {"name": "rnn", "hidden": 8}, epochs=1, optimizer={"name": "sgd", "lr": 1e-6}
    )
    verdict = train_here(spec, data, tmp_path / "out")[-1]["verdict"]
    assert verdict["best_baseline"] == "naive_bayes"
    assert "one_class" in signs_of(verdict)


@pytest.mark.parametrize("after", [[7], [1, 11, 2]])
def test_interrupted_anywhere_the_verdict_is_the_same(tmp_path: Path, after: list[int]) -> None:
    data = noise(tmp_path / "data")
    spec = make_spec("tabular_classification", MLP, epochs=12, batch_size=16, optimizer=ADAM)
    whole = train_here(spec, data, tmp_path / "whole")[-1]
    parts = interrupted_here(spec, data, tmp_path / "parts", after=after)[-1]
    assert parts["verdict"] == whole["verdict"]
    assert "overfits" in signs_of(whole["verdict"])


def test_baselines_are_not_billed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr(telemetry.time, "monotonic", lambda: now)
    judge = finish.verdict_on

    def slow(*args: Any, **kwargs: Any) -> Any:
        nonlocal now
        now += 1_000.0
        return judge(*args, **kwargs)

    monkeypatch.setattr(finish, "verdict_on", slow)
    spec = make_spec("tabular_classification", MLP, epochs=1)
    result = train_here(spec, in_a_ring(tmp_path / "data"), tmp_path / "out")[-1]
    assert now == 1_000.0
    assert result["trained_seconds"] == 0.0


def test_the_verdict_stands_with_result_and_model(tmp_path: Path) -> None:
    verdict = verdict_of(in_a_ring(tmp_path / "data"), tmp_path / "out", epochs=1)
    for name in ("result.json", "manifest.json"):
        assert json.loads((tmp_path / "out" / name).read_text())["verdict"] == verdict
    card = (tmp_path / "out" / "model_card.md").read_text()
    assert verdict["sentence"] in card
    for told in ("| majority_class | ", "| accuracy | ", "| examples that train | 480 |", '"epochs": 1'):
        assert told in card
    known = json.loads((tmp_path / "out" / "result.json").read_text())
    del known["verdict"]
    assert Result.model_validate(known).verdict is None


def test_checkpoints_of_earlier_releases_know_no_losses() -> None:
    state = TrainingState(training="x", step=3, epoch=1, threads=1, val_metrics={}).model_dump()
    del state["losses"]
    assert TrainingState.model_validate(state).losses == LossState()
