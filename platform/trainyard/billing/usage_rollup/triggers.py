"""The database adds usage records to the rollup itself, as they are inserted, whoever sends the statement.

A process of an earlier release, which knows of no rollup, is counted too, while a new one already serves.
"""

from typing import Any

from django.db.migrations.operations import RunPython

from trainyard.billing.usage_rollup.models import DAY, QUARTER
from trainyard.core.scope import platform_scope

_SECONDS = [int(length.total_seconds()) for length in (QUARTER, DAY)]
_KEY = "organization_id, seconds, starts_at, pool_id"
_COLUMNS = f"{_KEY}, amount_micros, slot_microseconds"
_STARTS = {
    "postgresql": "date_bin(make_interval(secs => l.seconds), u.created_at, timestamptz '2000-01-01 00:00:00+00')",
    # As text, as it is stored: arithmetic of SQLite's dates would round a fraction up into the next stretch.
    "sqlite": f"CASE l.seconds WHEN {_SECONDS[-1]} THEN substr(u.created_at, 1, 10) || ' 00:00:00' "
    "ELSE substr(u.created_at, 1, 14) || "
    "substr('00153045', CAST(substr(u.created_at, 15, 2) AS INTEGER) / 15 * 2 + 1, 2) || ':00' END",
}
_LENGTHS = {
    "postgresql": "(VALUES {}) AS l(seconds)".format(", ".join(f"({seconds})" for seconds in _SECONDS)),
    "sqlite": "({}) AS l".format(" UNION ALL ".join(f"SELECT {seconds} AS seconds" for seconds in _SECONDS)),
}
_ADD = (
    f"ON CONFLICT ({_KEY}) DO UPDATE SET amount_micros = billing_usagerollup.amount_micros + excluded.amount_micros, "
    "slot_microseconds = billing_usagerollup.slot_microseconds + excluded.slot_microseconds"
)


def summed(vendor: str, records: str) -> str:
    """A query of the rollup's columns over ``records``: a table, or a query in brackets."""
    return (
        f"SELECT u.organization_id, l.seconds, {_STARTS[vendor]} AS starts_at, p.pool_id, "  # noqa: S608  our own names
        "SUM(u.amount_micros) AS amount, "
        f"SUM((u.to_microseconds - u.from_microseconds) * u.slots) AS slot_time FROM {records} AS u "
        f"JOIN billing_price AS p ON p.id = u.price_id CROSS JOIN {_LENGTHS[vendor]} "
        "GROUP BY 1, 2, 3, 4"
    )


def inserted(vendor: str, records: str) -> str:
    """A statement that writes the sums of ``records`` where there are none yet."""
    return f"INSERT INTO billing_usagerollup ({_COLUMNS}) {summed(vendor, records)}"


def keep_rollup() -> RunPython:
    """A migration operation: from now on each new usage record is added to the rollup.

    One that changes ``billing_usagerecord`` ends with it too: SQLite makes such a table anew, without triggers.
    """
    return RunPython(_keep, _forget)


def fill_rollup() -> RunPython:
    """A migration operation that follows ``keep_rollup`` in one transaction, which locks out who writes usage."""
    return RunPython(_fill, RunPython.noop)


def _keep(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "sqlite":
        columns = ("organization_id", "price_id", "slots", "from_microseconds", "to_microseconds", "amount_micros")
        new = ", ".join(f"NEW.{column} AS {column}" for column in (*columns, "created_at"))
        # HAVING: after a SELECT without a WHERE, the ON of ON CONFLICT would read as that of a join.
        add = f"INSERT INTO billing_usagerollup ({_COLUMNS}) {summed('sqlite', f'(SELECT {new})')} HAVING 1 {_ADD}"
        schema_editor.execute("DROP TRIGGER IF EXISTS billing_usagerecord_rolled_up")
        schema_editor.execute(
            f"CREATE TRIGGER billing_usagerecord_rolled_up AFTER INSERT ON billing_usagerecord BEGIN {add}; END"
        )
        return
    # In the order of the key, so that two statements never wait for one another.
    add = f"INSERT INTO billing_usagerollup ({_COLUMNS}) {summed('postgresql', 'added')} ORDER BY 1, 2, 3, 4 {_ADD}"
    schema_editor.execute(
        "CREATE OR REPLACE FUNCTION billing_usagerecord_rolled_up() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN {add}; RETURN NULL; END $$"
    )
    schema_editor.execute("DROP TRIGGER IF EXISTS billing_usagerecord_rolled_up ON billing_usagerecord")
    schema_editor.execute(
        "CREATE TRIGGER billing_usagerecord_rolled_up AFTER INSERT ON billing_usagerecord "
        "REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION billing_usagerecord_rolled_up()"
    )


def _forget(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute("DROP TRIGGER billing_usagerecord_rolled_up")
    else:
        schema_editor.execute("DROP FUNCTION billing_usagerecord_rolled_up() CASCADE")


def _fill(apps: Any, schema_editor: Any) -> None:
    with platform_scope():
        schema_editor.execute(inserted(schema_editor.connection.vendor, "billing_usagerecord"))
