from django.db import migrations

from trainyard.core.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("billing", "0002_initial")]

    operations = [append_only("billing_ledgertransaction", "billing_ledgerentry", "billing_usagerecord")]
