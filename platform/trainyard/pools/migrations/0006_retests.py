from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("pools", "0005_pretrained")]

    operations = [
        migrations.AddField(model_name="worker", name="retest_at", field=models.DateTimeField(null=True)),
        migrations.AddField(model_name="worker", name="failed_tests", field=models.PositiveSmallIntegerField(default=0)),
    ]
