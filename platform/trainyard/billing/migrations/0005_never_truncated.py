from django.db import migrations

from trainyard.core.append_only import never_truncated


class Migration(migrations.Migration):
    dependencies = [("billing", "0004_accounts_of_organizations")]

    operations = [
        never_truncated(
            "billing_ledgertransaction", "billing_ledgerentry", "billing_usagerecord", "billing_price"
        )
    ]
