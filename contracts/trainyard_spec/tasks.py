"""The learning tasks a dataset and a job can be for."""

from enum import StrEnum


class Task(StrEnum):
    IMAGE_CLASSIFICATION = "image_classification"
    TEXT_CLASSIFICATION = "text_classification"
    TABULAR_CLASSIFICATION = "tabular_classification"
    TABULAR_REGRESSION = "tabular_regression"

    @property
    def is_classification(self) -> bool:
        return self in CLASSIFICATION_TASKS


CLASSIFICATION_TASKS = frozenset({Task.IMAGE_CLASSIFICATION, Task.TEXT_CLASSIFICATION, Task.TABULAR_CLASSIFICATION})
TABULAR_TASKS = frozenset({Task.TABULAR_CLASSIFICATION, Task.TABULAR_REGRESSION})
