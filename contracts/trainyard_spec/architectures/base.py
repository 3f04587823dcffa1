"""What every catalogue entry states about itself."""

from typing import ClassVar

from trainyard_spec.base import ContractModel
from trainyard_spec.tasks import Task


class ArchitectureConfig(ContractModel):
    """Hyperparameters of one architecture. Subclasses fix ``name`` to a literal."""

    title: ClassVar[str]
    summary: ClassVar[str]
    tasks: ClassVar[tuple[Task, ...]]

    name: str
