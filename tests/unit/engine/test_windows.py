"""Windows for forecasts: which there are, that none sees what it is judged by, and what is measured on them."""

import numpy as np
import pytest
import torch

from tests.support.compiled import make_spec
from trainyard_engine.core.faults import EngineFault
from trainyard_engine.core.statistics import mean_change
from trainyard_engine.modalities.series.window_scaling import ScaledWindows
from trainyard_engine.modalities.series.windows import WindowIndex as CutWindows
from trainyard_engine.modalities.series.windows import cut_windows
from trainyard_engine.tasks.time_series_forecasting.objective import ForecastObjective
from trainyard_spec.series import SeriesConfig
from trainyard_spec.splits import SplitConfig
from trainyard_spec.validation import InvalidSpec, parse_training_spec

LENGTHS = np.array([100, 3, 57, 20, 81])
OFFSETS = np.concatenate(([0], np.cumsum(LENGTHS)))
SPLIT = SplitConfig(train=0.6, val=0.2, test=0.2)


def by_hand(series: SeriesConfig) -> dict[str, list[int]]:
    """The first steps of all windows, one after the other."""
    found: dict[str, list[int]] = {"train": [], "val": [], "test": []}
    for start, length in zip(OFFSETS, LENGTHS, strict=False):
        ends = [round(length * 0.6), round(length * 0.8), int(length)]
        begins = [0, *ends]
        for name, begin, end in zip(found, begins, ends, strict=False):
            targets = range(max(begin, series.context), end - series.horizon + 1)
            if name == "train":
                targets = targets[:: series.stride]
            found[name] += [int(start) + at - series.context for at in targets]
    return found


def starts_of(windows: CutWindows) -> dict[str, list[int]]:
    parts = {"train": windows.split.train, "val": windows.split.val, "test": windows.split.test}
    return {name: windows.starts[rows].tolist() for name, rows in parts.items()}


@pytest.mark.parametrize(
    "series",
    [
        SeriesConfig(context=10, horizon=5),
        SeriesConfig(context=12, horizon=1, stride=4),
        SeriesConfig(context=1, horizon=9),
    ],
)
def test_the_windows_are_those_counted_by_hand(series: SeriesConfig) -> None:
    windows = cut_windows(OFFSETS, series, SPLIT)
    assert starts_of(windows) == by_hand(series)


def test_no_target_of_one_part_is_seen_or_told_in_an_earlier_one() -> None:
    series = SeriesConfig(context=10, horizon=5)
    windows = cut_windows(OFFSETS, series, SPLIT)
    seen = {
        name: {start + step for start in starts for step in range(series.context + series.horizon)}
        for name, starts in starts_of(windows).items()
    }
    told = {
        name: {start + step for start in starts for step in range(series.context, series.context + series.horizon)}
        for name, starts in starts_of(windows).items()
    }
    assert seen["train"] <= set(windows.trained_on.tolist())
    assert not seen["train"] & (told["val"] | told["test"])
    assert not seen["val"] & told["test"]
    assert not windows.trained_on[np.isin(windows.trained_on, list(told["val"] | told["test"]))].size


@pytest.mark.parametrize(
    ("series", "part"), [(SeriesConfig(context=60, horizon=8), "train"), (SeriesConfig(context=5, horizon=21), "val")]
)
def test_series_that_are_too_short_are_the_users_to_mend(series: SeriesConfig, part: str) -> None:
    with pytest.raises(EngineFault, match=f"the {part} part of the split would have no window") as caught:
        cut_windows(OFFSETS, series, SPLIT)
    assert (caught.value.failed.code, caught.value.failed.field) == ("dataset_too_small", "training.series.context")


def test_the_mean_change_does_not_cross_from_series_to_series() -> None:
    values = np.array([1, 2, 4, 100, 101, 7], dtype=np.float32)
    offsets = np.array([0, 3, 5, 6])
    assert mean_change(values, np.arange(6), offsets) == pytest.approx((1 + 2 + 1) / 3)
    assert mean_change(values, np.array([5]), offsets) == 0


def judged(
    loss: str,
    predicted: np.ndarray,
    truth: np.ndarray,
    *,
    change: tuple[float, ...] = (0.5,),
    series: np.ndarray | None = None,
    history: np.ndarray | None = None,
    final: bool = False,
) -> dict[str, float]:
    """The metrics of forecasts (windows, horizon) in the target's units, in two batches."""
    options = {"horizon": truth.shape[1], "season": 3}
    spec = parse_training_spec(make_spec("time_series_forecasting", {"name": "tcn"}, loss=loss, series=options))
    assert spec.training.series
    evaluation = ForecastObjective(spec, spec.training.series, np.array(change)).evaluation(final=final)
    count = len(truth)
    whole = ScaledWindows(
        inputs=torch.zeros(count, 4, 1),
        shift=torch.full((count,), 3.0, dtype=torch.float64),
        scale=torch.full((count,), 2.0, dtype=torch.float64),
        history=torch.from_numpy(np.zeros((count, 4)) if history is None else history),
        series=torch.from_numpy(np.arange(count) % 9 if series is None else series),
    )
    outputs = torch.from_numpy((predicted - 3) / 2).float()
    target = torch.from_numpy(np.stack(((truth - 3) / 2, truth), axis=1))
    for part in (slice(0, 1), slice(1, None)):
        evaluation.judge(outputs[part], target[part], ScaledWindows(*(tensor[part] for tensor in whole)))
    return evaluation.result()[0]


@pytest.mark.parametrize("loss", ["mse", "mae", "huber"])
def test_metrics_are_those_of_numpy_in_the_targets_units(loss: str) -> None:
    random = np.random.default_rng(3)
    truth = random.normal(10, 4, (20, 6)).astype(np.float32).astype(np.float64)
    predicted = truth + random.normal(0, 2, truth.shape)
    error = predicted - truth
    scaled = np.abs(error / 2)
    expected_loss = {
        "mse": (scaled**2).mean(),
        "mae": scaled.mean(),
        "huber": np.where(scaled < 1, scaled**2 / 2, scaled - 0.5).mean(),
    }[loss]
    assert judged(loss, predicted, truth) == pytest.approx(
        {
            "loss": expected_loss,
            "rmse": np.sqrt((error**2).mean()),
            "mae": np.abs(error).mean(),
            "mape": np.abs(error / truth).mean(),
            "smape": (2 * np.abs(error) / (np.abs(truth) + np.abs(predicted))).mean(),
            "mase": np.abs(error).mean() / 0.5,
        },
        rel=1e-5,
    )


def test_shares_of_nothing_are_left_out() -> None:
    truth = np.array([[1.0, 0.0], [2.0, 3.0]])
    assert judged("mse", truth + 1, truth, change=(0.0,)).keys() == {"loss", "rmse", "mae", "smape"}


def test_scaled_errors_are_those_of_each_series_in_the_mean() -> None:
    random = np.random.default_rng(5)
    series = np.array([0, 0, 2, 0, 2, 3, 3, 3, 0, 3])
    truth = random.normal(10, 4, (10, 4))
    error = random.normal(0, 1, truth.shape) * np.array([1, 1, 1000, 7])[series][:, None]
    # Nothing was told of series 1, and series 3 did not change in training; the last is of all together.
    found = judged("mse", truth + error, truth, change=(0.5, 1.0, 300.0, 0.0, 40.0), series=series)
    of_each = [np.abs(error[series == 0]).mean() / 0.5, np.abs(error[series == 2]).mean() / 300]
    assert found["mase"] == pytest.approx(np.mean(of_each), rel=1e-4)


def test_the_test_tells_what_repeating_the_last_value_and_the_last_season_would_do() -> None:
    random = np.random.default_rng(6)
    history, truth = random.normal(50, 9, (12, 4)), random.normal(50, 9, (12, 5))
    found = judged("mse", truth, truth, history=history, final=True)
    assert found["naive_mae"] == pytest.approx(np.abs(truth - history[:, -1:]).mean())
    repeated = np.stack([history[:, 1], history[:, 2], history[:, 3], history[:, 1], history[:, 2]], axis=1)
    assert found["seasonal_naive_mae"] == pytest.approx(np.abs(truth - repeated).mean())
    assert "naive_mae" not in judged("mse", truth, truth, history=history)


def test_a_season_is_seen_whole() -> None:
    options = {"context": 8, "season": 9}
    with pytest.raises(InvalidSpec, match=r"(?i)a season of 9 steps is longer than the context") as caught:
        parse_training_spec(make_spec("time_series_forecasting", {"name": "tcn"}, series=options))
    assert caught.value.problems[0].field == "training.series.season"
