"""Tables whose cells are spelled as people do it; each column by one way, with other ways of saying the same."""

import datetime
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

Row = dict[str, Any]
DAY = datetime.date(2026, 1, 1)


def _money(number: int) -> str:
    return f"{number * 977:,}.5"


SPELLINGS: dict[str, Callable[[int], Any]] = {
    "decimal": lambda number: number / 8,
    "text of a decimal": lambda number: f"{number / 8}",
    "decimal comma": lambda number: f"{number * 977:,}".replace(",", ".") + f",{number % 10}",
    "thousands": _money,
    "per cent": lambda number: f"{number % 90},5 %",
    "whole": lambda number: number * 1_000_003,
    "large": lambda number: 1_700_000_000_000 + number,
    "date": lambda number: str(DAY + datetime.timedelta(days=number)),
    "day first": lambda number: (DAY + datetime.timedelta(days=number)).strftime("%d.%m.%Y"),
    "moment": lambda number: f"{DAY + datetime.timedelta(days=number)}T{number % 24:02}:30:00+02:00",
    "clock": lambda number: f"{number % 24:02}:{number % 60:02}",
    "boolean": lambda number: number % 3 == 0,
    "text of a boolean": lambda number: ("true", "False", "TRUE", "false")[number % 4],
    "category": lambda number: ("red", " red ", "Grün", "blau\u0308")[number % 4],
    "category of numbers": lambda number: ("1.0", "1", "x", "x")[number % 4],
    "mostly one category": lambda number: f"seldom {number}" if number % 7 == 0 else "usual",
}
MISSING = [None, None, "", "NA", "n/a"]
TARGETS: dict[bool, list[Callable[[int], Any]]] = {
    True: [lambda number: ("yes", "no", " yes")[number % 3], lambda number: number % 2 == 0, lambda n: str(n % 3)],
    False: [lambda number: number * 3.5, lambda number: f"{number},25", _money, lambda number: number * 10**9],
}


@st.composite
def spelled_rows(draw: st.DrawFn, *, is_classification: bool) -> list[Row]:
    """40 rows of up to five columns, in which every so many a cell is missing, and a target ``y``."""
    ways = draw(st.lists(st.sampled_from(list(SPELLINGS)), min_size=1, max_size=5, unique=True))
    target = draw(st.sampled_from(TARGETS[is_classification]))
    missing, seldom = draw(st.sampled_from(MISSING)), draw(st.sampled_from([5, 11, 100]))
    order = draw(st.permutations(range(40)))
    return [
        {
            way: missing if (number + place) % seldom == 3 else SPELLINGS[way](number * (place + 1) % 60)
            for place, way in enumerate(ways)
        }
        | {"y": target(number)}
        for number in order
    ]
