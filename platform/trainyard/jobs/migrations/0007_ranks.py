"""What a job's place in the queue depends on gets columns of its own; jobs that are there keep their place."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import migrations, models
from django.db.models import F, IntegerField
from django.db.models.fields.json import KT
from django.db.models.functions import Cast

AGEING_SECONDS = 600


def fill(apps: Any, schema_editor: Any) -> None:
    jobs = apps.get_model('jobs', 'Job').objects
    jobs.update(ranked_at=F('queued_at'))
    limited = jobs.filter(spec__limits__max_runtime_seconds__isnull=False)
    limited.update(max_runtime_seconds=Cast(KT('spec__limits__max_runtime_seconds'), IntegerField()))
    jobs.filter(spec__resources__preemptible=True).update(preemptible=True)
    for job in jobs.filter(state__in=['queued', 'starting', 'running', 'stopping', 'paused']).exclude(priority=0):
        job.ranked_at = job.queued_at - timedelta(seconds=job.priority * AGEING_SECONDS)
        job.save(update_fields=['ranked_at'])


class Migration(migrations.Migration):

    dependencies = [
        ('jobs', '0006_health'),
        ('pools', '0004_shares'),
    ]

    operations = [
        migrations.RemoveIndex(model_name='job', name='jobs_queue'),
        migrations.AddField(
            model_name='job',
            name='labels',
            field=models.CharField(blank=True, max_length=1200),
        ),
        migrations.AddField(
            model_name='job',
            name='preemptible',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='job',
            name='max_runtime_seconds',
            field=models.PositiveIntegerField(default=86_400),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='job',
            name='ranked_at',
            field=models.DateTimeField(default=datetime(2026, 1, 1, tzinfo=UTC)),
            preserve_default=False,
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name='job',
            index=models.Index(
                condition=models.Q(('state', 'queued')),
                fields=['pool', 'organization', 'slots', 'labels', 'ranked_at', 'id'],
                name='jobs_queue',
            ),
        ),
    ]
