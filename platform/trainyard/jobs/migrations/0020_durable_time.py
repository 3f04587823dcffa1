from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("jobs", "0019_starved_time")]

    operations = [migrations.RenameField("attempt", "kept_microseconds", "durable_microseconds")]
