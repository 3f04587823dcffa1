import django.core.validators
import django.db.models.deletion
import django.db.models.manager
import trainyard.core.ids
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [('pools', '0001_initial'), ('pools', '0002_worker_room'), ('pools', '0003_health'), ('pools', '0004_shares'), ('pools', '0005_pretrained'), ('pools', '0006_retests'), ('pools', '0007_sandbox'), ('pools', '0008_pool_quota'), ('pools', '0009_worker_language_models'), ('pools', '0010_worker_pretrained_tasks'), ('pools', '0011_worker_base_models')]

    initial = True

    dependencies = [
        ('tenants', '0008_plan_limits'),
    ]

    operations = [
        migrations.CreateModel(
            name='Pool',
            fields=[
                ('id', models.CharField(default=trainyard.core.ids.new_pool_id, editable=False, max_length=32, primary_key=True, serialize=False)),
                ('name', models.SlugField(max_length=63, unique=True)),
                ('slot_kind', models.CharField(choices=[('cpu', 'Cpu'), ('cuda', 'Cuda')], max_length=8)),
                ('state', models.CharField(choices=[('active', 'Active'), ('closed', 'Closed')], default='active', max_length=8)),
                ('preemptible', models.BooleanField(default=False)),
                ('labels', models.JSONField(blank=True, default=dict)),
                ('created_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Worker',
            fields=[
                ('id', models.CharField(default=trainyard.core.ids.new_wrk_id, editable=False, max_length=32, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=120)),
                ('state', models.CharField(choices=[('active', 'Active'), ('cordoned', 'Cordoned'), ('draining', 'Draining'), ('quarantined', 'Quarantined'), ('removed', 'Removed')], default='active', max_length=12)),
                ('state_reason', models.CharField(blank=True, max_length=400)),
                ('healthy_since', models.DateTimeField(null=True)),
                ('retest_at', models.DateTimeField(null=True)),
                ('failed_tests', models.PositiveSmallIntegerField(default=0)),
                ('token_sha256', models.CharField(max_length=64, unique=True)),
                ('slots', models.PositiveSmallIntegerField()),
                ('labels', models.JSONField(blank=True, default=dict)),
                ('hardware', models.JSONField(default=dict)),
                ('software', models.JSONField(default=dict)),
                ('pretrained', models.JSONField(default=list)),
                ('language_models', models.JSONField(default=dict)),
                ('pretrained_tasks', models.JSONField(default=dict)),
                ('base_models', models.JSONField(default=dict)),
                ('sandbox', models.JSONField(null=True)),
                ('registered_at', models.DateTimeField()),
                ('last_heartbeat_at', models.DateTimeField()),
                ('has_room', models.BooleanField(default=True)),
                ('pool', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='workers', to='pools.pool')),
            ],
        ),
        migrations.CreateModel(
            name='EnrolmentToken',
            fields=[
                ('id', models.CharField(default=trainyard.core.ids.new_enr_id, editable=False, max_length=32, primary_key=True, serialize=False)),
                ('token_sha256', models.CharField(max_length=64, unique=True)),
                ('created_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('used_at', models.DateTimeField(null=True)),
                ('pool', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='enrolment_tokens', to='pools.pool')),
                ('worker', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='pools.worker')),
            ],
        ),
        migrations.CreateModel(
            name='PoolQuota',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('weight', models.FloatField(default=1.0, validators=[django.core.validators.MinValueValidator(0.01), django.core.validators.MaxValueValidator(1000.0)])),
                ('guaranteed_slots', models.PositiveIntegerField(default=0)),
                ('max_running_jobs', models.PositiveIntegerField(blank=True, null=True)),
                ('max_queued_jobs', models.PositiveIntegerField(blank=True, null=True)),
                ('used_slot_seconds', models.FloatField(default=0.0)),
                ('used_at', models.DateTimeField(null=True)),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.organization')),
                ('pool', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='pools.pool')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'across_tenants',
                'default_manager_name': 'across_tenants',
                'constraints': [models.UniqueConstraint(fields=('organization', 'pool'), name='one_share_per_pool')],
            },
            managers=[
                ('across_tenants', django.db.models.manager.Manager()),
            ],
        ),
    ]
