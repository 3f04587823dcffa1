"""One compilation, as asked for."""

from dataclasses import dataclass, field
from pathlib import Path

from trainyard_engine.ingest.limits import IngestLimits
from trainyard_spec.compile_options import CompileOptions
from trainyard_spec.tasks import Task


@dataclass(frozen=True, slots=True, kw_only=True)
class CompileRequest:
    """``filename`` is the name the customer gave ``source``; it helps to tell the format and appears in problems.

    ``class_names`` are those that files beside ``source`` state of classes that it holds as numbers, by column.
    """

    source: Path
    filename: str
    task: Task
    options: CompileOptions
    out: Path
    class_names: dict[str, list[str]] = field(default_factory=dict)
    limits: IngestLimits = field(default_factory=IngestLimits)
