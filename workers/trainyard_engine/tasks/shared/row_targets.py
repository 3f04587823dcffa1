"""Targets of rows, whatever a row is: a class or labels, a number or several."""

from abc import abstractmethod
from typing import Any, TypeVar

from torch import Tensor

from trainyard_engine.core.dataset import Dataset
from trainyard_engine.core.model import LoadedModel, ModelConfig
from trainyard_engine.core.prediction import class_answers
from trainyard_engine.core.split import Rows
from trainyard_engine.core.statistics import Statistics, with_target
from trainyard_engine.tasks.handler import Preprocessing, RowHandler
from trainyard_engine.tasks.shared.class_baselines import ClassContest
from trainyard_engine.tasks.shared.classification import Classification
from trainyard_engine.tasks.shared.multi_label import MultiLabel
from trainyard_engine.tasks.shared.multi_output_baselines import LabelContest, TargetContest
from trainyard_engine.tasks.shared.multi_output_regression import SeveralNumbers
from trainyard_engine.tasks.shared.number_baselines import NumberContest
from trainyard_engine.tasks.shared.regression import Regression
from trainyard_engine.tasks.verdict.contest import Contest, Tested
from trainyard_spec.datasets import ImageProfile, TargetProfile

LARGE_IMAGES_AT_ONCE = 64


class RowTargets(RowHandler):
    """What a handler of rows needs to know of their targets."""

    @abstractmethod
    def answers(self, model: LoadedModel, outputs: Tensor) -> list[dict[str, Any]]:
        """One for each row of ``outputs`` (rows, outputs)."""


class ClassTargets(RowTargets):
    """A class for each row or, by the data's profile, any number of labels."""

    def objective(self, config: ModelConfig, preprocessing: Preprocessing) -> Classification | MultiLabel:
        if _profile(config).multi_label:
            return _within_memory(MultiLabel(config.spec, config.classes), config, preprocessing)
        objective = Classification(config.spec, config.classes, config.class_weights, logits=config.form.logits)
        return _within_memory(objective, config, preprocessing)

    def contest(self, tested: Tested) -> Contest:
        return LabelContest(tested) if isinstance(tested.model.objective, MultiLabel) else ClassContest(tested)

    def answers(self, model: LoadedModel, outputs: Tensor) -> list[dict[str, Any]]:
        return class_answers(model, outputs)


class NumberTargets(RowTargets):
    """A number for each row or, by the data's profile, several."""

    def objective(self, config: ModelConfig, preprocessing: Preprocessing) -> Regression | SeveralNumbers:
        if targets := _profile(config).targets:
            return _within_memory(SeveralNumbers(config.spec, config.statistics, targets), config, preprocessing)
        return _within_memory(Regression(config.spec, config.statistics), config, preprocessing)

    def contest(self, tested: Tested) -> Contest:
        return TargetContest(tested) if isinstance(tested.model.objective, SeveralNumbers) else NumberContest(tested)

    def answers(self, model: LoadedModel, outputs: Tensor) -> list[dict[str, Any]]:
        objective = model.objective
        if isinstance(objective, SeveralNumbers):
            values = objective.values(outputs).tolist()
            return [{"values": dict(zip(objective.targets, row, strict=True))} for row in values]
        assert isinstance(objective, Regression)  # noqa: S101  as above
        return [{"value": value} for value in objective.values(outputs).tolist()]


Judge = TypeVar("Judge", Classification, MultiLabel, Regression, SeveralNumbers)


def _within_memory(objective: Judge, config: ModelConfig, preprocessing: Preprocessing) -> Judge:
    """``objective``, judging few of the images at once that a pretrained network sees in its own, larger size."""
    if preprocessing.base and isinstance(config.profile, ImageProfile):
        objective.evaluation_rows = LARGE_IMAGES_AT_ONCE
    return objective


def with_row_target(statistics: Statistics, dataset: Dataset, train: Rows) -> Statistics:
    """``statistics`` with those of a regression's target over the rows ``train``."""
    return statistics if dataset.is_classification else with_target(statistics, dataset.target, train)


def _profile(config: ModelConfig) -> TargetProfile:
    assert isinstance(config.profile, TargetProfile)  # noqa: S101  as the task says
    return config.profile
