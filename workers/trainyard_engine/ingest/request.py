"""One compilation, as asked for."""

from dataclasses import dataclass, field
from pathlib import Path

from trainyard_engine.ingest.limits import IngestLimits
from trainyard_spec.compile_options import CompileOptions
from trainyard_spec.tasks import Task


@dataclass(frozen=True, slots=True)
class MediaTable:
    """A Parquet file whose ``column`` holds pictures or recordings; ``name`` is what sentences call it.

    ``part`` is the place in ``PARTS`` that its name says, if it says any.
    """

    source: Path
    name: str
    column: str
    rows: int
    part: int | None

    def file(self, row: int) -> str:
        """What the content of ``row``, counted from 1, is called: names are in the order of rows."""
        return f"{self.name}/{row:0{len(str(self.rows))}}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CompileRequest:
    """``filename`` is the name the customer gave ``source``; it helps to tell the format and appears in problems.

    ``class_names`` are those that files beside ``source`` state of classes that it holds as numbers, by column.
    ``media`` are the tables in ``source`` whose rows are the pictures or recordings; without any, ``source`` is an
    archive of files.
    """

    source: Path
    filename: str
    task: Task
    options: CompileOptions
    out: Path
    class_names: dict[str, list[str]] = field(default_factory=dict)
    media: tuple[MediaTable, ...] = ()
    limits: IngestLimits = field(default_factory=IngestLimits)
