"""Counts what a request asks the database, whichever database it is."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from django.test.utils import CaptureQueriesContext


@contextmanager
def queries_of() -> Iterator[list[str]]:
    """The statements of the block, without those that ask PostgreSQL for the time; filled when it ends."""
    found: list[str] = []
    with CaptureQueriesContext(connection) as captured:
        yield found
    found += [query["sql"] for query in captured.captured_queries if "clock_timestamp" not in query["sql"]]
