"""One compilation, as asked for."""

from dataclasses import dataclass, field
from pathlib import Path

from trainyard_engine.ingest.limits import IngestLimits
from trainyard_spec.compile_options import CompileOptions
from trainyard_spec.tasks import Task


@dataclass(frozen=True, slots=True, kw_only=True)
class CompileRequest:
    """``filename`` is the name the customer gave ``source``; it helps to tell the format and appears in problems."""

    source: Path
    filename: str
    task: Task
    options: CompileOptions
    out: Path
    limits: IngestLimits = field(default_factory=IngestLimits)
