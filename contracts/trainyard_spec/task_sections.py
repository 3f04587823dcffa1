"""Task sections: parts of ``training`` that only some tasks have."""

from dataclasses import dataclass

from trainyard_spec.audio import AudioConfig
from trainyard_spec.base import ContractModel
from trainyard_spec.series import SequenceConfig, SeriesConfig
from trainyard_spec.tasks import DataKind, Task
from trainyard_spec.texts import TextConfig


@dataclass(frozen=True, slots=True)
class TaskSection:
    """A part of ``training`` that only some tasks have; ``why_not`` completes "training.x …" for the others."""

    model: type[ContractModel]
    tasks: frozenset[Task]
    why_not: str


TASK_SECTIONS: dict[str, TaskSection] = {
    "text": TaskSection(
        TextConfig,
        frozenset(task for task in Task if task.traits.data == DataKind.TEXTS),
        "says how texts are read, and this task has no texts",
    ),
    "series": TaskSection(
        SeriesConfig,
        frozenset({Task.TIME_SERIES_FORECASTING}),
        "says what a forecast sees and tells, and this task has no forecasts",
    ),
    "sequence": TaskSection(
        SequenceConfig,
        frozenset({Task.SEQUENCE_CLASSIFICATION}),
        "says how sequences are read, and this task has none",
    ),
    "audio": TaskSection(
        AudioConfig,
        frozenset(task for task in Task if task.traits.data == DataKind.RECORDINGS),
        "says how recordings are read, and this task has none",
    ),
}
