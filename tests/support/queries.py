"""Pins how often a request asks the database's tables, the same number on every database."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from django.test.utils import CaptureQueriesContext

CLOCK = "SELECT clock_timestamp()"


@contextmanager
def table_queries(expected: int) -> Iterator[None]:
    """Fails unless the block makes ``expected`` queries; asking PostgreSQL for the time does not count."""
    with CaptureQueriesContext(connection) as captured:
        yield
    made = [query["sql"] for query in captured if not query["sql"].endswith(CLOCK)]
    assert len(made) == expected, "\n".join(made)
