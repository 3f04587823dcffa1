from django.db import migrations, models
from django.utils import timezone


class Migration(migrations.Migration):

    dependencies = [
        ('models', '0005_class_report'),
    ]

    operations = [
        migrations.RemoveField(
            model_name='prediction',
            name='claim_expires_at',
        ),
        # Nobody waits any more for a prediction that was asked for before the upgrade.
        migrations.AddField(
            model_name='prediction',
            name='deadline',
            field=models.DateTimeField(default=timezone.now),
            preserve_default=False,
        ),
    ]
