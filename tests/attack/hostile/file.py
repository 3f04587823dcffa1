"""What a hostile file is: how it is made, and what it is uploaded as."""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from trainyard_spec.task_traits import DataKind
from trainyard_spec.tasks import Task

SEED = 20260101


@dataclass(frozen=True)
class HostileFile:
    """``make`` writes it with draws of its own, the same ones each time. ``data`` are the tasks' kind of data."""

    kind: str
    name: str
    make: Callable[[Random], bytes]
    task: Task
    filename: str
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def title(self) -> str:
        return f"{self.kind}: {self.name}"

    @property
    def data(self) -> DataKind:
        return self.task.traits.data

    def content(self) -> bytes:
        return self.make(Random(f"{SEED} {self.title}"))


def fixed(content: bytes) -> Callable[[Random], bytes]:
    return lambda _: content
