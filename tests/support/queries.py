"""Pins how often a request asks the database's tables.

The same number on every database, unless statements go together: PostgreSQL is then asked by one message for several.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from django.test.utils import CaptureQueriesContext

CLOCK = "SELECT clock_timestamp()"


@contextmanager
def table_queries(expected: int, *, messages: int | None = None) -> Iterator[None]:
    """Fails unless the block makes ``expected`` queries, on PostgreSQL ``messages`` where they are said.

    Asking PostgreSQL for the time does not count.
    """
    with CaptureQueriesContext(connection) as captured:
        yield
    made = [query["sql"] for query in captured if not query["sql"].endswith(CLOCK)]
    wanted = messages if messages is not None and connection.vendor == "postgresql" else expected
    assert len(made) == wanted, "\n".join(each[:200] for each in made)
