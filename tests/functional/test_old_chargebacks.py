"""Payments that a bank took back before chargebacks were rows of their own: a database of then, migrated to today's."""

import json
from pathlib import Path
from typing import Any

from tests.support.migrated import run_on

SCRIPT = """
import json
from datetime import UTC, datetime
import django
django.setup()
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from trainyard.core.scope import platform_scope

BEFORE, AFTER = [("billing", "0020_dunning")], [("billing", "0022_chargebacks_are_rows")]


def executor():
    made = MigrationExecutor(connection)
    made.loader.replace_migrations = False
    made.loader.build_graph()
    return made


def day(number):
    return None if number is None else datetime(2026, 1, number, tzinfo=UTC)


with platform_scope():
    old = executor()
    tenants = [key for key in old.loader.graph.nodes if key == ("tenants", "0008_plan_limits")]
    old.migrate(BEFORE + tenants)
    apps = executor().loader.project_state(BEFORE + tenants).apps
    organization = apps.get_model("tenants", "Organization").objects.create(name="Old Labs", created_at=day(1))
    payments = apps.get_model("billing", "Payment")
    for name, amount, refunded, state, reversed_at, reinstated_at in PAYMENTS:
        payments._base_manager.create(
            id=name, organization=organization, amount_micros=amount, refunded_micros=refunded, state=state,
            reversed_at=day(reversed_at), reinstated_at=day(reinstated_at), **OTHERS,
        )
    executor().migrate(AFTER)
    apps = executor().loader.project_state(AFTER + tenants).apps
    rows = apps.get_model("billing", "Chargeback")._base_manager.order_by("payment_id")
    shown = [
        [row.payment_id, row.amount_micros, row.reference, row.reversed_at and row.reversed_at.day,
         row.reinstated_at and row.reinstated_at.day]
        for row in rows
    ]
    left = dict(apps.get_model("billing", "Payment")._base_manager.values_list("id", "reversed_micros"))
    print("FOUND " + json.dumps({"chargebacks": shown, "reversed": left}))
"""
TEN, FOUR = 10_000_000, 4_000_000
PAYMENTS = [
    ("pay_kept", TEN, 0, "settled", None, None),
    ("pay_taken", TEN, 0, "reversed", 3, None),
    ("pay_refunded", TEN, FOUR, "reversed", 3, None),
    ("pay_returned", TEN, 0, "settled", 3, 5),
    ("pay_taken_again", TEN, 0, "reversed", 7, 5),
]
"""Id, amount, what was refunded of it, state, and the days on which a bank took it and gave it back."""


def test_what_a_bank_took_before_is_a_chargeback_now(tmp_path: Path) -> None:
    found = migrated(tmp_path / "data")
    assert found["chargebacks"] == [
        ["pay_refunded", TEN, "", 3, None],
        ["pay_returned", TEN, "", 3, 5],
        ["pay_taken", TEN, "", 3, None],
        ["pay_taken_again", TEN, "", 7, 5],
    ]
    assert found["reversed"] == {
        "pay_kept": 0,
        "pay_taken": TEN,
        "pay_refunded": TEN - FOUR,
        "pay_returned": 0,
        "pay_taken_again": TEN,
    }


def migrated(data_dir: Path) -> dict[str, Any]:
    others = "{'created_at': day(1), 'currency': 'USD', 'provider': 'local', 'created_by': 'tests'}"
    script = SCRIPT.replace("PAYMENTS:", f"{PAYMENTS!r}:").replace("**OTHERS", f"**{others}")
    told = next(line for line in run_on(data_dir, script).splitlines() if line.startswith("FOUND "))
    found: dict[str, Any] = json.loads(told.removeprefix("FOUND "))
    return found
