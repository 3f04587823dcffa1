"""Forecasts: the values of a series that come next."""

from dataclasses import replace
from typing import Any

import numpy as np
import torch

from trainyard_engine.data.dataset import Dataset
from trainyard_engine.data.encoding import SeriesEncoder
from trainyard_engine.data.places import Columns, Places, numbers_of
from trainyard_engine.data.series import WindowSource, series_of
from trainyard_engine.data.split import Rows
from trainyard_engine.data.statistics import Statistics, mean_change, table_statistics, with_target
from trainyard_engine.data.windows import cut_windows
from trainyard_engine.kinds.kind import Fitted, Prepared
from trainyard_engine.model import LoadedModel, ModelConfig
from trainyard_engine.notes import Notes
from trainyard_engine.prediction import outputs_of
from trainyard_engine.series_inputs import encode_windows
from trainyard_engine.training.forecasting import Forecast
from trainyard_spec.datasets import SeriesProfile
from trainyard_spec.series import SeriesSpec
from trainyard_spec.training import TrainingSpec


class Forecasts:
    def prepare(self, dataset: Dataset, spec: TrainingSpec, *, fitted: Fitted | None = None) -> Prepared:
        series = _series(spec)
        offsets = np.asarray(dataset.features["values_offsets"])
        windows = cut_windows(offsets, series, spec.split)
        if fitted is None:
            values, rows = dataset.features["values"], windows.trained_on
            statistics: Statistics = table_statistics(values, rows, spec.training.preprocess)
            statistics = with_target(statistics, values[:, 0], rows)
            fitted = Fitted(replace(statistics, target_change=mean_change(values[:, 0], rows, offsets)))
        return Prepared(
            split=windows.split,
            fitted=fitted,
            open_source=lambda device: WindowSource(
                dataset, windows.starts, context=series.context, horizon=series.horizon, device=device
            ),
        )

    def places(self, dataset: Dataset, spec: TrainingSpec) -> Places:
        """A line for each step of a window's horizon: the row of the value that was forecast, and how far ahead."""
        series, offsets = _series(spec), np.asarray(dataset.features["values_offsets"])
        starts = cut_windows(offsets, series, spec.split).starts
        ahead = np.arange(series.horizon)

        def places(windows: Rows) -> Columns:
            steps = (starts[windows, None] + series.context + ahead).flatten()
            own = np.searchsorted(offsets, steps, side="right") - 1
            told = {"row": numbers_of(dataset, steps), **series_of(dataset, own)}
            return told | {"step": np.tile(ahead + 1, len(windows)).tolist()}

        return places

    def encoder(self, config: ModelConfig, fitted: Fitted, device: torch.device) -> SeriesEncoder:
        return SeriesEncoder(config.statistics, _series(config.spec).context, device)

    def objective(self, config: ModelConfig, fitted: Fitted) -> Forecast:
        return Forecast(config.spec, _series(config.spec), config.statistics)

    def predict(self, model: LoadedModel, inputs: list[Any], notes: Notes) -> list[dict[str, Any]]:
        config, objective = model.config, model.objective
        assert isinstance(config.profile, SeriesProfile)  # noqa: S101  as the task says
        assert isinstance(objective, Forecast)  # noqa: S101  as made above
        raw = (encode_windows(inputs, config.profile, context=_series(config.spec).context),)
        return [{"values": values} for values in objective.values(outputs_of(model, raw)).tolist()]


def _series(spec: TrainingSpec) -> SeriesSpec:
    return spec.training.series or SeriesSpec()


KIND = Forecasts()
