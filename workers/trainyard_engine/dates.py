"""What a cell says of a date or time: ISO 8601, the year first."""

import re
from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)

YEAR_FIRST = re.compile(r"(\d{4})([-/.])(\d{1,2})(?:\2(\d{1,2}))?(?:[T ](?P<hour>\d{1,2})(?=:)|(?=[T ]|$))")
QUARTER = re.compile(r"(\d{4})[- ]?[Qq]([1-4])")
UTC_BY_NAME = re.compile(r" ?(?:UTC|GMT)$")


def microseconds_of(text: str) -> float | None:
    """Microseconds since 1970 of a date or time, UTC where it names no zone; ``None`` if it is none.

    Beside ISO 8601 it takes slashes or dots in the date, single digits, months (``2026-01``) and quarters
    (``2026Q1``), which are their first day, and a zone named UTC or GMT.
    """
    try:
        at = datetime.fromisoformat(_as_iso(text.strip()))
    except ValueError:
        return None
    return ((at if at.tzinfo else at.replace(tzinfo=UTC)) - EPOCH) / MICROSECOND


def _as_iso(text: str) -> str:
    if quarter := QUARTER.fullmatch(text):
        return f"{quarter[1]}-{3 * int(quarter[2]) - 2:02}-01"
    found = YEAR_FIRST.match(text)
    if not found:
        return text
    rest = UTC_BY_NAME.sub("+00:00", text[found.end() :])
    hour = f"T{int(found['hour']):02}" if found["hour"] else ""
    return f"{found[1]}-{int(found[3]):02}-{int(found[4] or 1):02}{hour}{rest}"
