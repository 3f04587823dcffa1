import django.db.models.deletion
import django.db.models.manager
import trainyard.core.ids
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [('models', '0001_initial'), ('models', '0002_initial'), ('models', '0003_prediction_claims'), ('models', '0004_purged_at'), ('models', '0005_class_report'), ('models', '0006_prediction_deadline'), ('models', '0007_claimed_at'), ('models', '0008_language_models'), ('models', '0009_predictions_of_keys')]

    initial = True

    dependencies = [
        ('jobs', '0001_squashed_0025_start_from_model'),
        ('pools', '0001_squashed_0011_worker_base_models'),
        ('tenants', '0008_plan_limits'),
    ]

    operations = [
        migrations.CreateModel(
            name='Model',
            fields=[
                ('id', models.CharField(default=trainyard.core.ids.new_mdl_id, editable=False, max_length=32, primary_key=True, serialize=False)),
                ('attempt_id', models.CharField(max_length=32)),
                ('name', models.CharField(max_length=120)),
                ('task', models.CharField(max_length=40)),
                ('architecture', models.CharField(max_length=40)),
                ('parameters', models.BigIntegerField()),
                ('test_metrics', models.JSONField()),
                ('class_report', models.JSONField(null=True)),
                ('weights_sha256', models.CharField(max_length=64)),
                ('files', models.JSONField()),
                ('created_at', models.DateTimeField()),
                ('deleted_at', models.DateTimeField(null=True)),
                ('purged_at', models.DateTimeField(null=True)),
                ('job', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='model', to='jobs.job')),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.organization')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'across_tenants',
                'indexes': [models.Index(fields=['organization', '-id'], name='models_by_organization')],
            },
            managers=[
                ('objects', django.db.models.manager.Manager()),
                ('across_tenants', django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name='Prediction',
            fields=[
                ('id', models.CharField(default=trainyard.core.ids.new_pred_id, editable=False, max_length=32, primary_key=True, serialize=False)),
                ('state', models.CharField(choices=[('queued', 'Queued'), ('claimed', 'Claimed'), ('succeeded', 'Succeeded'), ('failed', 'Failed')], default='queued', max_length=10)),
                ('inputs', models.JSONField()),
                ('predictions', models.JSONField(null=True)),
                ('error', models.JSONField(null=True)),
                ('claims', models.PositiveSmallIntegerField(default=0)),
                ('created_at', models.DateTimeField()),
                ('claimed_at', models.DateTimeField(null=True)),
                ('deadline', models.DateTimeField()),
                ('finished_at', models.DateTimeField(null=True)),
                ('base', models.CharField(blank=True, default='', max_length=63)),
                ('wanted', models.CharField(blank=True, default='', max_length=10)),
                ('streams', models.BooleanField(default=False)),
                ('created_by', models.CharField(blank=True, default='', max_length=120)),
                ('most_micros', models.BigIntegerField(default=0)),
                ('model', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='models.model')),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.organization')),
                ('pool', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='pools.pool')),
                ('worker', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='pools.worker')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'across_tenants',
                'indexes': [models.Index(condition=models.Q(('state__in', ['queued', 'claimed'])), fields=['pool', 'id'], name='predictions_open')],
            },
            managers=[
                ('objects', django.db.models.manager.Manager()),
                ('across_tenants', django.db.models.manager.Manager()),
            ],
        ),
    ]
