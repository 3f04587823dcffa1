"""Whether the rollup says what the usage records sum to. Reads only."""

from collections.abc import Iterator

from django.db import connection

from trainyard.billing.usage_rollup.triggers import summed
from trainyard.core.check_results import CheckResult

RULE = "usage_rolled_up"
MEANING = "Each sum of the usage rollup is the sum of the usage records of its stretch of time and pool."
_ROLLED_UP = (
    "SELECT organization_id, seconds, starts_at, pool_id, -amount_micros, -slot_microseconds FROM billing_usagerollup"
)


def check_rollup() -> Iterator[CheckResult]:
    """Each sum that is not that of its records, of every organization that may be seen; in one query."""
    both = f"{summed(connection.vendor, 'billing_usagerecord')} UNION ALL {_ROLLED_UP}"
    differences = (
        "SELECT organization_id, seconds, starts_at, pool_id, SUM(amount), SUM(slot_time) "  # noqa: S608  our own names
        f"FROM ({both}) AS d GROUP BY 1, 2, 3, 4 HAVING SUM(amount) <> 0 OR SUM(slot_time) <> 0 ORDER BY 1, 2, 3, 4"
    )
    with connection.cursor() as cursor:
        cursor.execute(differences)
        rows = cursor.fetchall()
    for organization_id, seconds, starts_at, pool_id, micros, slot_time in rows:
        subject = f"{organization_id} {pool_id} {starts_at} + {seconds} s"
        message = f"its records sum to {micros} micro-units and {slot_time} slot-microseconds more than it says"
        yield CheckResult(RULE, subject, message)
