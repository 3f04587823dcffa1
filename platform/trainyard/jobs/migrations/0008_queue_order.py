"""The queue's index follows the order in which jobs start, and holds all that a claim asks of the jobs behind."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('jobs', '0007_ranks'),
    ]

    operations = [
        migrations.RemoveIndex(model_name='job', name='jobs_queue'),
        migrations.AddIndex(
            model_name='job',
            index=models.Index(
                condition=models.Q(('state', 'queued')),
                fields=['pool', 'organization', 'ranked_at', 'id', 'not_before', 'slots', 'labels', 'state'],
                name='jobs_queue',
            ),
        ),
    ]
