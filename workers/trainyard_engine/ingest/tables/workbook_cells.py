"""Cells of Office Open XML workbooks as the texts that a CSV of them would hold: dates by ISO 8601, true and false."""

import math
import re
from datetime import UTC, datetime, timedelta
from enum import Enum, auto

ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
"""A character that XML cannot hold, as the programs spell it."""
DATES = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
"""Numbers of the formats that come with the programs and show a date or time."""
LITERAL = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!(?:h+|m+|s+)\])[^\]]*\]', re.IGNORECASE)
"""What a format shows as it is, colours, conditions and currencies."""
ELAPSED_TIME = "46"
LONGEST_DURATION = 1_000 / 24
"""Days, of hours with three digits."""
LAST_DAY = 2_958_466
"""The first day that is beyond the year 9999."""
LEAP_DAY = 60
"""29 February 1900, which the programs count though it never was: read as the day before."""


class Shown(Enum):
    """What a cell's number stands for."""

    NUMBER = auto()
    TIME = auto()
    DURATION = auto()


class Styles:
    """``styles.xml``: by its number, what a style shows numbers as."""

    def __init__(self, *, since_1904: bool = False) -> None:
        self.since_1904 = since_1904
        self._own: dict[str, str] = {}
        self._formats: list[str] = []
        self._is_of_cells = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "numFmt":
            self._own[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
        elif tag == "cellXfs":
            self._is_of_cells = True
        elif tag == "xf" and self._is_of_cells:
            self._formats.append(attributes.get("numFmtId", "0"))

    def end(self, tag: str) -> None:
        if tag == "cellXfs":
            self._is_of_cells = False

    def shown(self, style: str) -> Shown:
        """What numbers in cells of ``style`` are."""
        if not style.isdigit() or int(style) >= len(self._formats):
            return Shown.NUMBER
        number = self._formats[int(style)]
        if number not in self._own:
            if number == ELAPSED_TIME:
                return Shown.DURATION
            return Shown.TIME if number.isdigit() and int(number) in DATES else Shown.NUMBER
        letters = LITERAL.sub("", self._own[number].partition(";")[0]).casefold()
        if "[" in letters:
            return Shown.DURATION
        return Shown.TIME if re.search("[dmyhs]", letters) and "general" not in letters else Shown.NUMBER


def cell_text(value: str, *, kind: str, style: str, styles: Styles) -> str:
    """A cell of the type ``kind``, as the attribute ``t`` has it, of all types but shared texts."""
    if kind == "b":
        return {"1": "true", "0": "false"}.get(value.strip(), value)
    if kind != "n":
        return unescaped(value)
    try:
        number = float(value)
    except ValueError:
        return value
    if not math.isfinite(number):
        return value
    shown = styles.shown(style)
    if shown is Shown.TIME and 0 <= number < LAST_DAY:
        return _time(number, styles)
    if shown is Shown.DURATION and 0 <= number < LONGEST_DURATION:
        minutes, seconds = divmod(round(number * 86_400), 60)
        return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
    return value if value.lstrip("-").isdigit() else repr(number)


def unescaped(text: str) -> str:
    """With the characters that are spelled ``_x000D_`` for what they are; never half of one, or NUL."""
    return ESCAPED.sub(lambda found: _character(int(found[1], 16)) or found[0], text) if "_x" in text else text


def _character(code: int) -> str:
    return "" if code == 0 or 0xD800 <= code < 0xE000 else chr(code)


def _time(days: float, styles: Styles) -> str:
    """A count of days since the workbook's epoch; below one it is a time of day."""
    seconds = timedelta(seconds=round(days * 86_400, 3))
    if days < 1 and not styles.since_1904:
        return (datetime(1970, 1, 1, tzinfo=UTC) + seconds).time().isoformat()
    if styles.since_1904:
        epoch = datetime(1904, 1, 1, tzinfo=UTC)
    else:
        epoch = datetime(1899, 12, 30 if days >= LEAP_DAY else 31, tzinfo=UTC)
    at = (epoch + seconds).replace(tzinfo=None)
    return at.date().isoformat() if at.time() == at.min.time() else at.isoformat()
