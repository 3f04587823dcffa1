"""The clock of the control plane: the database's, so that every process agrees on it."""

from datetime import UTC, datetime

from django.db import connection


def database_now() -> datetime:
    """The current time by the database server, in UTC. SQLite has no server: its clock is this host's."""
    if connection.vendor != "postgresql":
        return datetime.now(UTC)
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        now: datetime = cursor.fetchone()[0]
    return now.astimezone(UTC)
