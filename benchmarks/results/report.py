"""The table of results as Markdown, and in words what it must not hide."""

import re
from collections.abc import Mapping, Sequence
from itertools import takewhile

from benchmarks.report_page import markdown
from benchmarks.results.row import LESS_IS_BETTER, PLACES, Figure, ResultRow, Spread

HEADER = ("task", "data", "model", "metric", "Trainyard", "baseline", "references", "seconds")


def text(rows: Sequence[ResultRow], missing: Mapping[str, str]) -> str:
    """``missing`` says of each part that could not run why."""
    parts = [markdown(HEADER, [_cells(row) for row in rows]), _ahead(rows)]
    if missing:
        parts.append("Could not run here:\n\n" + "\n".join(f"- {name}: {why}" for name, why in missing.items()))
    return "\n\n".join(parts)


def read(page: str) -> list[ResultRow]:
    """The rows of a table that ``text`` has written, as exact as they are told."""
    lines = page.partition(f"| {' | '.join(HEADER)} |\n")[2].splitlines()[1:]
    told = [line.strip("| ").split(" | ") for line in takewhile(lambda line: line.startswith("|"), lines)]
    return [_row(dict(zip(HEADER, cells, strict=True))) for cells in told]


def merged(before: Sequence[ResultRow], measured: Sequence[ResultRow]) -> list[ResultRow]:
    """``before`` with what was measured anew in its place; what is new stands behind its like."""
    rows = list(before)
    for row in measured:
        same = [place for place, other in enumerate(rows) if _key(other) == _key(row)]
        for place in same:
            rows[place] = row
        if not same:
            like = [place for place, other in enumerate(rows) if other.task == row.task]
            rows.insert(like[-1] + 1 if like else len(rows), row)
    return rows


def _key(row: ResultRow) -> tuple[str, ...]:
    return row.task, row.data, row.model


def _row(cells: Mapping[str, str]) -> ResultRow:
    references = tuple(_figure(cell) for cell in cells["references"].split("; "))
    return ResultRow(
        task=cells["task"],
        data=cells["data"],
        model=cells["model"],
        metric=cells["metric"].partition(" (")[0],
        ours=Spread(*map(float, re.findall(r"\d+\.\d+", cells["Trainyard"]))),
        baseline=_figure(cells["baseline"]),
        references=references,
        seconds=float(cells["seconds"]),
    )


def _figure(cell: str) -> Figure:
    name, _, value = cell.rpartition(": ")
    return Figure(name, float(value))


def _cells(row: ResultRow) -> tuple[str, ...]:
    mean, least, greatest = (f"{value:.{PLACES}f}" for value in (row.ours.mean, row.ours.least, row.ours.greatest))
    ours = f"{mean} ({least} to {greatest})"
    direction = "less" if row.metric in LESS_IS_BETTER else "more"
    references = "; ".join(_cell(figure) for figure in row.references)
    metric = f"{row.metric} ({direction} is better)"
    return row.task, row.data, row.model, metric, ours, _cell(row.baseline), references, f"{row.seconds:.1f}"


def _cell(figure: Figure) -> str:
    return f"{figure.name}: {figure.value:.{PLACES}f}"


def _ahead(rows: Sequence[ResultRow]) -> str:
    beaten = [row for row in rows if row.ahead]
    won = f"{len(rows) - len(beaten)} of {len(rows)} models score at least as well as all they are compared with."
    if not beaten:
        return won
    lines = [
        f"- {row.task}, {row.data}, `{row.model}`: {'; '.join(_name(row, other) for other in row.ahead)}"
        for row in beaten
    ]
    return f"{won} Better than Trainyard's are:\n\n" + "\n".join(lines)


def _name(row: ResultRow, other: Figure) -> str:
    return f"the baseline, {other.name}" if other == row.baseline else other.name
