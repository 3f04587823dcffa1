"""Tables: a class, labels, a number or several for each row."""

from typing import Any

import torch

from trainyard_engine.data.batches import BatchSource
from trainyard_engine.data.coverage import table_coverage
from trainyard_engine.data.dataset import Dataset
from trainyard_engine.data.encoding import TableEncoder
from trainyard_engine.data.split import split_examples
from trainyard_engine.data.statistics import table_statistics, with_target
from trainyard_engine.inputs import encode_rows
from trainyard_engine.kinds.kind import Fitted, Prepared, RowByRow
from trainyard_engine.model import LoadedModel, ModelConfig
from trainyard_engine.notes import Notes
from trainyard_engine.prediction import class_answers, outputs_of
from trainyard_engine.table_warnings import note_unknown_cells
from trainyard_engine.training.classification import Classification
from trainyard_engine.training.multi_label import MultiLabel
from trainyard_engine.training.objectives import Regression
from trainyard_engine.training.several_numbers import SeveralNumbers
from trainyard_engine.verdicts.classes import ClassContest
from trainyard_engine.verdicts.contest import Contest, Tested
from trainyard_engine.verdicts.numbers import NumberContest
from trainyard_engine.verdicts.several import LabelContest, TargetContest
from trainyard_spec.datasets import AnyProfile, TableProfile
from trainyard_spec.training import TrainingSpec


class Tables(RowByRow):
    def prepare(self, dataset: Dataset, spec: TrainingSpec, *, fitted: Fitted | None = None) -> Prepared:
        split = split_examples(dataset, spec.split)
        if fitted is None:
            statistics = table_statistics(dataset.features["numeric"], split.train, spec.training.preprocess)
            if not dataset.is_classification:
                statistics = with_target(statistics, dataset.target, split.train)
            columns = (dataset.features["numeric"], dataset.features["categorical"])
            profile = _table(dataset.compiled.profile)
            fitted = Fitted(statistics, coverage=table_coverage(*columns, profile, split.train))
        return Prepared(split=split, fitted=fitted, open_source=lambda device: BatchSource(dataset, device))

    def encoder(self, config: ModelConfig, fitted: Fitted, device: torch.device) -> TableEncoder:
        return TableEncoder(_table(config.profile), config.statistics, device, coverage=config.coverage)

    def objective(
        self, config: ModelConfig, fitted: Fitted
    ) -> Classification | MultiLabel | Regression | SeveralNumbers:
        profile = _table(config.profile)
        if profile.multi_label:
            return MultiLabel(config.spec, config.classes)
        if config.spec.task.is_classification:
            return Classification(config.spec, config.classes, config.class_weights, logits=config.form.logits)
        if profile.targets:
            return SeveralNumbers(config.spec, config.statistics, profile.targets)
        return Regression(config.spec, config.statistics)

    def contest(self, tested: Tested) -> Contest:
        profile = _table(tested.model.config.profile)
        if profile.multi_label:
            return LabelContest(tested)
        if profile.targets:
            return TargetContest(tested)
        return ClassContest(tested) if tested.dataset.is_classification else NumberContest(tested)

    def predict(self, model: LoadedModel, inputs: list[Any], notes: Notes) -> list[dict[str, Any]]:
        profile, coverage = _table(model.config.profile), model.config.coverage
        encoded = encode_rows(inputs, profile)
        if coverage:
            note_unknown_cells(inputs, encoded, profile, coverage, notes)
        outputs = outputs_of(model, encoded)
        if isinstance(model.objective, Regression):
            return [{"value": value} for value in model.objective.values(outputs).tolist()]
        if isinstance(model.objective, SeveralNumbers):
            values = model.objective.values(outputs).tolist()
            return [{"values": dict(zip(model.objective.targets, row, strict=True))} for row in values]
        return class_answers(model, outputs)


def _table(profile: AnyProfile) -> TableProfile:
    assert isinstance(profile, TableProfile)  # noqa: S101  as the task says
    return profile


KIND = Tables()
