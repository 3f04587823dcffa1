"""Task sections: parts of ``training`` that only some tasks have."""

from dataclasses import dataclass

from trainyard_spec.audio import AudioConfig
from trainyard_spec.base import ContractModel
from trainyard_spec.embeddings import EmbeddingConfig
from trainyard_spec.series import SequenceConfig, SeriesConfig
from trainyard_spec.tasks import Task
from trainyard_spec.texts import TextConfig
from trainyard_spec.tuning import TuningConfig


@dataclass(frozen=True, slots=True)
class TaskSection:
    """A part of ``training`` that only some tasks have; ``why_not`` completes "training.x …" for the other tasks."""

    name: str
    model: type[ContractModel]
    why_not: str

    @property
    def tasks(self) -> frozenset[Task]:
        """Tasks whose row in ``TRAITS`` names it."""
        return frozenset(task for task in Task if self.name in task.traits.sections)


TASK_SECTIONS: dict[str, TaskSection] = {
    section.name: section
    for section in (
        TaskSection("text", TextConfig, "says how texts are read, and this task has no texts"),
        TaskSection("embedding", EmbeddingConfig, "says how texts become vectors, and this task makes none"),
        TaskSection("tuning", TuningConfig, "says how conversations are read, and this task has none"),
        TaskSection("series", SeriesConfig, "says what a forecast sees and tells, and this task has no forecasts"),
        TaskSection("sequence", SequenceConfig, "says how sequences are read, and this task has none"),
        TaskSection("audio", AudioConfig, "says how recordings are read, and this task has none"),
    )
}
