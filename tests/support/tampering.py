"""What somebody does to stored rows who goes past the platform."""

from django.db import connection

from tests.support.database_role import as_owner
from trainyard.billing.usage_rollup.triggers import ROLLUPS


def tamper(*statements: str) -> None:
    """Whoever owns the database can take the triggers away first that keep rows as they are."""
    with as_owner(), connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(
                "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'billing_%' "
                "AND name NOT LIKE '%_rolled_up%'"
            )
            for (name,) in cursor.fetchall():
                cursor.execute(f"DROP TRIGGER {name}")
        else:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            for table in ("journalentry", "usagerecord", "ledgerentry", "ledgertransaction"):
                cursor.execute(f"ALTER TABLE billing_{table} DISABLE TRIGGER USER")
            for rollup in ROLLUPS:
                cursor.execute(f"ALTER TABLE billing_usagerecord ENABLE TRIGGER {rollup.trigger}")
        for statement in statements:
            cursor.execute(statement)
