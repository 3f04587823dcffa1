"""Verification that the rollups equal the sums of the usage records. Reads only."""

from collections.abc import Iterator

from django.db import connection

from trainyard.billing.usage_rollup.triggers import ROLLUPS, Rollup, summed
from trainyard.core.check_results import CheckResult

RULE = "usage_rolled_up"
MEANING = "Each sum of a usage rollup is the sum of the usage records of its time bucket and pool, job or member."


def check_rollup() -> Iterator[CheckResult]:
    """Each sum that is not that of its records, of every organization that may be seen; a query for each rollup."""
    for rollup in ROLLUPS:
        yield from _check(rollup)


def _check(rollup: Rollup) -> Iterator[CheckResult]:
    key, table = rollup.key, rollup.table
    rolled_up = f"SELECT {key}, -amount_micros, -slot_microseconds FROM {table}"  # noqa: S608  our own names
    both = f"{summed(rollup, connection.vendor, 'billing_usagerecord')} UNION ALL {rolled_up}"
    differences = (
        f"SELECT {key}, SUM(amount), SUM(slot_time) FROM ({both}) AS d "  # noqa: S608  our own names
        f"GROUP BY {key} HAVING SUM(amount) <> 0 OR SUM(slot_time) <> 0 ORDER BY {key}"
    )
    with connection.cursor() as cursor:
        cursor.execute(differences)
        rows = cursor.fetchall()
    for organization_id, seconds, starts_at, *about, micros, slot_time in rows:
        subject = f"{organization_id} {' '.join(about)} {starts_at} + {seconds} s"
        message = f"its records sum to {micros} micro-units and {slot_time} slot-microseconds more than it says"
        yield CheckResult(RULE, subject, message)
