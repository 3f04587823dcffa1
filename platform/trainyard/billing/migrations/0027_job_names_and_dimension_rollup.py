from typing import Any

import django.db.models.deletion
import django.db.models.manager
from django.db import migrations, models

from trainyard.billing.usage_rollup.triggers import BY_DIMENSION, fill_rollup, keep_rollup
from trainyard.core.scope import platform_scope

# What is billed is a job or a training session, whose names are no longer than 120 characters on an invoice.
NAMED = """
UPDATE billing_hold SET
  job_name = COALESCE(
    (SELECT j.name FROM jobs_job AS j WHERE j.id = billing_hold.job_id),
    (SELECT NULLIF(substr(s.display_name, 1, 120), '') FROM training_sessions_trainingsession AS s
     WHERE s.id = billing_hold.job_id)
  ),
  created_by = COALESCE(
    (SELECT j.created_by FROM jobs_job AS j WHERE j.id = billing_hold.job_id),
    (SELECT s.created_by FROM training_sessions_trainingsession AS s WHERE s.id = billing_hold.job_id)
  )
"""


def name_holds(apps: Any, schema_editor: Any) -> None:
    with platform_scope():
        schema_editor.execute(NAMED)


class Migration(migrations.Migration):

    dependencies = [
        ('billing', '0026_usage_rollup'),
        ('jobs', '0026_speed_profiles'),
        ('tenants', '0010_device_authorizations'),
        ('training_sessions', '0002_finished_and_purged'),
    ]

    operations = [
        migrations.AddField(
            model_name='hold',
            name='created_by',
            field=models.CharField(max_length=120, null=True),
        ),
        migrations.AddField(
            model_name='hold',
            name='job_name',
            field=models.CharField(max_length=120, null=True),
        ),
        migrations.AddField(
            model_name='invoiceline',
            name='job_name',
            field=models.CharField(max_length=120, null=True),
        ),
        migrations.CreateModel(
            name='DimensionRollup',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('dimension', models.CharField(choices=[('job', 'Job'), ('member', 'Member')], max_length=8)),
                ('key', models.CharField(blank=True, max_length=120)),
                ('seconds', models.PositiveIntegerField()),
                ('starts_at', models.DateTimeField()),
                ('amount_micros', models.BigIntegerField()),
                ('slot_microseconds', models.BigIntegerField()),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.organization')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'across_tenants',
                'constraints': [models.UniqueConstraint(fields=('organization', 'dimension', 'seconds', 'starts_at', 'key'), name='usage_summed_once_a_key')],
            },
            managers=[
                ('objects', django.db.models.manager.Manager()),
                ('across_tenants', django.db.models.manager.Manager()),
            ],
        ),
        migrations.RunPython(name_holds, migrations.RunPython.noop),
        keep_rollup(BY_DIMENSION),
        fill_rollup(BY_DIMENSION),
    ]
