"""ANALYZE: updates the table statistics from which the database's query planner chooses indexes."""

from django.db import connection

ROWS_LOOKED_AT = 1_000
"""Of each index: enough to tell them apart, and a few milliseconds however large it is."""


def refresh() -> None:
    """Has SQLite look at its tables again, which it never does by itself; PostgreSQL's autovacuum does."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA analysis_limit = {ROWS_LOOKED_AT}")
            cursor.execute("ANALYZE")
