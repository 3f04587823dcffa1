"""Forecasts: the values of a series that come next."""

from dataclasses import replace
from typing import Any

import numpy as np
import torch

from trainyard_engine.core.coverage import Coverage, steps_coverage
from trainyard_engine.core.dataset import OFFSETS, Dataset
from trainyard_engine.core.model import LoadedModel, ModelConfig
from trainyard_engine.core.prediction import outputs_of
from trainyard_engine.core.prediction_notes import Notes, quoted
from trainyard_engine.core.provenance import Columns, Places, numbers_of
from trainyard_engine.core.split import Rows
from trainyard_engine.core.statistics import mean_change, table_statistics, with_target
from trainyard_engine.modalities.encode import WindowEncoder
from trainyard_engine.modalities.interactions.item_index import Names
from trainyard_engine.modalities.series.dataset import WindowSource, series_of
from trainyard_engine.modalities.series.input_warnings import note_unknown_steps
from trainyard_engine.modalities.series.inputs import read_windows
from trainyard_engine.modalities.series.scales import UNMET_SERIES, SeriesScales, measure_scales
from trainyard_engine.modalities.series.window_scaling import WindowScaling
from trainyard_engine.modalities.series.windows import WindowIndex, cut_windows
from trainyard_engine.tasks.handler import Inheritance, PreparedData, Preprocessing
from trainyard_engine.tasks.time_series_forecasting.baselines import ForecastContest
from trainyard_engine.tasks.time_series_forecasting.objective import ForecastObjective
from trainyard_engine.tasks.verdict.contest import Tested
from trainyard_spec.datasets import SeriesProfile
from trainyard_spec.engine_protocol import PredictionWarningCode
from trainyard_spec.series import SeriesConfig
from trainyard_spec.training import TrainingSpec

BEFORE = SeriesConfig(scaling="global", residual=False)
"""What series were scaled by before they had scales of their own."""


class TimeSeriesForecasting:
    def prepare(
        self,
        dataset: Dataset,
        spec: TrainingSpec,
        *,
        preprocessing: Preprocessing | None = None,
        start: Inheritance | None = None,
    ) -> PreparedData:
        series = _series(spec)
        windows = _windows(dataset, spec)
        preprocessing = preprocessing or _fit(dataset, windows.trained_on, spec, start)
        return PreparedData(
            split=windows.split,
            preprocessing=preprocessing,
            open_source=lambda device: WindowSource(
                dataset,
                windows.starts,
                _scaling(spec, preprocessing, device),
                context=series.context,
                horizon=series.horizon,
            ),
        )

    def places(self, dataset: Dataset, spec: TrainingSpec) -> Places:
        """A line for each step of a window's horizon: the row of the value that was forecast, and how far ahead."""
        series, offsets = _series(spec), np.asarray(dataset.features["values_offsets"])
        starts = _windows(dataset, spec).starts
        ahead = np.arange(series.horizon)

        def places(windows: Rows) -> Columns:
            steps = (starts[windows, None] + series.context + ahead).flatten()
            own = np.searchsorted(offsets, steps, side="right") - 1
            told = {"row": numbers_of(dataset, steps), **series_of(dataset, own)}
            return told | {"step": np.tile(ahead + 1, len(windows)).tolist()}

        return places

    def encoder(self, config: ModelConfig, preprocessing: Preprocessing, device: torch.device) -> WindowEncoder:
        return WindowEncoder(_series(config.spec).context, len(config.shift))

    def objective(self, config: ModelConfig, preprocessing: Preprocessing) -> ForecastObjective:
        return ForecastObjective(config.spec, _series(config.spec), _scales(preprocessing).change)

    def contest(self, tested: Tested) -> ForecastContest:
        return ForecastContest(tested)

    def predict(self, model: LoadedModel, inputs: list[Any], notes: Notes) -> list[dict[str, Any]]:
        config, scales = model.config, _scales(model.preprocessing)
        assert isinstance(config.profile, SeriesProfile)  # noqa: S101  as the task says
        read = read_windows(inputs, config.profile, context=_series(config.spec).context)
        series = scales.numbers_of([steps.series for steps in read])
        for index in np.flatnonzero(series == UNMET_SERIES).tolist():
            _note_unknown(notes, index, read[index].series, config.profile.series)
        if config.coverage:
            note_unknown_steps(read, config.profile, config.coverage, notes)
        scaling = _scaling(config.spec, model.preprocessing, torch.device("cpu"))
        values, all_known = (
            torch.from_numpy(np.stack([steps.values for steps in read])),
            bool((series != UNMET_SERIES).all()),
        )
        windows = scaling(values, torch.from_numpy(series), all_known=all_known)
        outputs = outputs_of(model, (windows.inputs.numpy(),))
        return [{"values": values} for values in windows.in_units(outputs.cpu()).tolist()]


def _note_unknown(notes: Notes, index: int, name: str | None, column: str | None) -> None:
    what = f"The series {quoted(name)!r} was not among those of training" if name else "The input names no series"
    message = f"{what}: it was scaled by its own last steps, which is less sure."
    notes.add(index, PredictionWarningCode.UNKNOWN_SERIES, message, column=column)


def _fit(dataset: Dataset, trained_on: Rows, spec: TrainingSpec, start: Inheritance | None) -> Preprocessing:
    values, offsets = dataset.features["values"], np.asarray(dataset.features["values_offsets"])
    statistics = with_target(table_statistics(values, trained_on, spec.training.preprocess), values[:, 0], trained_on)
    statistics = replace(statistics, target_change=mean_change(values[:, 0], trained_on, offsets))
    statistics = start.scaled(statistics) if start else statistics
    names = None
    if "name" in dataset.features:
        names = Names(np.array(dataset.features["name"]), np.array(dataset.features["name" + OFFSETS]))
    scales = measure_scales(
        values,
        trained_on,
        offsets,
        statistics,
        series=_series(spec),
        preprocess=spec.training.preprocess,
        names=names,
    )
    by_series = _series(spec).scaling != "global"
    coverage = Coverage(numeric=steps_coverage(values, trained_on, offsets, by_series=by_series))
    return Preprocessing(statistics, scales=scales, coverage=start.covered(coverage) if start else coverage)


def _windows(dataset: Dataset, spec: TrainingSpec) -> WindowIndex:
    given = np.asarray(dataset.features["split_split"]) if spec.split.by == "given" else None
    return cut_windows(np.asarray(dataset.features["values_offsets"]), _series(spec), spec.split, given=given)


def _scales(preprocessing: Preprocessing) -> SeriesScales:
    return preprocessing.scales or SeriesScales.shared(preprocessing.statistics)


def _scaling(spec: TrainingSpec, preprocessing: Preprocessing, device: torch.device) -> WindowScaling:
    if not preprocessing.scales:
        return WindowScaling(_scales(preprocessing), BEFORE, device)
    return WindowScaling(preprocessing.scales, _series(spec), device, coverage=preprocessing.coverage)


def _series(spec: TrainingSpec) -> SeriesConfig:
    return spec.training.series or SeriesConfig()


HANDLER = TimeSeriesForecasting()
