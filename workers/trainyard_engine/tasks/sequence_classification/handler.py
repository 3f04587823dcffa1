"""Whole series in classes."""

from typing import Any

import numpy as np
import torch

from trainyard_engine.core.coverage import Coverage, numeric_coverage
from trainyard_engine.core.dataset import Dataset
from trainyard_engine.core.model import LoadedModel, ModelConfig
from trainyard_engine.core.prediction import class_answers, outputs_of
from trainyard_engine.core.prediction_notes import Notes
from trainyard_engine.core.provenance import Columns, Places, numbers_of
from trainyard_engine.core.split import Rows, split_examples
from trainyard_engine.core.statistics import table_statistics
from trainyard_engine.modalities.encode import SeriesEncoder
from trainyard_engine.modalities.series.dataset import SequenceSource, series_of
from trainyard_engine.modalities.series.input_warnings import note_cut, note_unknown_steps
from trainyard_engine.modalities.series.inputs import padded_steps, read_steps
from trainyard_engine.tasks.handler import Inheritance, PreparedData, Preprocessing
from trainyard_engine.tasks.shared.class_baselines import ClassContest
from trainyard_engine.tasks.shared.classification import Classification
from trainyard_engine.tasks.verdict.contest import Tested
from trainyard_spec.datasets import SeriesProfile
from trainyard_spec.series import SequenceConfig
from trainyard_spec.training import TrainingSpec


class SequenceClassification:
    def prepare(
        self,
        dataset: Dataset,
        spec: TrainingSpec,
        *,
        preprocessing: Preprocessing | None = None,
        start: Inheritance | None = None,
    ) -> PreparedData:
        split = split_examples(dataset, spec.split)
        if preprocessing is None:
            preprocessing = _fit(dataset, split.train, spec)
            if start:
                statistics, coverage = preprocessing.statistics, preprocessing.coverage
                preprocessing = Preprocessing(start.scaled(statistics), coverage=start.covered(coverage))
        return PreparedData(
            split=split,
            preprocessing=preprocessing,
            open_source=lambda device: SequenceSource(dataset, max_length=_max_length(spec), device=device),
        )

    def places(self, dataset: Dataset, spec: TrainingSpec) -> Places:
        """``row`` is that of a series' first step."""
        begins = np.asarray(dataset.features["values_offsets"])

        def places(series: Rows) -> Columns:
            return {"row": numbers_of(dataset, begins[series]), **series_of(dataset, series)}

        return places

    def encoder(self, config: ModelConfig, preprocessing: Preprocessing, device: torch.device) -> SeriesEncoder:
        return SeriesEncoder(config.statistics, _max_length(config.spec), device, coverage=config.coverage)

    def objective(self, config: ModelConfig, preprocessing: Preprocessing) -> Classification:
        return Classification(config.spec, config.classes, config.class_weights, logits=config.form.logits)

    def contest(self, tested: Tested) -> ClassContest:
        return ClassContest(tested)

    def predict(self, model: LoadedModel, inputs: list[Any], notes: Notes) -> list[dict[str, Any]]:
        config, most = model.config, _max_length(model.config.spec)
        profile = config.profile
        assert isinstance(profile, SeriesProfile)  # noqa: S101  as the task says
        whole = [read_steps(value, index, profile) for index, value in enumerate(inputs)]
        note_cut(whole, most, notes)
        found = [steps.part(slice(most)) for steps in whole]
        if config.coverage:
            note_unknown_steps(found, profile, config.coverage, notes)
        return class_answers(model, outputs_of(model, padded_steps(found)))


def _fit(dataset: Dataset, train: Rows, spec: TrainingSpec) -> Preprocessing:
    values, offsets = dataset.features["values"], np.asarray(dataset.features["values_offsets"])
    most = _max_length(spec)
    longest = int(np.diff(offsets)[train].clip(max=most).max())
    coverage = Coverage(numeric=numeric_coverage(values, steps_of(train, offsets, most=most)), longest=longest)
    statistics = table_statistics(values, steps_of(train, offsets), spec.training.preprocess)
    return Preprocessing(statistics, coverage=coverage)


def steps_of(series: Rows, offsets: Rows, *, most: int | None = None) -> Rows:
    """The numbers of all steps of ``series``, or of the first ``most``, one series after the other, int64."""
    lengths = offsets[series + 1] - offsets[series]
    if most is not None:
        lengths = np.minimum(lengths, most)
    within = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    steps: Rows = np.repeat(offsets[series], lengths) + within
    return steps


def _max_length(spec: TrainingSpec) -> int:
    return (spec.training.sequence or SequenceConfig()).max_length


HANDLER = SequenceClassification()
