import django.db.models.deletion
import django.db.models.manager
import trainyard.core.ids
import trainyard_spec.states
from django.db import migrations, models

from trainyard.core.append_only import append_only, never_truncated


class Migration(migrations.Migration):

    replaces = [('jobs', '0001_initial'), ('jobs', '0002_initial'), ('jobs', '0003_append_only'), ('jobs', '0004_uploaded_files'), ('jobs', '0005_retries_wait'), ('jobs', '0006_health'), ('jobs', '0007_ranks'), ('jobs', '0008_queue_order'), ('jobs', '0009_filtered_lists'), ('jobs', '0010_uploads_under_way'), ('jobs', '0011_metric_summaries'), ('jobs', '0012_repeated_work'), ('jobs', '0013_failed_attempts'), ('jobs', '0014_jobs_by_filter'), ('jobs', '0015_resolved_training'), ('jobs', '0016_logs_and_chunks_by_job'), ('jobs', '0017_never_truncated'), ('jobs', '0018_verdict'), ('jobs', '0019_starved_time'), ('jobs', '0020_durable_time'), ('jobs', '0021_jobs_by_creator'), ('jobs', '0022_user_reasons'), ('jobs', '0023_job_changes'), ('jobs', '0024_quotes'), ('jobs', '0025_start_from_model')]

    initial = True

    dependencies = [
        ('datasets', '0001_squashed_0005_dataset_revision'),
        ('pools', '0001_squashed_0011_worker_base_models'),
        ('tenants', '0008_plan_limits'),
    ]

    operations = [
        migrations.CreateModel(
            name='Attempt',
            fields=[
                ('id', models.CharField(default=trainyard.core.ids.new_att_id, editable=False, max_length=32, primary_key=True, serialize=False)),
                ('fence', models.PositiveIntegerField()),
                ('state', models.CharField(choices=[('claimed', 'claimed'), ('training', 'training'), ('succeeded', 'succeeded'), ('stopped', 'stopped'), ('cancelled', 'cancelled'), ('failed', 'failed'), ('lost', 'lost')], default=trainyard_spec.states.AttemptState['CLAIMED'], max_length=10)),
                ('reason', models.CharField(blank=True, max_length=32)),
                ('error_code', models.CharField(blank=True, max_length=64)),
                ('claimed_at', models.DateTimeField()),
                ('lease_expires_at', models.DateTimeField()),
                ('training_started_at', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('start_step', models.PositiveBigIntegerField(default=0)),
                ('last_sequence', models.PositiveBigIntegerField(default=0)),
                ('trained_microseconds', models.BigIntegerField(default=0)),
                ('durable_microseconds', models.BigIntegerField(default=0)),
                ('repeats_to_step', models.PositiveBigIntegerField(default=0)),
                ('repeated_microseconds', models.BigIntegerField(default=0)),
                ('starved_microseconds', models.BigIntegerField(default=0)),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.organization')),
                ('worker', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='pools.worker')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'across_tenants',
                'indexes': [models.Index(condition=models.Q(('state__in', [trainyard_spec.states.AttemptState['CLAIMED'], trainyard_spec.states.AttemptState['TRAINING']])), fields=['lease_expires_at'], name='attempts_by_lease'), models.Index(condition=models.Q(('state', trainyard_spec.states.AttemptState['FAILED'])), fields=['ended_at'], name='attempts_that_failed'), models.Index(condition=models.Q(('state__in', [trainyard_spec.states.AttemptState['CLAIMED'], trainyard_spec.states.AttemptState['TRAINING']])), fields=['worker'], name='attempts_on_worker')],
            },
            managers=[
                ('objects', django.db.models.manager.Manager()),
                ('across_tenants', django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name='Job',
            fields=[
                ('id', models.CharField(default=trainyard.core.ids.new_job_id, editable=False, max_length=32, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=120)),
                ('state', models.CharField(choices=[('queued', 'queued'), ('starting', 'starting'), ('running', 'running'), ('stopping', 'stopping'), ('paused', 'paused'), ('succeeded', 'succeeded'), ('failed', 'failed'), ('cancelled', 'cancelled')], default=trainyard_spec.states.JobState['QUEUED'], max_length=10)),
                ('reason', models.CharField(max_length=32)),
                ('desired', models.CharField(choices=[('run', 'run'), ('stop_with_checkpoint', 'stop_with_checkpoint'), ('cancel', 'cancel')], default=trainyard_spec.states.DesiredState['RUN'], max_length=24)),
                ('desired_reason', models.CharField(blank=True, max_length=32)),
                ('spec', models.JSONField()),
                ('architecture', models.CharField(max_length=40)),
                ('task', models.CharField(max_length=40)),
                ('init_from', models.CharField(max_length=32, null=True)),
                ('start', models.JSONField(null=True)),
                ('slots', models.PositiveSmallIntegerField()),
                ('labels', models.CharField(blank=True, max_length=1200)),
                ('preemptible', models.BooleanField(default=False)),
                ('max_runtime_seconds', models.PositiveIntegerField()),
                ('priority', models.SmallIntegerField()),
                ('cap_micros', models.BigIntegerField()),
                ('quoted_micros', models.BigIntegerField(null=True)),
                ('fingerprint', models.CharField(blank=True, max_length=64)),
                ('estimate', models.JSONField(null=True)),
                ('created_by', models.CharField(max_length=120)),
                ('created_at', models.DateTimeField()),
                ('changed_at', models.DateTimeField(null=True)),
                ('queued_at', models.DateTimeField()),
                ('ranked_at', models.DateTimeField()),
                ('started_at', models.DateTimeField(null=True)),
                ('first_step_at', models.DateTimeField(null=True)),
                ('finished_at', models.DateTimeField(null=True)),
                ('fence', models.PositiveIntegerField(default=0)),
                ('failures', models.JSONField(default=dict)),
                ('not_before', models.DateTimeField(null=True)),
                ('events_count', models.PositiveIntegerField(default=0)),
                ('checkpoints_count', models.PositiveIntegerField(default=0)),
                ('epoch', models.PositiveIntegerField(default=0)),
                ('step', models.PositiveBigIntegerField(default=0)),
                ('total_steps', models.PositiveBigIntegerField(null=True)),
                ('resolved_training', models.JSONField(null=True)),
                ('samples_per_second', models.FloatField(null=True)),
                ('latest_metrics', models.JSONField(default=dict)),
                ('test_metrics', models.JSONField(null=True)),
                ('verdict', models.JSONField(null=True)),
                ('error', models.JSONField(null=True)),
                ('dataset_version', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='datasets.datasetversion')),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.organization')),
                ('pool', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='pools.pool')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'across_tenants',
                'indexes': [models.Index(fields=['organization', '-id'], name='jobs_by_organization'), models.Index(fields=['organization', 'state', '-id'], name='jobs_by_state'), models.Index(fields=['organization', 'architecture', '-id'], name='jobs_by_architecture'), models.Index(fields=['organization', 'task', '-id'], name='jobs_by_task'), models.Index(fields=['organization', 'dataset_version', '-id'], name='jobs_by_dataset_version'), models.Index(fields=['organization', 'pool', '-id'], name='jobs_by_pool'), models.Index(fields=['organization', 'fingerprint', '-id'], name='jobs_by_fingerprint'), models.Index(condition=models.Q(('init_from__isnull', False)), fields=['organization', 'init_from'], name='jobs_by_init_from'), models.Index(fields=['organization', 'created_by'], name='jobs_by_creator'), models.Index(fields=['organization', 'changed_at'], name='jobs_by_change'), models.Index(condition=models.Q(('state', 'queued')), fields=['pool', 'organization', 'ranked_at', 'id', 'not_before', 'slots', 'labels', 'state'], name='jobs_queue'), models.Index(condition=models.Q(('state__in', [trainyard_spec.states.JobState['CANCELLED'], trainyard_spec.states.JobState['FAILED'], trainyard_spec.states.JobState['SUCCEEDED']]), _negated=True), fields=['id'], name='jobs_unfinished')],
            },
            managers=[
                ('objects', django.db.models.manager.Manager()),
                ('across_tenants', django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name='Event',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sequence', models.PositiveIntegerField()),
                ('type', models.CharField(max_length=32)),
                ('from_state', models.CharField(blank=True, max_length=10)),
                ('to_state', models.CharField(blank=True, max_length=10)),
                ('reason', models.CharField(blank=True, max_length=32)),
                ('fence', models.PositiveIntegerField(default=0)),
                ('data', models.JSONField(default=dict)),
                ('created_at', models.DateTimeField()),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.organization')),
                ('job', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='events', to='jobs.job')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'across_tenants',
                'constraints': [models.UniqueConstraint(fields=('job', 'sequence'), name='event_sequence_once_per_job')],
            },
            managers=[
                ('objects', django.db.models.manager.Manager()),
                ('across_tenants', django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name='Checkpoint',
            fields=[
                ('id', models.CharField(default=trainyard.core.ids.new_ckpt_id, editable=False, max_length=32, primary_key=True, serialize=False)),
                ('step', models.PositiveBigIntegerField()),
                ('epoch', models.PositiveIntegerField()),
                ('files', models.JSONField()),
                ('bytes', models.BigIntegerField()),
                ('trained_microseconds', models.BigIntegerField()),
                ('created_at', models.DateTimeField()),
                ('pruned_at', models.DateTimeField(null=True)),
                ('attempt', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='checkpoints', to='jobs.attempt')),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.organization')),
                ('job', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='checkpoints', to='jobs.job')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'across_tenants',
                'indexes': [models.Index(fields=['job', '-step'], name='checkpoints_by_job'), models.Index(condition=models.Q(('pruned_at', None)), fields=['job'], name='checkpoints_unpruned')],
                'constraints': [models.UniqueConstraint(fields=('attempt', 'step'), name='checkpoint_once_per_attempt_and_step')],
            },
            managers=[
                ('objects', django.db.models.manager.Manager()),
                ('across_tenants', django.db.models.manager.Manager()),
            ],
        ),
        migrations.AddField(
            model_name='attempt',
            name='job',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='attempts', to='jobs.job'),
        ),
        migrations.CreateModel(
            name='LogLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('fence', models.PositiveIntegerField()),
                ('level', models.CharField(max_length=8)),
                ('message', models.TextField()),
                ('created_at', models.DateTimeField()),
                ('job', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='log_lines', to='jobs.job')),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.organization')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'across_tenants',
                'indexes': [models.Index(fields=['job', 'id'], name='log_lines_by_job')],
            },
            managers=[
                ('objects', django.db.models.manager.Manager()),
                ('across_tenants', django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name='MetricChunk',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('fence', models.PositiveIntegerField()),
                ('sequence', models.PositiveBigIntegerField()),
                ('part', models.PositiveSmallIntegerField()),
                ('reported_at', models.DateTimeField(null=True)),
                ('first_step', models.PositiveBigIntegerField()),
                ('last_step', models.PositiveBigIntegerField()),
                ('points', models.PositiveIntegerField()),
                ('names', models.JSONField()),
                ('data', models.BinaryField()),
                ('job', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='metric_chunks', to='jobs.job')),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.organization')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'across_tenants',
                'indexes': [models.Index(fields=['job', 'id'], name='metric_chunks_by_job')],
                'constraints': [models.UniqueConstraint(fields=('job', 'fence', 'sequence', 'part'), name='metric_chunk_once_per_report')],
            },
            managers=[
                ('objects', django.db.models.manager.Manager()),
                ('across_tenants', django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name='MetricSummary',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('fence', models.PositiveIntegerField()),
                ('sequence', models.PositiveBigIntegerField()),
                ('part', models.PositiveSmallIntegerField()),
                ('last_step', models.PositiveBigIntegerField()),
                ('points', models.PositiveIntegerField()),
                ('names', models.JSONField()),
                ('kept', models.JSONField()),
                ('data', models.BinaryField()),
                ('job', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='jobs.job')),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.organization')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'across_tenants',
                'constraints': [models.UniqueConstraint(fields=('job', 'fence', 'sequence', 'part'), name='metric_summary_once_per_report')],
            },
            managers=[
                ('objects', django.db.models.manager.Manager()),
                ('across_tenants', django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name='UploadedFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=400, unique=True)),
                ('bytes', models.BigIntegerField(default=0)),
                ('sha256', models.CharField(blank=True, max_length=64)),
                ('attempt', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='uploaded_files', to='jobs.attempt')),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.organization')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'across_tenants',
            },
            managers=[
                ('objects', django.db.models.manager.Manager()),
                ('across_tenants', django.db.models.manager.Manager()),
            ],
        ),
        migrations.AddConstraint(
            model_name='attempt',
            constraint=models.UniqueConstraint(fields=('job', 'fence'), name='attempt_fence_once_per_job'),
        ),
        migrations.AddConstraint(
            model_name='attempt',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', [trainyard_spec.states.AttemptState['CLAIMED'], trainyard_spec.states.AttemptState['TRAINING']])), fields=('job',), name='one_live_attempt_per_job'),
        ),
        append_only("jobs_event"),
        never_truncated("jobs_event"),
    ]
