"""Database triggers that add each usage record to the rollups in the statement that inserts it.

So the usage that a process of an earlier release writes during a deployment is counted too.
"""

from dataclasses import dataclass
from typing import Any

from django.db.migrations.operations import RunPython

from trainyard.billing.usage_rollup.models import DAY, QUARTER, DimensionRollup
from trainyard.core.scope import platform_scope

_SECONDS = [int(length.total_seconds()) for length in (QUARTER, DAY)]
_COLUMNS = "organization_id, price_id, job_id, slots, from_microseconds, to_microseconds, amount_micros, created_at"


@dataclass(frozen=True, slots=True)
class Rollup:
    """A table of sums, and the SQL that derives the key of its row from a usage record ``u``.

    The SQL is our own, without user input. ``trigger`` is also the name of its function. ``selected`` are the columns
    of ``key`` except for the first three.
    """

    table: str
    trigger: str
    key: str
    selected: str
    joined: dict[str, str]

    @property
    def columns(self) -> str:
        return f"{self.key}, amount_micros, slot_microseconds"

    @property
    def adding(self) -> str:
        sums = ", ".join(f"{name} = {self.table}.{name} + excluded.{name}" for name in _SUMS)
        return f"ON CONFLICT ({self.key}) DO UPDATE SET {sums}"


_SUMS = ("amount_micros", "slot_microseconds")
_STARTS = {
    "postgresql": "date_bin(make_interval(secs => l.seconds), u.created_at, timestamptz '2000-01-01 00:00:00+00')",
    # As text, as it is stored: arithmetic of SQLite's dates would round a fraction up into the next stretch.
    "sqlite": f"CASE l.seconds WHEN {_SECONDS[-1]} THEN substr(u.created_at, 1, 10) || ' 00:00:00' "
    "ELSE substr(u.created_at, 1, 14) || "
    "substr('00153045', CAST(substr(u.created_at, 15, 2) AS INTEGER) / 15 * 2 + 1, 2) || ':00' END",
}


def _values(vendor: str, alias: str, column: str, values: list[str]) -> str:
    if vendor == "postgresql":
        return "(VALUES {}) AS {}({})".format(", ".join(f"({value})" for value in values), alias, column)
    return "({}) AS {}".format(" UNION ALL ".join(f"SELECT {value} AS {column}" for value in values), alias)


_VENDORS = ("postgresql", "sqlite")
_DIMENSIONS = [f"'{dimension}'" for dimension in DimensionRollup.Dimension.values]
BY_POOL = Rollup(
    table="billing_usagerollup",
    trigger="billing_usagerecord_rolled_up",
    key="organization_id, seconds, starts_at, pool_id",
    selected="p.pool_id",
    joined=dict.fromkeys(_VENDORS, "JOIN billing_price AS p ON p.id = u.price_id"),
)
BY_DIMENSION = Rollup(
    table="billing_dimensionrollup",
    trigger="billing_usagerecord_rolled_up_by_dimension",
    key="organization_id, seconds, starts_at, dimension, key",
    selected="d.dimension, CASE d.dimension WHEN 'job' THEN u.job_id ELSE COALESCE(h.created_by, '') END AS key",
    joined={
        vendor: "LEFT JOIN billing_hold AS h ON h.job_id = u.job_id "
        f"CROSS JOIN {_values(vendor, 'd', 'dimension', _DIMENSIONS)}"
        for vendor in _VENDORS
    },
)
ROLLUPS = (BY_POOL, BY_DIMENSION)


def summed(rollup: Rollup, vendor: str, records: str) -> str:
    """A query of the rollup's columns over ``records``: a table, or a query in brackets."""
    lengths = _values(vendor, "l", "seconds", [str(seconds) for seconds in _SECONDS])
    return (
        f"SELECT u.organization_id, l.seconds, {_STARTS[vendor]} AS starts_at, {rollup.selected}, "  # noqa: S608  our own names
        "SUM(u.amount_micros) AS amount, "
        f"SUM((u.to_microseconds - u.from_microseconds) * u.slots) AS slot_time FROM {records} AS u "
        f"{rollup.joined[vendor]} CROSS JOIN {lengths} GROUP BY {_places(rollup)}"
    )


def _places(rollup: Rollup) -> str:
    return ", ".join(str(place) for place, _ in enumerate(rollup.key.split(","), start=1))


def inserted(rollup: Rollup, vendor: str, records: str) -> str:
    """A statement that writes the sums of ``records`` where there are none yet."""
    return f"INSERT INTO {rollup.table} ({rollup.columns}) {summed(rollup, vendor, records)}"


def keep_rollup(*rollups: Rollup) -> RunPython:
    """A migration operation: from now on each new usage record is added to ``rollups``, by default to all of them.

    One that changes ``billing_usagerecord`` ends with it too: SQLite makes such a table anew, without triggers.
    """

    def keep(apps: Any, schema_editor: Any) -> None:
        for rollup in rollups or ROLLUPS:
            _keep(rollup, schema_editor)

    def forget(apps: Any, schema_editor: Any) -> None:
        for rollup in rollups or ROLLUPS:
            _forget(rollup, schema_editor)

    return RunPython(keep, forget)


def fill_rollup(rollup: Rollup) -> RunPython:
    """A migration operation that follows ``keep_rollup`` in one transaction, which locks out who writes usage."""

    def fill(apps: Any, schema_editor: Any) -> None:
        with platform_scope():
            schema_editor.execute(inserted(rollup, schema_editor.connection.vendor, "billing_usagerecord"))

    return RunPython(fill, RunPython.noop)


def _keep(rollup: Rollup, schema_editor: Any) -> None:
    trigger, table = rollup.trigger, "billing_usagerecord"
    if schema_editor.connection.vendor == "sqlite":
        new = ", ".join(f"NEW.{column} AS {column}" for column in _COLUMNS.split(", "))
        # HAVING: after a SELECT without a WHERE, the ON of ON CONFLICT would read as that of a join.
        add = f"{inserted(rollup, 'sqlite', f'(SELECT {new})')} HAVING 1 {rollup.adding}"
        schema_editor.execute(f"DROP TRIGGER IF EXISTS {trigger}")
        schema_editor.execute(f"CREATE TRIGGER {trigger} AFTER INSERT ON {table} BEGIN {add}; END")
        return
    # In the order of the key, so that two statements never wait for one another.
    add = f"{inserted(rollup, 'postgresql', 'added')} ORDER BY {_places(rollup)} {rollup.adding}"
    schema_editor.execute(
        f"CREATE OR REPLACE FUNCTION {trigger}() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN {add}; RETURN NULL; END $$"
    )
    schema_editor.execute(f"DROP TRIGGER IF EXISTS {trigger} ON {table}")
    schema_editor.execute(
        f"CREATE TRIGGER {trigger} AFTER INSERT ON {table} "
        f"REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION {trigger}()"
    )


def _forget(rollup: Rollup, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute(f"DROP TRIGGER {rollup.trigger}")
    else:
        schema_editor.execute(f"DROP FUNCTION {rollup.trigger}() CASCADE")
