"""Base class of the configurations in the architecture catalogue."""

from typing import Any, ClassVar

from trainyard_spec.base import ContractModel
from trainyard_spec.tasks import Task


class ArchitectureConfig(ContractModel):
    """Hyperparameters of one architecture. Subclasses set ``name`` to a literal, which is also its default.

    ``place`` is the position in the catalogue: forms list the architectures of a task by it, lowest first.
    """

    place: ClassVar[int]
    title: ClassVar[str]
    summary: ClassVar[str]
    tasks: ClassVar[tuple[Task, ...]]
    adaptation: ClassVar[frozenset[str]] = frozenset()
    """Hyperparameters of how weights are learnt, not of what they are: a model may be trained on by others."""

    name: str

    def by_first_names(self, stated: dict[str, Any]) -> dict[str, Any]:
        """``stated``, fields of this configuration, by what the release that brought them called them.

        The name of a training is made of them, and outlives a renaming of fields.
        """
        first = {name: former for former, name in self.former_names.items()}
        return {first.get(name, name): value for name, value in stated.items()}
