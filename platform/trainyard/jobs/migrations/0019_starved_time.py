from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("jobs", "0018_verdict")]

    operations = [
        migrations.AddField(
            model_name="attempt", name="starved_microseconds", field=models.BigIntegerField(default=0)
        ),
    ]
