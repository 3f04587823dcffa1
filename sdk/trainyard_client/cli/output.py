"""Output of commands: tables and summaries for people, JSON for programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console

PIPE_WIDTH = 400
"""In a pipe lines are as long as they need to be: ids must come out whole."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: ``of`` makes its text of an item. One that is ``whole`` is never cut to fit a terminal."""

    name: str
    of: Callable[[Any], object]
    whole: bool = False
    right: bool = False


@cache
def stdout() -> Console:
    """Where answers go."""
    from rich.console import Console

    return Console(width=None if sys.stdout.isatty() else PIPE_WIDTH)


@cache
def stderr() -> Console:
    """Where all else goes."""
    from rich.console import Console

    return Console(stderr=True)


def say(text: str) -> None:
    """Prints a sentence for people, as it is."""
    stdout().print(text, markup=False, highlight=False, soft_wrap=True)


def remark(text: str, style: str | None = None) -> None:
    """Prints a sentence beside the answer."""
    stderr().print(text, style=style, markup=False, highlight=False, soft_wrap=True)


def hint(text: str) -> None:
    """Says what to do next, to a person: in a script it would be in the way."""
    if sys.stderr.isatty():
        stderr().print(text, style="dim", markup=False, highlight=False, soft_wrap=True)


def print_json(content: Any) -> None:
    """Prints JSON, coloured in a terminal."""
    if sys.stdout.isatty():
        stdout().print_json(data=content)
    else:
        typer.echo(json.dumps(content, indent=2, ensure_ascii=False))


def print_list(items: Iterable[Any], columns: Sequence[Column], *, limit: int, as_json: bool) -> None:
    """Prints the first ``limit`` of ``items``, and says so where there are more."""
    shown = list(islice(items, limit + 1))
    more, shown = len(shown) > limit, shown[:limit]
    if as_json:
        print_json(shown)
    elif shown:
        stdout().print(table(shown, columns))
    else:
        remark("There are none.")
    if more:
        remark(f"There are more than these {limit:,}; --limit shows more.", style="dim")


def table(items: Iterable[Any], columns: Sequence[Column]) -> Any:
    """A table that fits the terminal: what is not ``whole`` is cut."""
    from rich.table import Table
    from rich.text import Text

    rows = [[text(column.of(item)) for column in columns] for item in items]
    made = Table(box=None, pad_edge=False)
    for index, column in enumerate(columns):
        widest = max((len(row[index]) for row in rows), default=0)
        made.add_column(
            column.name,
            no_wrap=True,
            overflow="ellipsis",
            min_width=max(widest, len(column.name)) if column.whole else None,
            justify="right" if column.right else "left",
        )
    for row in rows:
        made.add_row(*map(Text, row))
    return made


def print_one(item: Any, fields_of: Callable[[], Sequence[tuple[str, object]]], *, as_json: bool) -> None:
    """Prints what matters of ``item`` to a person, all of it as JSON to a program: with ``--json``, and into a pipe."""
    if as_json or not sys.stdout.isatty():
        print_json(item)
        return
    fields = fields_of()
    width = max(len(name) for name, _ in fields)
    for name, value in fields:
        if text(value):
            stdout().print(f"{name:<{width}}  {text(value)}", markup=False, highlight=False)


def text(value: object) -> str:
    """A cell: times without fractions, in UTC; nothing for nothing."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:%Y-%m-%d %H:%M:%S}" if isinstance(value, datetime) else str(value)


def percent(value: float | None) -> str:
    return "" if value is None else f"{value:.0f} %"


def size(count: int) -> str:
    """Bytes, in the unit that reads best."""
    amount, unit = float(count), "B"
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if amount < 1000 or unit == "TB":
            break
        amount /= 1000
    return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"


def number(value: float | None) -> str:
    return "" if value is None else f"{value:.5g}"
