"""The table of results as Markdown, and in words what it must not hide."""

from collections.abc import Mapping, Sequence

from benchmarks.page import markdown
from benchmarks.results.row import LESS_IS_BETTER, Figure, ResultRow

HEADER = ("task", "data", "model", "metric", "Trainyard", "baseline", "references", "seconds")


def text(rows: Sequence[ResultRow], missing: Mapping[str, str]) -> str:
    """``missing`` says of each part that could not run why."""
    parts = [markdown(HEADER, [_cells(row) for row in rows]), _ahead(rows)]
    if missing:
        parts.append("Could not run here:\n\n" + "\n".join(f"- {name}: {why}" for name, why in missing.items()))
    return "\n\n".join(parts)


def _cells(row: ResultRow) -> tuple[str, ...]:
    ours = f"{row.mean:.3f} ({min(row.ours):.3f} to {max(row.ours):.3f})"
    direction = "less" if row.metric in LESS_IS_BETTER else "more"
    references = "; ".join(_cell(figure) for figure in row.references)
    metric = f"{row.metric} ({direction} is better)"
    return row.task, row.data, row.model, metric, ours, _cell(row.baseline), references, f"{row.seconds:.1f}"


def _cell(figure: Figure) -> str:
    return f"{figure.name}: {figure.value:.3f}"


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
