"""Tables: what each row is, whatever is predicted of it."""

from typing import Any

import torch

from trainyard_engine.core.batches import BatchSource
from trainyard_engine.core.coverage import Coverage, table_coverage
from trainyard_engine.core.dataset import Dataset
from trainyard_engine.core.model import LoadedModel, ModelConfig
from trainyard_engine.core.prediction import outputs_of
from trainyard_engine.core.prediction_notes import Notes
from trainyard_engine.core.split import split_examples
from trainyard_engine.core.statistics import table_statistics
from trainyard_engine.modalities.encode import TableEncoder
from trainyard_engine.modalities.inputs import encode_rows
from trainyard_engine.modalities.tabular.input_warnings import note_unknown_cells
from trainyard_engine.tasks.handler import Inheritance, PreparedData, Preprocessing
from trainyard_engine.tasks.shared.row_targets import RowTargets, with_row_target
from trainyard_spec.datasets import AnyProfile, TableProfile
from trainyard_spec.training import TrainingSpec


class TableRows(RowTargets):
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
            statistics = table_statistics(dataset.features["numeric"], split.train, spec.training.preprocess)
            statistics = with_row_target(statistics, dataset, split.train)
            columns = (dataset.features["numeric"], dataset.features["categorical"])
            profile = _table(dataset.compiled.profile)
            coverage: Coverage | None = table_coverage(*columns, profile, split.train)
            if start:
                statistics, coverage = start.scaled(statistics), start.covered(coverage)
            preprocessing = Preprocessing(statistics, coverage=coverage)
        return PreparedData(
            split=split, preprocessing=preprocessing, open_source=lambda device: BatchSource(dataset, device)
        )

    def encoder(self, config: ModelConfig, preprocessing: Preprocessing, device: torch.device) -> TableEncoder:
        profile, has_calendar = _table(config.profile), config.form.has_calendar
        return TableEncoder(profile, config.statistics, device, coverage=config.coverage, has_calendar=has_calendar)

    def predict(self, model: LoadedModel, inputs: list[Any], notes: Notes) -> list[dict[str, Any]]:
        profile, coverage = _table(model.config.profile), model.config.coverage
        encoded = encode_rows(inputs, profile)
        if coverage:
            note_unknown_cells(inputs, encoded, profile, coverage, notes)
        return self.answers(model, outputs_of(model, encoded))


def _table(profile: AnyProfile) -> TableProfile:
    assert isinstance(profile, TableProfile)  # noqa: S101  as the task says
    return profile
