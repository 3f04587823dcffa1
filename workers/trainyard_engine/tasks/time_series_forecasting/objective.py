"""The forecasting objective, and its metrics."""

import torch
from torch import Tensor

from trainyard_engine.core.batches import Batch
from trainyard_engine.core.evaluation import EVALUATION_ROWS, Metrics
from trainyard_engine.core.model import LoadedModel
from trainyard_engine.core.provenance import Record
from trainyard_engine.core.weighted_sum import WeightedSum
from trainyard_engine.modalities.series.scales import Table
from trainyard_engine.modalities.series.window_scaling import ScaledWindows
from trainyard_engine.tasks.shared.regression import REGRESSION_LOSSES
from trainyard_engine.tasks.shared.regression_metrics import NumberScores
from trainyard_spec.series import SeriesConfig
from trainyard_spec.training import TrainingSpec

REPORTED = ("rmse", "mae", "mape", "smape")


class ForecastObjective:
    """Losses between standardized values; ``outputs`` are float32 (batch, horizon).

    Targets are float64 (batch, 2, horizon): standardized, and in their own units. ``change`` float64 (series,) is by
    how much each series' target differs from the step before in training, in the mean; of one entry where all series
    count alike.
    """

    def __init__(self, spec: TrainingSpec, series: SeriesConfig, change: Table) -> None:
        self._loss = REGRESSION_LOSSES[spec.training.loss]
        self.change = torch.from_numpy(change)
        self.season = series.season
        self.outputs = series.horizon
        self.evaluation_rows = EVALUATION_ROWS

    def loss(self, outputs: Tensor, target: Tensor) -> WeightedSum:
        """A training step minimizes the mean over windows and horizon, in standardized units."""
        return WeightedSum(self._loss(outputs, target[:, 0].to(outputs.dtype), reduction="sum"), self.weight(target))

    def weight(self, target: Tensor) -> float:
        """The values to forecast."""
        return target[:, 0].numel()

    def step_metrics(self, outputs: Tensor, target: Tensor) -> dict[str, WeightedSum]:
        """A forecast has none beside its loss."""
        return {}

    def evaluation(self, *, final: bool, record: Record | None = None) -> "ForecastEvaluation":
        return ForecastEvaluation(self, with_naive=final, record=record)


class ForecastEvaluation:
    """Over all windows and steps: ``loss`` in standardized units, ``rmse`` and ``mae`` in the target's.

    ``mape`` and ``smape`` are shares, 0.1 for ten per cent; ``mape`` is left out where a true value is 0. ``mase`` is
    ``mae`` by the mean absolute change from one step to the next in training (Hyndman & Koehler, 2006), of each series
    by itself and then in the mean over the series; left out where nothing changes. ``naive_mae`` is the ``mae`` of
    repeating the last value, ``seasonal_naive_mae`` that of repeating the last season, if the spec says how long
    one is.
    """

    def __init__(self, objective: ForecastObjective, *, with_naive: bool, record: Record | None = None) -> None:
        self._objective = objective
        self._with_naive = with_naive
        self._record = record
        self._scores = NumberScores()
        self._loss = self._weight = 0.0
        self._errors = torch.zeros(2, len(objective.change), dtype=torch.float64)
        self._naive: dict[str, float] = {}

    def add(self, model: LoadedModel, batch: Batch) -> None:
        self.judge(model.outputs(batch.raw), batch.target, ScaledWindows(*batch.raw))

    @torch.inference_mode()
    def judge(self, outputs: Tensor, target: Tensor, windows: ScaledWindows) -> None:
        """Takes in what the objective's ``loss`` compares, and the windows that it belongs to."""
        loss = self._objective.loss(outputs.double(), target)
        self._loss += loss.total.item()
        self._weight += float(loss.weight)
        predicted, truth = windows.in_units(outputs), target[:, 1]
        self._scores.add(predicted, truth)
        self._add_errors((predicted - truth).abs().mean(dim=1).cpu(), windows.series.cpu())
        told = {"truth": truth, "prediction": predicted}
        if self._with_naive:
            naive = naive_forecasts(windows.history, truth.shape[1], self._objective.season)
            for name, guess in naive.items():
                self._naive[name] = self._naive.get(name, 0.0) + (guess - truth).abs().sum().item()
            told |= naive
        if self._record:
            self._record(len(target), {name: values.flatten().tolist() for name, values in told.items()})

    def _add_errors(self, errors: Tensor, series: Tensor) -> None:
        """Mean absolute ones, float64 (batch,), to those of their series."""
        shared = len(self._objective.change) == 1
        places = torch.zeros_like(series) if shared else series
        self._errors.index_add_(1, places, torch.stack((errors, torch.ones_like(errors))))

    def result(self) -> tuple[Metrics, None]:
        scores = self._scores.result()
        found = {"loss": self._loss / self._weight} | {name: scores[name] for name in REPORTED if name in scores}
        errors, windows = self._errors
        judged = (windows > 0) & (self._objective.change > 0)
        if judged.any():
            found["mase"] = (errors / windows / self._objective.change)[judged].mean().item()
        return found | {f"{name}_mae": total / self._weight for name, total in self._naive.items()}, None


def naive_forecasts(history: Tensor, horizon: int, season: int | None) -> dict[str, Tensor]:
    """What costs nothing, from ``history`` (batch, context): the last value, and the last season over again."""
    found = {"naive": history[:, -1:].expand(-1, horizon)}
    if season is not None:
        places = torch.arange(horizon, device=history.device) % season - season
        found["seasonal_naive"] = history[:, places]
    return found
