"""Series of the UCR and UEA archives (``.ts``, as sktime writes them) and of Monash's (``.tsf``), as rows of steps.

A case of a ``.ts`` is a line, its dimensions parted by colons and its class last; a series of a ``.tsf`` is its
attributes and its values, parted likewise. Both become a row for each step, as every table of series is.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from trainyard_engine.ingest.problems import ProblemCode, ProblemLog
from trainyard_engine.ingest.request import CompileRequest
from trainyard_engine.ingest.split_folders import part_of_table
from trainyard_engine.ingest.tables.batches import TableBatch, check_names
from trainyard_engine.ingest.tables.other_tables import text_lines
from trainyard_spec.datasets import PARTS
from trainyard_spec.names import column_name

IS_TS = re.compile(rb"(?:\s|#[^\n]*\n)*@(?:problemname|timestamps|univariate|dimensions|classlabel)\b", re.IGNORECASE)
IS_TSF = re.compile(
    rb"(?:\s|#[^\n]*\n)*@relation\b[^@]*(?:@attribute[^@]*)*@(?:frequency|horizon|missing|equallength)\b",
    re.IGNORECASE,
)
SERIES, TIME, VALUE, CLASS = "series", "time", "value", "class"
"""What the columns are called; of several dimensions the values are ``dim_0``, ``dim_1`` and so on, as in sktime."""
STAMPED = re.compile(r"\(\s*([^(),]+?)\s*,\s*([^(),]+?)\s*\)")
"""A value with its time before it."""
STEPS_AT_ONCE = 1 << 18
Cell = str | int | None
Steps = tuple[list[str], list[list[Cell]]]
"""The names of the columns, and the cells of each."""
StepsOf = Callable[[int, str, Mapping[str, str], int], Steps | None]
"""What a line holds: from its number, the line, what the head says, and how many dimensions the first had."""


@dataclass(slots=True)
class _Steps:
    """Rows that are not given out yet. ``cases`` are the lines that they come from, counted from 1."""

    names: list[str]
    columns: list[list[Cell]] = field(default_factory=list)
    cases: list[int] = field(default_factory=list)

    def add(self, case: int, columns: list[list[Cell]]) -> None:
        """The steps of one series, column by column."""
        self.columns = self.columns or [[] for _ in columns]
        for known, more in zip(self.columns, columns, strict=True):
            known.extend(more)
        self.cases.extend([case] * len(columns[0]))

    def batch(self) -> TableBatch:
        columns = {
            name: pa.array(cells, pa.int64() if isinstance(cells[0], int) else pa.string())
            for name, cells in zip(self.names, self.columns, strict=True)
        }
        return TableBatch(rows=len(self.cases), columns=columns, numbers=np.array(self.cases, dtype=np.int64))


def read_ts(request: CompileRequest, log: ProblemLog) -> Iterator[TableBatch]:
    """Yields the steps: ``series``, its number in the file, ``time``, ``value`` or ``dim_0`` and so on, ``class``.

    Rows count the lines below ``@data``. Raises ``Rejected`` for lines of different numbers of dimensions.
    """
    part = part_of_table(request.filename)
    before = "" if part is None else f"{PARTS[part]} "  # which tells those of two parts apart

    def steps(case: int, line: str, head: Mapping[str, str], width: int) -> Steps | None:
        label = [] if _says(head, "classlabel", "targetlabel") == "false" else [_after_colon(line)]
        dimensions, times = _dimensions(line, labelled=bool(label))
        if width and len(dimensions) != width:
            message = f"This case has {len(dimensions)} dimensions and the first has {width}. Make them equal."
            log.add(ProblemCode.RAGGED_ROW, message, file=request.filename, row=case)
            return None
        values = [VALUE] if len(dimensions) == 1 else [f"dim_{place}" for place in range(len(dimensions))]
        columns: list[list[Cell]] = [[f"{before}{case}"] * len(times), [*times], *dimensions]
        columns += [[said] * len(times) for said in label]
        return [SERIES, TIME, *values, *[CLASS] * len(label)], columns

    yield from _batches(request, log, steps)


def read_tsf(request: CompileRequest, log: ProblemLog) -> Iterator[TableBatch]:
    """Yields the steps: the first attribute, which names the series, ``time``, counted from 0, and ``value``.

    Values that are missing before the first or behind the last are no steps. Raises ``Rejected``.
    """

    def steps(case: int, line: str, head: Mapping[str, str], _width: int) -> Steps:
        name, _, rest = line.partition(":")
        cells: list[Cell] = [*map(_cell, rest.rpartition(":")[2].split(","))]
        known = [place for place, cell in enumerate(cells) if cell is not None] or [0]
        cells = cells[known[0] : known[-1] + 1]
        first = column_name(head.get("attribute", "series_name string").split()[0])
        return [first, TIME, VALUE], [[name.strip()] * len(cells), [*range(len(cells))], cells]

    yield from _batches(request, log, steps)


def _batches(request: CompileRequest, log: ProblemLog, steps_of: StepsOf) -> Iterator[TableBatch]:
    with text_lines(request, log) as lines:
        head = _head(lines)
        waiting: _Steps | None = None
        width = case = 0
        for line in filter(str.strip, lines):
            if line.startswith(("#", "%")):
                continue
            case += 1
            found = steps_of(case, line.strip(), head, width)
            if found is None:
                continue
            names, columns = found
            if not width:
                check_names(names, filename=request.filename, log=log, limits=request.limits)
                width = sum(name == VALUE or name.startswith("dim_") for name in names)
            waiting = waiting or _Steps(names)
            waiting.add(case, columns)
            if len(waiting.cases) >= STEPS_AT_ONCE:
                yield waiting.batch()
                waiting = None
        if waiting and waiting.cases:
            yield waiting.batch()


def _head(lines: Iterator[str]) -> dict[str, str]:
    """What the lines up to ``@data`` say, by their first words in lower case; the first of those that come again."""
    found: dict[str, str] = {}
    for line in lines:
        name, _, said = line.strip().partition(" ")
        if name.casefold() == "@data":
            break
        if name.startswith("@"):
            found.setdefault(name[1:].casefold(), said.strip())
    return found


def _says(head: Mapping[str, str], *names: str) -> str:
    return next((head[name].split()[0].casefold() for name in names if head.get(name)), "false")


def _after_colon(line: str) -> str:
    return line.rpartition(":")[2].strip()


def _dimensions(line: str, *, labelled: bool) -> tuple[list[list[Cell]], list[Cell]]:
    """The values of each dimension, as many of each, and their times, counted from 0 where the line states none."""
    body = line.rpartition(":")[0] if labelled else line
    if "(" not in body:
        cells = [[*map(_cell, part.split(","))] for part in body.split(":")]
        longest = max(map(len, cells))
        return [[*part, *[None] * (longest - len(part))] for part in cells], [*range(longest)]
    stamped = [dict(STAMPED.findall(part)) for part in re.split(r"(?<=\))\s*:", body)]
    times = [*dict.fromkeys(time for part in stamped for time in part)]
    return [[_cell(part.get(time, "")) for time in times] for part in stamped], [*times]


def _cell(text: str) -> str | None:
    text = text.strip()
    return None if text in ("", "?") or text.casefold() == "nan" else text
