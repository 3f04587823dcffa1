"""The clock of the control plane: the database's, so that every process agrees on it."""

from datetime import UTC, datetime
from typing import Any

from django.db import connection
from django.db.models import DateTimeField, Func


class ClockTimestamp(Func):
    """The database's clock as a column, for what is read by the time it was read at; null where there is no server."""

    function = "clock_timestamp"
    arity = 0
    output_field = DateTimeField(null=True)

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, tuple[int | str, ...]]:
        return "NULL", ()


def database_now() -> datetime:
    """The current time by the database server, in UTC. SQLite has no server: its clock is this host's."""
    if connection.vendor != "postgresql":
        return datetime.now(UTC)
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        now: datetime = cursor.fetchone()[0]
    return now.astimezone(UTC)
