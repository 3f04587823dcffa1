"""Parts of ``training`` that only some tasks have."""

from dataclasses import dataclass

from trainyard_spec.audio import AudioSpec
from trainyard_spec.base import ContractModel
from trainyard_spec.series import SequenceSpec, SeriesSpec
from trainyard_spec.tasks import DataKind, Task
from trainyard_spec.texts import TextSpec


@dataclass(frozen=True, slots=True)
class OwnSection:
    """A part of ``training`` that only some tasks have; ``why_not`` completes "training.x …" for the others."""

    model: type[ContractModel]
    tasks: frozenset[Task]
    why_not: str


OWN_SECTIONS: dict[str, OwnSection] = {
    "text": OwnSection(
        TextSpec,
        frozenset(task for task in Task if task.traits.data == DataKind.TEXTS),
        "says how texts are read, and this task has no texts",
    ),
    "series": OwnSection(
        SeriesSpec,
        frozenset({Task.TIME_SERIES_FORECASTING}),
        "says what a forecast sees and tells, and this task has no forecasts",
    ),
    "sequence": OwnSection(
        SequenceSpec,
        frozenset({Task.SEQUENCE_CLASSIFICATION}),
        "says how sequences are read, and this task has none",
    ),
    "audio": OwnSection(
        AudioSpec,
        frozenset(task for task in Task if task.traits.data == DataKind.RECORDINGS),
        "says how recordings are read, and this task has none",
    ),
}
