"""Calendar months of a time zone as pairs of instants. Pure functions."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Self
from zoneinfo import ZoneInfo

MONTHS_OF_YEAR = 12


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A calendar month, such as 2026-11."""

    year: int
    month: int

    @classmethod
    def of(cls, instant: datetime, zone: str) -> Self:
        """The month that ``instant`` lies in where ``zone`` (an IANA name) is kept."""
        local = instant.astimezone(ZoneInfo(zone))
        return cls(local.year, local.month)

    @classmethod
    def parse(cls, text: str) -> Self:
        """``2026-11``. Raises ``ValueError``."""
        first = date.fromisoformat(f"{text}-01")
        return cls(first.year, first.month)

    def next(self) -> "Month":
        years, month = divmod(self.month, MONTHS_OF_YEAR)
        return Month(self.year + years, month + 1)

    def start(self, zone: str) -> datetime:
        """Its first instant in ``zone``, in UTC.

        Where clocks skip midnight, or the zone skips the whole day, that is the instant of the skip; where midnight
        comes twice, the first one. So months follow one another without gap or overlap in every zone.
        """
        return datetime(self.year, self.month, 1, tzinfo=ZoneInfo(zone)).astimezone(UTC)

    def end(self, zone: str) -> datetime:
        """The instant at which the next month begins."""
        return self.next().start(zone)

    def __str__(self) -> str:
        return f"{self.year:04}-{self.month:02}"
