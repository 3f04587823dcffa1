from django.db import migrations

from trainyard.core.append_only import never_truncated


class Migration(migrations.Migration):
    dependencies = [("jobs", "0016_logs_and_chunks_by_job")]

    operations = [never_truncated("jobs_event")]
