import trainyard.core.ids
from django.db import migrations, models

from trainyard.core.append_only import append_only, never_truncated


class Migration(migrations.Migration):

    replaces = [('core', '0001_initial'), ('core', '0002_append_only'), ('core', '0003_postponed_items'), ('core', '0004_never_truncated'), ('core', '0005_audit_chain'), ('core', '0006_organization_keys'), ('core', '0007_recurring_tasks'), ('core', '0008_webhooks'), ('core', '0009_audit_filters')]

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='AuditChain',
            fields=[
                ('organization_id', models.CharField(blank=True, max_length=32, primary_key=True, serialize=False)),
                ('length', models.PositiveBigIntegerField(default=0)),
                ('head_hash', models.CharField(blank=True, max_length=64)),
            ],
        ),
        migrations.CreateModel(
            name='OutboxMessage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('task', models.CharField(max_length=120)),
                ('queue', models.CharField(max_length=120)),
                ('kwargs', models.JSONField(default=dict)),
                ('created_at', models.DateTimeField(db_index=True)),
            ],
        ),
        migrations.CreateModel(
            name='RecurringTask',
            fields=[
                ('name', models.CharField(max_length=60, primary_key=True, serialize=False)),
                ('due_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='AuditEvent',
            fields=[
                ('id', models.CharField(default=trainyard.core.ids.new_aud_id, editable=False, max_length=32, primary_key=True, serialize=False)),
                ('organization_id', models.CharField(blank=True, max_length=32)),
                ('sequence', models.PositiveBigIntegerField()),
                ('actor', models.CharField(max_length=120)),
                ('address', models.CharField(blank=True, max_length=64)),
                ('action', models.CharField(max_length=80)),
                ('target', models.CharField(max_length=32)),
                ('before', models.JSONField(default=dict)),
                ('after', models.JSONField(default=dict)),
                ('data', models.JSONField(default=dict)),
                ('previous_hash', models.CharField(blank=True, max_length=64)),
                ('hash', models.CharField(max_length=64)),
                ('created_at', models.DateTimeField()),
            ],
            options={
                'indexes': [models.Index(fields=['organization_id', '-id'], name='audit_by_organization'), models.Index(fields=['organization_id', 'actor', '-id'], name='audit_by_actor'), models.Index(fields=['organization_id', 'action', '-id'], name='audit_by_action'), models.Index(fields=['organization_id', 'target', '-id'], name='audit_by_target')],
                'constraints': [models.UniqueConstraint(fields=('organization_id', 'sequence'), name='audit_event_once_in_chain')],
            },
        ),
        migrations.CreateModel(
            name='DomainEvent',
            fields=[
                ('sequence', models.BigAutoField(primary_key=True, serialize=False)),
                ('id', models.CharField(default=trainyard.core.ids.new_evt_id, editable=False, max_length=32, unique=True)),
                ('organization_id', models.CharField(blank=True, max_length=32)),
                ('type', models.CharField(max_length=40)),
                ('object_id', models.CharField(max_length=32)),
                ('data', models.JSONField()),
                ('created_at', models.DateTimeField(db_index=True)),
                ('fanned_out_at', models.DateTimeField(null=True)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('fanned_out_at', None)), fields=['sequence'], name='domain_events_to_fan_out')],
            },
        ),
        migrations.CreateModel(
            name='IdempotencyRecord',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('scope', models.CharField(max_length=32)),
                ('key', models.CharField(max_length=255)),
                ('request_sha256', models.CharField(max_length=64)),
                ('created_at', models.DateTimeField(db_index=True)),
                ('status', models.PositiveSmallIntegerField(null=True)),
                ('body', models.JSONField(null=True)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('scope', 'key'), name='idempotency_key_once_per_scope')],
            },
        ),
        migrations.CreateModel(
            name='OrganizationKey',
            fields=[
                ('id', models.CharField(default=trainyard.core.ids.new_ekey_id, editable=False, max_length=32, primary_key=True, serialize=False)),
                ('organization_id', models.CharField(max_length=32)),
                ('generation', models.PositiveIntegerField()),
                ('wrapped', models.BinaryField()),
                ('wrapped_by', models.CharField(max_length=64)),
                ('created_at', models.DateTimeField()),
                ('destroyed_at', models.DateTimeField(null=True)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('organization_id', 'generation'), name='organization_key_once_each')],
            },
        ),
        migrations.CreateModel(
            name='PostponedItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reconciler', models.CharField(max_length=40)),
                ('item_id', models.CharField(max_length=240)),
                ('failures', models.PositiveIntegerField()),
                ('not_before', models.DateTimeField()),
                ('error', models.CharField(max_length=400)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('reconciler', 'item_id'), name='postponed_item_once')],
            },
        ),
        append_only("core_auditevent"),
        never_truncated("core_auditevent"),
    ]
