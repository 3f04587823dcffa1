"""Windows for forecasts: which there are, that none sees what it is judged by, and what is measured on them."""

import numpy as np
import pytest
import torch

from tests.support.compiled import make_spec
from trainyard_engine.data.batches import Batch
from trainyard_engine.data.statistics import Statistics, mean_change
from trainyard_engine.data.windows import Windows, cut_windows
from trainyard_engine.faults import EngineFault
from trainyard_engine.training.forecasting import Forecast
from trainyard_spec.series import SeriesSpec
from trainyard_spec.splits import SplitSpec
from trainyard_spec.validation import parse_training_spec

LENGTHS = np.array([100, 3, 57, 20, 81])
OFFSETS = np.concatenate(([0], np.cumsum(LENGTHS)))
SPLIT = SplitSpec(train=0.6, val=0.2, test=0.2)


def by_hand(series: SeriesSpec) -> dict[str, list[int]]:
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


def starts_of(windows: Windows) -> dict[str, list[int]]:
    parts = {"train": windows.split.train, "val": windows.split.val, "test": windows.split.test}
    return {name: windows.starts[rows].tolist() for name, rows in parts.items()}


@pytest.mark.parametrize(
    "series",
    [SeriesSpec(context=10, horizon=5), SeriesSpec(context=12, horizon=1, stride=4), SeriesSpec(context=1, horizon=9)],
)
def test_the_windows_are_those_counted_by_hand(series: SeriesSpec) -> None:
    windows = cut_windows(OFFSETS, series, SPLIT)
    assert starts_of(windows) == by_hand(series)


def test_no_target_of_one_part_is_seen_or_told_in_an_earlier_one() -> None:
    series = SeriesSpec(context=10, horizon=5)
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
    ("series", "part"), [(SeriesSpec(context=60, horizon=8), "train"), (SeriesSpec(context=5, horizon=21), "val")]
)
def test_series_that_are_too_short_are_the_users_to_mend(series: SeriesSpec, part: str) -> None:
    with pytest.raises(EngineFault, match=f"the {part} part of the split would have no window") as caught:
        cut_windows(OFFSETS, series, SPLIT)
    assert (caught.value.failed.code, caught.value.failed.field) == ("dataset_too_small", f"split.{part}")


def test_the_mean_change_does_not_cross_from_series_to_series() -> None:
    values = np.array([1, 2, 4, 100, 101, 7], dtype=np.float32)
    offsets = np.array([0, 3, 5, 6])
    assert mean_change(values, np.arange(6), offsets) == pytest.approx((1 + 2 + 1) / 3)
    assert mean_change(values, np.array([5]), offsets) == 0


class Echo:
    """A model that forecasts what it is given."""

    def outputs(self, raw: tuple[torch.Tensor, ...]) -> torch.Tensor:
        return raw[0]


def judged(loss: str, predicted: np.ndarray, truth: np.ndarray, *, change: float = 0.5) -> dict[str, float]:
    """The metrics of forecasts (windows, horizon) in the target's units, in two batches."""
    spec = parse_training_spec(
        make_spec("time_series_forecasting", {"name": "tcn"}, loss=loss, series={"horizon": truth.shape[1]})
    )
    assert spec.training.series
    statistics = Statistics(target_mean=3.0, target_std=2.0, target_change=change)
    evaluation = Forecast(spec, spec.training.series, statistics).evaluation(final=True)
    outputs = torch.from_numpy((predicted - 3) / 2).float()
    for part in (slice(0, 7), slice(7, None)):
        batch = Batch(raw=(outputs[part],), target=torch.from_numpy(truth[part]).float())
        evaluation.add(Echo(), batch)  # type: ignore[arg-type]
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
    assert judged("mse", truth + 1, truth, change=0.0).keys() == {"loss", "rmse", "mae", "smape"}
