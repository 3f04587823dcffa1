"""Metrics against scikit-learn, whatever the scale, the ties and the classes that a part lacks."""

from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import log_expit, logsumexp
from sklearn import metrics as reference

from tests.support.compiled import make_spec
from trainyard_engine.core.statistics import Statistics
from trainyard_engine.modalities.series.window_scaling import ScaledWindows
from trainyard_engine.tasks.shared.class_metrics import roc_auc
from trainyard_engine.tasks.shared.classification import Classification
from trainyard_engine.tasks.shared.regression import Regression
from trainyard_engine.tasks.shared.regression_metrics import NumberScores
from trainyard_engine.tasks.time_series_forecasting.objective import ForecastObjective
from trainyard_spec.series import SeriesConfig
from trainyard_spec.validation import parse_training_spec

Array = npt.NDArray[Any]
SHARE = 1e-9
"""Relative: no metric has an absolute tolerance."""

scales = st.integers(-9, 9).map(lambda power: 10.0**power)
numbers = st.integers(-1000, 1000).map(lambda number: number / 8)
seeds = st.integers(0, 2**32 - 1)


@st.composite
def predictions(draw: st.DrawFn) -> tuple[Array, Array]:
    """Predicted and true values, some of them equal, all true ones maybe."""
    size = draw(st.integers(1, 30))
    truth = np.array(
        draw(st.one_of(st.lists(numbers, min_size=size, max_size=size), numbers.map(lambda n: [n] * size)))
    )
    predicted = np.array(draw(st.lists(numbers, min_size=size, max_size=size)))
    scale, offset = draw(scales), draw(st.sampled_from([0.0, 1.0, 1e3]))
    return (predicted + offset) * scale, (truth + offset) * scale


@given(pairs=predictions(), cut=st.integers(0, 30))
def test_scores_of_numbers_are_scikit_learns(pairs: tuple[Array, Array], cut: int) -> None:
    predicted, truth = pairs
    scores = NumberScores()
    for part in (slice(None, cut), slice(cut, None)):
        if len(truth[part]):
            scores.add(torch.from_numpy(predicted[part]), torch.from_numpy(truth[part]))
    found = scores.result()
    assert found["mse"] == pytest.approx(reference.mean_squared_error(truth, predicted), rel=SHARE, abs=0)
    assert found["rmse"] == pytest.approx(reference.root_mean_squared_error(truth, predicted), rel=SHARE, abs=0)
    assert found["mae"] == pytest.approx(reference.mean_absolute_error(truth, predicted), rel=SHARE, abs=0)
    sizes = np.abs(truth) + np.abs(predicted)
    even = np.divide(2 * np.abs(truth - predicted), sizes, out=np.zeros(len(truth)), where=sizes > 0)
    assert found["smape"] == pytest.approx(even.mean(), rel=SHARE, abs=0)
    assert ("mape" in found) == bool((truth != 0).all())
    if "mape" in found:
        expected = reference.mean_absolute_percentage_error(truth, predicted)
        assert found["mape"] == pytest.approx(expected, rel=SHARE, abs=0)
    assert ("r2" in found) == (len(set(truth.tolist())) > 1)
    if "r2" in found:
        assert 1 - found["r2"] == pytest.approx(1 - reference.r2_score(truth, predicted), rel=1e-6, abs=1e-12)


@given(pairs=predictions(), scale=scales)
def test_a_regression_is_judged_in_the_targets_units(pairs: tuple[Array, Array], scale: float) -> None:
    spec = parse_training_spec(make_spec("tabular_regression", {"name": "mlp"}))
    regression = Regression(spec, Statistics(target_mean=3 * scale, target_std=0.5 * scale))
    outputs, truth = (torch.from_numpy(values.astype(np.float32)) for values in pairs)
    evaluation = regression.evaluation(final=True)
    evaluation.judge(outputs[:, None], truth)
    found, _ = evaluation.result()
    predicted = outputs.numpy().astype(np.float64) * 0.5 * scale + 3 * scale
    wide = truth.numpy().astype(np.float64)
    assert found["mae"] == pytest.approx(reference.mean_absolute_error(wide, predicted), rel=SHARE, abs=0)
    expected = reference.mean_squared_error((wide - 3 * scale) / (0.5 * scale), outputs.numpy().astype(np.float64))
    assert found["loss"] == pytest.approx(expected, rel=SHARE, abs=0)


@given(pairs=predictions())
def test_a_forecast_is_judged_over_all_windows_and_steps(pairs: tuple[Array, Array]) -> None:
    spec = parse_training_spec(make_spec("time_series_forecasting", {"name": "mlp"}, series={"horizon": 1}))
    forecast = ForecastObjective(spec, SeriesConfig(horizon=1), np.array([1e-9]))
    predicted, truth = (values.astype(np.float32) for values in pairs)
    evaluation = forecast.evaluation(final=True)
    told, count = torch.from_numpy(truth)[:, None].double(), len(truth)
    shift, scale = torch.zeros(count, dtype=torch.float64), torch.ones(count, dtype=torch.float64)
    windows = ScaledWindows(torch.zeros(count, 1, 1), shift, scale, told, torch.zeros(count, dtype=torch.int64))
    evaluation.judge(torch.from_numpy(predicted)[:, None], torch.stack((told, told), dim=1), windows)
    found, _ = evaluation.result()
    wide, expected = truth.astype(np.float64), predicted.astype(np.float64)
    assert found["rmse"] == pytest.approx(reference.root_mean_squared_error(wide, expected), rel=SHARE, abs=0)
    assert found["mase"] == pytest.approx(reference.mean_absolute_error(wide, expected) / 1e-9, rel=SHARE, abs=0)
    if "mape" in found:
        ratio = reference.mean_absolute_percentage_error(wide, expected)
        assert found["mape"] == pytest.approx(ratio, rel=SHARE, abs=0)


@st.composite
def answers(draw: st.DrawFn) -> tuple[Array, Array]:
    """Logits float32 (rows, classes), whole rows of them alike, and classes, of which some may be in no row."""
    rows, classes = draw(st.integers(1, 30)), draw(st.integers(2, 5))
    random = np.random.default_rng(draw(seeds))
    logits = random.normal(size=(rows, classes)) * draw(scales)
    logits = logits[random.integers(0, draw(st.integers(1, rows)), rows)].astype(np.float32)
    return logits, random.integers(0, draw(st.integers(1, classes)), rows)


def judged(logits: Array, target: Array, loss: str) -> tuple[dict[str, float], Any]:
    spec = parse_training_spec(make_spec("tabular_classification", {"name": "mlp"}, loss=loss))
    classification = Classification(spec, [f"c{number}" for number in range(logits.shape[1])])
    evaluation = classification.evaluation(final=True)
    for part in np.array_split(np.arange(len(target)), 2):
        evaluation.judge(torch.from_numpy(logits[part]), torch.from_numpy(target[part]))
    return evaluation.result()


@given(pairs=answers(), loss=st.sampled_from(["cross_entropy", "bce"]))
def test_a_classification_is_judged_as_scikit_learn_judges_it(pairs: tuple[Array, Array], loss: str) -> None:
    logits, target = pairs
    found, report = judged(logits, target, loss)
    predicted, wide, rows = logits.argmax(axis=1), logits.astype(np.float64), np.arange(len(target))
    assert found["accuracy"] == pytest.approx(reference.accuracy_score(target, predicted))
    scores_of = partial(reference.precision_recall_fscore_support, target, predicted)
    macro = scores_of(average="macro", zero_division=0)
    by_class = scores_of(average=None, labels=range(logits.shape[1]), zero_division=0)
    for name, mean, values in zip(("precision", "recall", "f1"), macro, by_class, strict=False):
        assert found[f"{name}_macro"] == pytest.approx(mean)
        for number, value in enumerate(getattr(report, name)):
            is_known = number in target or (number in predicted and name != "recall")
            assert value == (pytest.approx(values[number]) if is_known else None)
    assert found["f1_micro"] == pytest.approx(reference.f1_score(target, predicted, average="micro"))
    if loss == "cross_entropy":
        losses = logsumexp(wide - wide[rows, target][:, None], axis=1)
        scores = [wide[:, n] - logsumexp(np.delete(wide, n, axis=1), axis=1) for n in range(wide.shape[1])]
    else:
        signs = np.where(np.arange(wide.shape[1]) == target[:, None], 1, -1)
        losses, scores = -log_expit(signs * wide).mean(axis=1), list(wide.T)
    assert found["loss"] == pytest.approx(losses.mean(), rel=SHARE, abs=1e-15)
    told_apart = [number for number in range(wide.shape[1]) if 0 < (target == number).sum() < len(target)]
    areas = [reference.roc_auc_score(target == number, scores[number]) for number in told_apart]
    assert ("roc_auc" in found) == bool(areas)
    if areas:
        assert 0 <= found["roc_auc"] <= 1
        assert found["roc_auc"] == pytest.approx(np.mean(areas), rel=SHARE)


@given(
    pairs=st.lists(st.tuples(st.integers(-3, 3), st.booleans()), min_size=2, max_size=60).filter(
        lambda pairs: len({kind for _, kind in pairs}) == 2
    ),
    scale=scales,
)
def test_equal_scores_count_half(pairs: list[tuple[int, bool]], scale: float) -> None:
    scores, kinds = np.array([score for score, _ in pairs]) * scale, np.array([kind for _, kind in pairs])
    assert roc_auc(scores, kinds) == pytest.approx(reference.roc_auc_score(kinds, scores), rel=SHARE)


@given(seed=seeds, count=st.integers(2, 200), scale=scales)
def test_two_classes_are_ordered_by_the_difference_of_their_logits(seed: int, count: int, scale: float) -> None:
    """To the last bit: equal differences of different logits are equal scores."""
    random = np.random.default_rng(seed)
    logits = (random.integers(-8, 8, (count, 2)) * np.float32(scale)).astype(np.float32)
    target = np.arange(count) % 2
    differences = logits[:, 1].astype(np.float64) - logits[:, 0].astype(np.float64)
    expected = reference.roc_auc_score(target, differences)
    assert judged(logits, target, "auto")[0]["roc_auc"] == pytest.approx(expected, rel=SHARE)
