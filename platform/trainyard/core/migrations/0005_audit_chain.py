"""Chains the audit events by their hashes, those from before it too, in the order of their ids.

The triggers are put aside for it: PostgreSQL's by its owner; SQLite rebuilds a table to change it, and loses them.
"""

from typing import Any

from django.db import migrations, models

import trainyard.core.ids
from trainyard.core.append_only import append_only_again

TABLE = "core_auditevent"


def chain_events(apps: Any, schema_editor: Any) -> None:
    from trainyard.core.audit import hash_of

    AuditEvent, AuditChain = apps.get_model("core", "AuditEvent"), apps.get_model("core", "AuditChain")
    chains: dict[str, Any] = {}
    for event in AuditEvent.objects.order_by("id").iterator():
        chain = chains.setdefault(event.organization_id, AuditChain(organization_id=event.organization_id))
        event.sequence, event.previous_hash = chain.length + 1, chain.head_hash
        event.hash = hash_of(event)
        event.save(update_fields=["sequence", "previous_hash", "hash"])
        chain.length, chain.head_hash = event.sequence, event.hash
    AuditChain.objects.bulk_create(chains.values())


def put_triggers_aside(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"ALTER TABLE {TABLE} DISABLE TRIGGER USER")


def put_triggers_back(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"ALTER TABLE {TABLE} ENABLE TRIGGER USER")


class Migration(migrations.Migration):
    dependencies = [("core", "0004_never_truncated")]

    operations = [
        migrations.CreateModel(
            name="AuditChain",
            fields=[
                ("organization_id", models.CharField(max_length=trainyard.core.ids.ID_MAX_LENGTH, primary_key=True, serialize=False, blank=True)),
                ("length", models.PositiveBigIntegerField(default=0)),
                ("head_hash", models.CharField(blank=True, max_length=64)),
            ],
        ),
        migrations.AddField("auditevent", "sequence", models.PositiveBigIntegerField(default=0), preserve_default=False),
        migrations.AddField("auditevent", "address", models.CharField(blank=True, default="", max_length=64), preserve_default=False),
        migrations.AddField("auditevent", "before", models.JSONField(default=dict)),
        migrations.AddField("auditevent", "after", models.JSONField(default=dict)),
        migrations.AddField("auditevent", "previous_hash", models.CharField(blank=True, default="", max_length=64), preserve_default=False),
        migrations.AddField("auditevent", "hash", models.CharField(default="", max_length=64), preserve_default=False),
        migrations.RunPython(put_triggers_aside, put_triggers_back),
        migrations.RunPython(chain_events, migrations.RunPython.noop),
        migrations.AddConstraint(
            "auditevent",
            models.UniqueConstraint(fields=["organization_id", "sequence"], name="audit_event_once_in_chain"),
        ),
        migrations.RunPython(put_triggers_back, migrations.RunPython.noop),
        append_only_again(TABLE),
    ]
