from typing import Any

from django.db import migrations

from trainyard.core.append_only import append_only, never_truncated
from trainyard.core.scope import platform_scope
from trainyard.core.time import database_now


def grant_what_stands(apps: Any, schema_editor: Any) -> None:
    """Wallets of before become grants: what was used so far was used of what was granted for free first."""
    with platform_scope():
        balances: dict[str, dict[str, int]] = {}
        accounts = apps.get_model("billing", "LedgerAccount")._base_manager
        for organization_id, kind, balance in accounts.values_list("organization_id", "kind", "balance_micros"):
            balances.setdefault(organization_id, {})[kind] = balance
        grants, now = apps.get_model("billing", "CreditGrant"), database_now()
        for organization_id, balance in balances.items():
            standing = balance.get("wallet", 0) + balance.get("held", 0)
            free = min(max(-balance.get("promotions", 0) - balance.get("revenue", 0), 0), standing)
            for kind, priority, micros in (("promotional", 50, free), ("paid", 100, standing - free)):
                if micros > 0:
                    grants._base_manager.create(
                        organization_id=organization_id,
                        kind=kind,
                        priority=priority,
                        amount_micros=micros,
                        remaining_micros=micros,
                        created_at=now,
                    )


class Migration(migrations.Migration):
    dependencies = [("billing", "0013_credit_grants")]

    operations = [
        migrations.RunPython(grant_what_stands, migrations.RunPython.noop),
        append_only("billing_creditmovement"),
        never_truncated("billing_creditmovement"),
    ]
