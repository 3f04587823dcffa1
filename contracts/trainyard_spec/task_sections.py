"""Task sections: parts of ``training`` that only some tasks have."""

from dataclasses import dataclass

from trainyard_spec.audio import AudioSpec
from trainyard_spec.base import ContractModel
from trainyard_spec.series import SequenceSpec, SeriesSpec
from trainyard_spec.tasks import DataKind, Task
from trainyard_spec.texts import TextSpec


@dataclass(frozen=True, slots=True)
class TaskSection:
    """A part of ``training`` that only some tasks have; ``why_not`` completes "training.x …" for the others."""

    model: type[ContractModel]
    tasks: frozenset[Task]
    why_not: str


TASK_SECTIONS: dict[str, TaskSection] = {
    "text": TaskSection(
        TextSpec,
        frozenset(task for task in Task if task.traits.data == DataKind.TEXTS),
        "says how texts are read, and this task has no texts",
    ),
    "series": TaskSection(
        SeriesSpec,
        frozenset({Task.TIME_SERIES_FORECASTING}),
        "says what a forecast sees and tells, and this task has no forecasts",
    ),
    "sequence": TaskSection(
        SequenceSpec,
        frozenset({Task.SEQUENCE_CLASSIFICATION}),
        "says how sequences are read, and this task has none",
    ),
    "audio": TaskSection(
        AudioSpec,
        frozenset(task for task in Task if task.traits.data == DataKind.RECORDINGS),
        "says how recordings are read, and this task has none",
    ),
}
