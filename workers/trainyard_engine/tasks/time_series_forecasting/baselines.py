"""Forecasts, held against what the window itself shows."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from torch import Tensor

from trainyard_engine.core.provenance import Columns
from trainyard_engine.core.split import Rows
from trainyard_engine.modalities.series.steps import PaddedSteps
from trainyard_engine.modalities.series.window_scaling import ScaledWindows
from trainyard_engine.tasks.verdict.contest import Contest, Rival, Tested
from trainyard_engine.tasks.verdict.linear import featured, fit_ridge, training_examples, width_of
from trainyard_engine.tasks.verdict.measures import Floats, Measure, Tally, even_blocks, ratio
from trainyard_spec.series import SeriesConfig

MAE = Measure("mae", ratio)
NAMES = {"naive": "last_value", "seasonal_naive": "last_season"}


class ForecastContest(Contest):
    """By the mean absolute error, in the target's units."""

    measure = MAE
    unit = "windows"

    def __init__(self, tested: Tested) -> None:
        self._horizon = (tested.spec.training.series or SeriesConfig()).horizon
        super().__init__(tested)
        self._naive: dict[str, Tally] = {}
        self._mean = Tally(self.blocks)

    def parts(self, examples: Rows, told: Columns) -> Floats:
        truth = self._steps(told["truth"])
        for name in NAMES.keys() & told.keys():
            self._naive.setdefault(name, Tally(self.blocks)).add(_errors(truth, self._steps(told[name])))
        self._mean.add(_errors(truth, np.full_like(truth, self.tested.model.config.target_mean)))
        return _errors(truth, self._steps(told["prediction"]))

    def rivals(self) -> Iterator[Rival]:
        for name, title in NAMES.items():
            if name in self._naive:
                yield Rival(title, True, 0, self._naive[name])
        yield Rival("mean", True, len(self.tested.split.train), self._mean)
        width = width_of(self.tested, _whole)
        examples = training_examples(self.tested, _whole, products=width * (width + self._horizon))
        if examples:
            ridge = fit_ridge(replace(examples, target=examples.target[:, 0]))
            found = (
                _errors(
                    batch.target[:, 1].cpu().numpy(),
                    ScaledWindows(*(part.cpu() for part in batch.raw)).in_units(ridge.outputs(features)).numpy(),
                )
                for batch, features in featured(self.tested, _whole, self.tested.split.test)
            )
            yield self.rival("ridge_regression", found, rows=len(examples.target), is_guess=False)

    def _steps(self, values: list[float]) -> Floats:
        """(windows, horizon)"""
        return np.array(values, dtype=np.float64).reshape(-1, self._horizon)

    def _blocks(self) -> Rows:
        """Windows that forecast the same steps are wrong together."""
        spec = self.tested.spec.training.series or SeriesConfig()
        dependent = -(-spec.horizon // spec.stride)
        return even_blocks(len(self.tested.split.test), dependent=dependent)


def _whole(steps: PaddedSteps) -> Tensor:
    """All values of windows, (batch, context * channels)."""
    return steps.values.flatten(1)


def _errors(truth: Floats, predicted: Floats) -> Floats:
    """Errors of windows (windows, horizon): the sum of absolute ones, and how many."""
    errors = np.abs(truth - predicted).sum(axis=1)
    return np.stack((errors, np.full(len(errors), float(truth.shape[1]))), axis=1)
