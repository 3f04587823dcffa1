"""What a forecast minimizes, and how it is judged."""

from torch import Tensor

from trainyard_engine.data.places import Record
from trainyard_engine.data.statistics import Statistics
from trainyard_engine.evaluation import EVALUATION_ROWS, Metrics
from trainyard_engine.training.objectives import REGRESSION_LOSSES, NumberEvaluation, standardized
from trainyard_engine.training.weighted_sum import WeightedSum
from trainyard_spec.series import SeriesSpec
from trainyard_spec.training import TrainingSpec

REPORTED = ("loss", "rmse", "mae", "mape", "smape")


class Forecast:
    """Losses between standardized values; ``outputs`` are float32 (batch, horizon), targets float64."""

    def __init__(self, spec: TrainingSpec, series: SeriesSpec, statistics: Statistics) -> None:
        self._loss = REGRESSION_LOSSES[spec.training.loss]
        self._mean, self._std = statistics.target_mean, statistics.target_std
        self.change = statistics.target_change
        self.outputs = series.horizon
        self.evaluation_rows = EVALUATION_ROWS

    def loss(self, outputs: Tensor, target: Tensor) -> WeightedSum:
        """A training step minimizes the mean over windows and horizon, in standardized units."""
        total = self._loss(outputs, standardized(target, self._mean, self._std).to(outputs.dtype), reduction="sum")
        return WeightedSum(total, self.weight(target))

    def weight(self, target: Tensor) -> float:
        """The values to forecast."""
        return target.numel()

    def step_metrics(self, outputs: Tensor, target: Tensor) -> dict[str, WeightedSum]:
        """A forecast has none beside its loss."""
        return {}

    def evaluation(self, *, final: bool, record: Record | None = None) -> "ForecastEvaluation":
        return ForecastEvaluation(self, record=record)

    def values(self, outputs: Tensor) -> Tensor:
        """Forecasts in the target's units, float64 (batch, horizon)."""
        return outputs.double() * self._std + self._mean


class ForecastEvaluation(NumberEvaluation):
    """Over all windows and steps: ``loss`` in standardized units, ``rmse`` and ``mae`` in the target's.

    ``mape`` and ``smape`` are shares, 0.1 for ten per cent; ``mape`` is left out where a true value is 0. ``mase`` is
    ``mae`` by the mean absolute change from one step to the next in training (Hyndman & Koehler, 2006), left out where
    nothing changes.
    """

    def __init__(self, objective: Forecast, *, record: Record | None = None) -> None:
        super().__init__(objective, record=record)
        self._change = objective.change

    def result(self) -> tuple[Metrics, None]:
        scores, _ = super().result()
        found = {name: scores[name] for name in REPORTED if name in scores}
        return found | ({"mase": found["mae"] / self._change} if self._change else {}), None
