import django.db.models.deletion
import django.db.models.manager
import trainyard.core.ids
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [('datasets', '0001_initial'), ('datasets', '0002_initial'), ('datasets', '0003_purged_at'), ('datasets', '0004_resumable_uploads'), ('datasets', '0005_dataset_revision')]

    initial = True

    dependencies = [
        ('tenants', '0008_plan_limits'),
    ]

    operations = [
        migrations.CreateModel(
            name='Dataset',
            fields=[
                ('id', models.CharField(default=trainyard.core.ids.new_ds_id, editable=False, max_length=32, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=120)),
                ('task', models.CharField(max_length=40)),
                ('options', models.JSONField(default=dict)),
                ('versions_count', models.PositiveIntegerField(default=0)),
                ('revision', models.PositiveIntegerField(default=1)),
                ('created_at', models.DateTimeField()),
                ('deleted_at', models.DateTimeField(null=True)),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.organization')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'across_tenants',
                'indexes': [models.Index(fields=['organization', '-id'], name='datasets_by_organization')],
            },
            managers=[
                ('objects', django.db.models.manager.Manager()),
                ('across_tenants', django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name='DatasetVersion',
            fields=[
                ('id', models.CharField(default=trainyard.core.ids.new_dsv_id, editable=False, max_length=32, primary_key=True, serialize=False)),
                ('number', models.PositiveIntegerField()),
                ('state', models.CharField(choices=[('validating', 'Validating'), ('ready', 'Ready'), ('rejected', 'Rejected')], default='validating', max_length=12)),
                ('filename', models.CharField(max_length=255)),
                ('bytes', models.BigIntegerField()),
                ('sha256', models.CharField(max_length=64)),
                ('rows', models.BigIntegerField(null=True)),
                ('profile', models.JSONField(null=True)),
                ('files', models.JSONField(default=list)),
                ('problems', models.JSONField(default=list)),
                ('problems_omitted', models.PositiveIntegerField(default=0)),
                ('warnings', models.JSONField(default=list)),
                ('created_at', models.DateTimeField()),
                ('validated_at', models.DateTimeField(null=True)),
                ('validation_fence', models.PositiveIntegerField(default=0)),
                ('validation_expires_at', models.DateTimeField(null=True)),
                ('purged_at', models.DateTimeField(null=True)),
                ('dataset', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='versions', to='datasets.dataset')),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.organization')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'across_tenants',
                'indexes': [models.Index(condition=models.Q(('state', 'validating')), fields=['created_at'], name='dataset_versions_unvalidated')],
                'constraints': [models.UniqueConstraint(fields=('dataset', 'number'), name='dataset_version_number_once')],
            },
            managers=[
                ('objects', django.db.models.manager.Manager()),
                ('across_tenants', django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name='ResumableUpload',
            fields=[
                ('id', models.CharField(default=trainyard.core.ids.new_upl_id, editable=False, max_length=32, primary_key=True, serialize=False)),
                ('version_id', models.CharField(default=trainyard.core.ids.new_dsv_id, editable=False, max_length=32, unique=True)),
                ('filename', models.CharField(max_length=255)),
                ('length', models.BigIntegerField()),
                ('offset', models.BigIntegerField(default=0)),
                ('parts_count', models.PositiveIntegerField(default=0)),
                ('lock_token', models.CharField(blank=True, max_length=32)),
                ('lock_expires_at', models.DateTimeField(null=True)),
                ('created_by', models.CharField(max_length=120)),
                ('created_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('finished_at', models.DateTimeField(null=True)),
                ('dataset', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='datasets.dataset')),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.organization')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'across_tenants',
                'indexes': [models.Index(fields=['organization', '-id'], name='uploads_by_organization'), models.Index(condition=models.Q(('finished_at', None)), fields=['expires_at'], name='uploads_unfinished')],
                'constraints': [models.CheckConstraint(condition=models.Q(('offset__lte', models.F('length'))), name='upload_within_length')],
            },
            managers=[
                ('objects', django.db.models.manager.Manager()),
                ('across_tenants', django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name='UploadPart',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('start', models.BigIntegerField()),
                ('size', models.BigIntegerField()),
                ('key', models.CharField(max_length=400)),
                ('upload', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='parts', to='datasets.resumableupload')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('upload', 'start'), name='upload_part_once')],
            },
        ),
    ]
