from django.db import migrations

from trainyard.core.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("jobs", "0002_initial")]

    operations = [append_only("jobs_event")]
