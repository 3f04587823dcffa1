"""Whole series in classes."""

from typing import Any

import numpy as np
import torch

from trainyard_engine.data.dataset import Dataset
from trainyard_engine.data.encoding import SeriesEncoder
from trainyard_engine.data.places import Columns, Places, numbers_of
from trainyard_engine.data.series import SequenceSource, series_of
from trainyard_engine.data.split import Rows, split_examples
from trainyard_engine.data.statistics import table_statistics
from trainyard_engine.kinds.kind import Fitted, Prepared
from trainyard_engine.model import LoadedModel, ModelConfig
from trainyard_engine.notes import Notes
from trainyard_engine.prediction import class_answers, outputs_of
from trainyard_engine.series_inputs import encode_sequences
from trainyard_engine.training.classification import Classification
from trainyard_engine.verdicts.classes import ClassContest
from trainyard_engine.verdicts.contest import Tested
from trainyard_spec.datasets import SeriesProfile
from trainyard_spec.series import SequenceSpec
from trainyard_spec.training import TrainingSpec


class Sequences:
    def prepare(self, dataset: Dataset, spec: TrainingSpec, *, fitted: Fitted | None = None) -> Prepared:
        split = split_examples(dataset, spec.split)
        if fitted is None:
            steps = steps_of(split.train, np.asarray(dataset.features["values_offsets"]))
            fitted = Fitted(table_statistics(dataset.features["values"], steps, spec.training.preprocess))
        return Prepared(
            split=split,
            fitted=fitted,
            open_source=lambda device: SequenceSource(dataset, max_length=_max_length(spec), device=device),
        )

    def places(self, dataset: Dataset, spec: TrainingSpec) -> Places:
        """``row`` is that of a series' first step."""
        begins = np.asarray(dataset.features["values_offsets"])

        def places(series: Rows) -> Columns:
            return {"row": numbers_of(dataset, begins[series]), **series_of(dataset, series)}

        return places

    def encoder(self, config: ModelConfig, fitted: Fitted, device: torch.device) -> SeriesEncoder:
        return SeriesEncoder(config.statistics, _max_length(config.spec), device)

    def objective(self, config: ModelConfig, fitted: Fitted) -> Classification:
        return Classification(config.spec, config.classes, config.class_weights, logits=config.form.logits)

    def contest(self, tested: Tested) -> ClassContest:
        return ClassContest(tested)

    def predict(self, model: LoadedModel, inputs: list[Any], notes: Notes) -> list[dict[str, Any]]:
        assert isinstance(model.config.profile, SeriesProfile)  # noqa: S101  as the task says
        raw = encode_sequences(inputs, model.config.profile, max_length=_max_length(model.config.spec))
        return class_answers(model, outputs_of(model, raw))


def steps_of(series: Rows, offsets: Rows) -> Rows:
    """The numbers of all steps of ``series``, one series after the other, int64."""
    lengths = offsets[series + 1] - offsets[series]
    within = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    steps: Rows = np.repeat(offsets[series], lengths) + within
    return steps


def _max_length(spec: TrainingSpec) -> int:
    return (spec.training.sequence or SequenceSpec()).max_length


KIND = Sequences()
