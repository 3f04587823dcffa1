from django.db import migrations

from trainyard.core.append_only import never_truncated


class Migration(migrations.Migration):
    dependencies = [("core", "0003_postponed_items")]

    operations = [never_truncated("core_auditevent")]
