"""The task registry is one table: whatever else lists tasks, metrics or sections agrees with it."""

from typing import get_args

import pytest

from trainyard_spec.architectures import ARCHITECTURES
from trainyard_spec.metrics import METRICS, VALIDATION_PREFIX, ValidationMetric, metric_of
from trainyard_spec.task_sections import TASK_SECTIONS
from trainyard_spec.tasks import TRAITS, Task
from trainyard_spec.training import TrainingConfig


def test_every_task_has_a_row() -> None:
    assert list(TRAITS) == list(Task)


@pytest.mark.parametrize("task", Task)
def test_a_row_names_what_is_known(task: Task) -> None:
    traits = task.traits
    assert set(traits.metrics) <= METRICS.keys()
    assert {traits.default_metric, *traits.watched} <= set(traits.metrics)
    assert set(traits.sections) <= TASK_SECTIONS.keys() <= TrainingConfig.model_fields.keys()
    assert traits.needs <= traits.options


@pytest.mark.parametrize("task", Task)
def test_what_is_recommended_serves_the_task_from_the_first_row_on(task: Task) -> None:
    rows = [each.rows for each in task.traits.recommended]
    assert rows == sorted(set(rows))
    assert rows[0] == 0
    assert all(task in ARCHITECTURES[each.architecture].tasks for each in task.traits.recommended)


def test_what_may_be_watched_is_what_some_task_has() -> None:
    watched = {f"{VALIDATION_PREFIX}{name}" for task in Task for name in task.traits.watched}
    assert watched == set(get_args(ValidationMetric))


@pytest.mark.parametrize(
    ("name", "direction"), [("val_wer", "minimize"), ("rmse/price", "minimize"), ("r2", "maximize")]
)
def test_a_metric_keeps_its_direction_wherever_it_stands(name: str, direction: str) -> None:
    assert metric_of(name).direction == direction
