"""Dates and times in cells: ISO 8601, the year first, or months by their English names."""

import re
from datetime import UTC, datetime, timedelta

from trainyard_engine.ingest.cells.named_dates import year_first

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)

YEAR_FIRST = re.compile(r"(\d{4})([-/.])(\d{1,2})(?:\2(\d{1,2}))?(?:[T ](?P<hour>\d{1,2})(?=:)|(?=[T ]|$))")
EAST_ASIAN = re.compile(r"^(\d{4})年(\d{1,2})月(\d{1,2})日")
"""A date of Chinese or Japanese: the signs say year, month and day."""
QUARTER = re.compile(r"(\d{4})[- ]?[Qq]([1-4])")
HALF_DAY = re.compile(
    r"(?<=[T ])(?P<hour>\d{1,2})(?P<rest>(?::\d{2}){1,2}(?:\.\d+)?)? ?(?P<half>[AaPp])\.?[Mm]\.?(?=$| ?[A-Z+])"
)
"""A time by a clock of twelve hours."""
DOTTED = re.compile(r"(?<=[T ])(\d{1,2})\.([0-5]\d)\.([0-5]\d)(?=\D|$)")
"""A time as Oracle writes it."""
UTC_BY_NAME = re.compile(r" ?(?:UTC|GMT)(?:(?P<sign>[-+])(?P<hours>\d{1,2})(?::?(?P<minutes>\d\d))?)?$")
"""Of a zone, bare or with what it is ahead: ``GMT+1``, as forms of Google have it."""
APART = re.compile(r" (?=[+-]\d)")
"""Between a time and its zone."""


def microseconds_of(text: str) -> float | None:
    """Microseconds since 1970 of a date or time, UTC where it names no zone; ``None`` if it is none.

    Beside ISO 8601 it takes slashes or dots in the date, single digits, months (``2026-01``) and quarters
    (``2026Q1``), which are their first day, months by name (``named_dates``), hours with AM or PM, and a zone named UTC
    or GMT.
    """
    try:
        at = datetime.fromisoformat(_as_iso(text.strip()))
    except ValueError:
        return None
    return ((at if at.tzinfo else at.replace(tzinfo=UTC)) - EPOCH) / MICROSECOND


def _by_24_hours(found: re.Match[str]) -> str:
    hour = int(found["hour"])
    if not 1 <= hour <= 12:
        return found[0]
    return f"{hour % 12 + 12 * (found['half'] in 'Pp'):02}{found['rest'] or ':00'}"


def _zone(found: re.Match[str]) -> str:
    return f"{found['sign'] or '+'}{int(found['hours'] or 0):02}:{found['minutes'] or '00'}"


def _as_iso(text: str) -> str:
    text = EAST_ASIAN.sub(r"\1-\2-\3", text)
    text = HALF_DAY.sub(_by_24_hours, DOTTED.sub(r"\1:\2:\3", text))
    if quarter := QUARTER.fullmatch(text):
        return f"{quarter[1]}-{3 * int(quarter[2]) - 2:02}-01"
    text = year_first(text)
    found = YEAR_FIRST.match(text)
    if not found:
        return text
    rest = APART.sub("", UTC_BY_NAME.sub(_zone, text[found.end() :]))
    hour = f"T{int(found['hour']):02}" if found["hour"] else ""
    return f"{found[1]}-{int(found[3]):02}-{int(found[4] or 1):02}{hour}{rest}"
