"""What is told of a row, whatever the row is: a class, labels, a number or several."""

from collections.abc import Callable
from typing import Any

from torch import Tensor

from trainyard_engine.core.dataset import Dataset
from trainyard_engine.core.model import LoadedModel, ModelConfig
from trainyard_engine.core.prediction import class_answers
from trainyard_engine.core.split import Rows
from trainyard_engine.core.statistics import Statistics, with_target
from trainyard_engine.tasks.shared.class_baselines import ClassContest
from trainyard_engine.tasks.shared.classification import Classification
from trainyard_engine.tasks.shared.multi_label import MultiLabel
from trainyard_engine.tasks.shared.multi_output_baselines import LabelContest, TargetContest
from trainyard_engine.tasks.shared.multi_output_regression import SeveralNumbers
from trainyard_engine.tasks.shared.number_baselines import NumberContest
from trainyard_engine.tasks.shared.regression import Regression
from trainyard_engine.tasks.verdict.contest import Contest, Tested
from trainyard_spec.datasets import TargetProfile

RowObjective = Classification | MultiLabel | Regression | SeveralNumbers

CONTESTS: dict[type[Any], Callable[[Tested], Contest]] = {
    MultiLabel: LabelContest,
    Classification: ClassContest,
    SeveralNumbers: TargetContest,
    Regression: NumberContest,
}


def with_row_target(statistics: Statistics, dataset: Dataset, train: Rows) -> Statistics:
    """``statistics`` with those of a regression's target over the rows ``train``."""
    return statistics if dataset.is_classification else with_target(statistics, dataset.target, train)


def row_objective(config: ModelConfig) -> RowObjective:
    """Of a model of data with a ``TargetProfile``."""
    profile = config.profile
    assert isinstance(profile, TargetProfile)  # noqa: S101  as the task says
    if profile.multi_label:
        return MultiLabel(config.spec, config.classes)
    if config.spec.task.is_classification:
        return Classification(config.spec, config.classes, config.class_weights, logits=config.form.logits)
    if profile.targets:
        return SeveralNumbers(config.spec, config.statistics, profile.targets)
    return Regression(config.spec, config.statistics)


def row_contest(tested: Tested) -> Contest:
    """What such a model is held against."""
    return CONTESTS[type(tested.model.objective)](tested)


def row_answers(model: LoadedModel, outputs: Tensor) -> list[dict[str, Any]]:
    """One for each row of ``outputs`` (rows, outputs)."""
    objective = model.objective
    if isinstance(objective, Regression):
        return [{"value": value} for value in objective.values(outputs).tolist()]
    if isinstance(objective, SeveralNumbers):
        values = objective.values(outputs).tolist()
        return [{"values": dict(zip(objective.targets, row, strict=True))} for row in values]
    return class_answers(model, outputs)
