"""Columns as people have them, and as nobody should: a few different cells, repeated down the rows."""

import datetime
import math
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

Column = list[Any]

WORDS = [
    "a",
    "b",
    "c",
    "red",
    "Red",
    " red ",
    "\u00e9t\u00e9",
    "e\u0301te\u0301",
    "日本",
    "🙂",
    "x" * 300,
    "a\tb",
    "a\nb",
    'say "x"',
    "it's",
]
BLANKS = ["", " ", "NA", "N/A", "n/a", "null", "None", "NaN", "nan", "-", "?", "#N/A", "\u00a0", "missing"]
NUMBERS = ["0", "1", "1.0", "01", "+1", "-1", "1e3", "1E-400", "1e400", "-0.0", ".5", "5.", "1_000", "0x10", "1e", "٣"]
LOCAL = ["1,5", "1.234,5", "1,234.5", "1 234,5", "1\u00a0234", "1'234", "12 %", "12%", "€ 5", "$1,000.00", "(5)", "5-"]
HUGE = [str(2**53 + 1), str(-(2**63)), str(2**64), str(10**40), "9" * 400, "0." + "0" * 50 + "1", "3.5e38", "1e308"]
BOOLEANS = ["true", "True", "TRUE", "false", "False", "yes", "no", "t", "f", "0", "1"]
DATES = [
    "2026-01-31", "31.01.2026", "01/31/2026", "31/01/2026", "2026-01-31T12:00:00Z", "2026-01-31 12:00:00.123456789",
    "2026-01-31T12:00:00+14:00", "20260131", "2026-W05", "Jan 31, 2026", "12:30", "12:30:59.5", "24:00", "0000-00-00",
    "9999-12-31", "10000-01-01", "0001-01-01", "2026-02-30", "1769860800", "1769860800000", "-1",
]  # fmt: skip
ODD = [
    "inf",
    "-Infinity",
    "\x00",
    "a\x00b",
    "\ufeff",
    "\u202e",
    "\x1b[0m",
    "=1+1",
    "[1, 2]",
    '{"a": 1}',
    "\ud800",
    "\r",
]
PARTS = ["train", "val", "test", "Train", "validation", "valid", "dev", "eval", "testing", "0", "", "holdout"]

NAMES = [
    "x",
    "y",
    "t",
    "s",
    "u",
    "i",
    "n",
    "text",
    "target",
    "split",
    "group",
    "X",
    "\u00e9",
    "日",
    "a b",
    "a,b",
    "row",
]
ODD_NAMES = [
    "",
    " ",
    "\x00",
    "a\nb",
    '"',
    "x" * 300,
    "__index_level_0__",
    "Unnamed: 0",
    "1",
    "\ufeffx",
    "\ud800",
    " x",
    "e\u0301",
]

POOLS = [WORDS, BLANKS, NUMBERS, LOCAL, HUGE, BOOLEANS, DATES, ODD, PARTS]
VALUES: list[Any] = [
    None, True, False, 0, 1, -1, 1.0, 0.1, -0.0, math.nan, math.inf, 2**53 + 1, 2**63, -(2**63), 10**40, 1e-320, 1e308,
    [], [1, 2], [[1], None], {}, {"a": 1}, {"a": {"b": [None]}}, {"": ""},
]  # fmt: skip
"""Those that JSON has."""
PYTHON: list[Any] = [
    b"", b"\x00\xff", Decimal("1.50"), Decimal("-12345678901234567890.123"), datetime.date(2026, 1, 31),
    datetime.date(1, 1, 1), datetime.time(12, 30, 59, 5), datetime.timedelta(days=-1, microseconds=3),
    datetime.datetime(2026, 1, 31, 12, tzinfo=datetime.UTC), datetime.datetime(1677, 1, 1, tzinfo=datetime.UTC),
]  # fmt: skip
"""Those that Arrow has besides."""


@st.composite
def pools(draw: st.DrawFn, extra: list[Any] | None = None) -> Column:
    """Up to eight different cells: mostly of one kind, as in a column, with a few of another."""
    kinds = [*POOLS, *([extra] if extra else [])]
    mainly = draw(st.sampled_from(kinds))
    pool = draw(st.lists(st.sampled_from(mainly), min_size=1, max_size=6))
    if draw(st.integers(0, 3)) == 0:
        pool += draw(st.lists(st.sampled_from(draw(st.sampled_from(kinds))), min_size=1, max_size=2))
    if draw(st.integers(0, 9)) == 0:
        pool.append(draw(st.text(max_size=8)))
    return pool


def _plain(kind: str, rows: int, offset: int) -> Column:
    """A column in which nothing is odd."""
    columns: dict[str, Column] = {
        "number": [(row * 7 + offset) % 11 / 2 for row in range(rows)],
        "row": [row + offset for row in range(rows)],
        "class": [f"k{(row + offset) % 3}" for row in range(rows)],
        "words": [f"word{row % 5} of the {row}th text" for row in range(rows)],
        "day": [str(datetime.date(2026, 1, 1) + datetime.timedelta(days=row)) for row in range(rows)],
        "user": [f"u{row % 5}" for row in range(rows)],
        "item": [f"i{row % 8}" for row in range(rows)],
        "series": [f"s{row // 3}" for row in range(rows)],
        "label": [f"k{row // 3 % 3}" for row in range(rows)],
        "part": [("train", "train", "val", "test")[row % 4] for row in range(rows)],
    }
    return columns[kind]


PLAIN = ["number", "row", "class", "words", "day", "user", "part"]


@st.composite
def columns(draw: st.DrawFn, *, rows: int, extra: list[Any] | None = None) -> Column:
    """``rows`` cells: two in three columns are plain but for a cell or two, as data mostly are."""
    if draw(st.integers(0, 2)) == 0:
        pool, stride = draw(pools(extra)), draw(st.integers(1, 5))
        return [pool[(row * stride + row // 7) % len(pool)] for row in range(rows)]
    column = list(_plain(draw(st.sampled_from(PLAIN)), rows, draw(st.integers(0, 3))))
    for cell in draw(pools(extra)) if rows and draw(st.integers(0, 2)) == 0 else []:
        column[draw(st.integers(0, rows - 1))] = cell
    return column


@st.composite
def tables(draw: st.DrawFn, extra: list[Any] | None = None) -> dict[str, Column]:
    """Columns by name, most of 10 to 40 rows; seven in eight have the columns that options usually name."""
    rows = draw(st.sampled_from([40, 40, 40, 24, 24, 24, 24, 12, 10, 3, 0]))
    table = dict(_usual(rows)) if draw(st.sampled_from([True] * 7 + [False])) else {}
    names = st.sampled_from(NAMES * 8 + ODD_NAMES)
    for name in draw(st.lists(names, min_size=0 if table else 1, max_size=4, unique=True)):
        table[name] = draw(columns(rows=rows, extra=extra))
    return table


def _usual(rows: int) -> dict[str, Column]:
    kinds = {"x": "words", "y": "label", "t": "day", "s": "series", "u": "user", "i": "item", "n": "number"}
    return {name: _plain(kind, rows, place) for place, (name, kind) in enumerate(kinds.items())}
