"""Tables shared by all domains: the outbox, idempotency records, the audit log."""

from typing import ClassVar

from django.db import models

from trainyard.core.ids import ID_MAX_LENGTH, new_aud_id, new_ekey_id, new_evt_id


class OutboxMessage(models.Model):
    """A Celery message to be sent after the transaction that wrote it commits.

    It is sent at commit and deleted; a periodic task sends what a crash left behind. Receivers are idempotent.
    """

    task = models.CharField(max_length=120)
    queue = models.CharField(max_length=120)
    kwargs = models.JSONField(default=dict)
    created_at = models.DateTimeField(db_index=True)


class DomainEvent(models.Model):
    """Event of an object, to be delivered to subscribers (see ``domain_events``).

    ``sequence`` orders the events of an object. An event without an organization is for operators. ``fanned_out_at`` is
    the time at which a delivery was stored for each subscribed endpoint.
    """

    sequence = models.BigAutoField(primary_key=True)
    id = models.CharField(max_length=ID_MAX_LENGTH, unique=True, default=new_evt_id, editable=False)
    organization_id = models.CharField(max_length=ID_MAX_LENGTH, blank=True)
    type = models.CharField(max_length=40)
    object_id = models.CharField(max_length=ID_MAX_LENGTH)
    data = models.JSONField()
    created_at = models.DateTimeField(db_index=True)
    fanned_out_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["sequence"], name="domain_events_to_fan_out", condition=models.Q(fanned_out_at=None)),
            models.Index(fields=["organization_id", "-sequence"], name="domain_events_by_owner"),
        ]


class IdempotencyRecord(models.Model):
    """Stored response to a POST with an ``Idempotency-Key``.

    It is written in the transaction of the request: a process that dies half-way leaves neither effect nor record.
    """

    scope = models.CharField(max_length=ID_MAX_LENGTH)
    key = models.CharField(max_length=255)
    request_sha256 = models.CharField(max_length=64)
    created_at = models.DateTimeField(db_index=True)
    status = models.PositiveSmallIntegerField(null=True)
    body = models.JSONField(null=True)

    tenant_field: ClassVar[str] = "scope"

    class Meta:
        constraints = [models.UniqueConstraint(fields=["scope", "key"], name="idempotency_key_once_per_scope")]


class PostponedItem(models.Model):
    """An item that a periodic task failed to process: it is retried ``not_before`` and blocks no other item."""

    reconciler = models.CharField(max_length=40)
    item_id = models.CharField(max_length=240)
    failures = models.PositiveIntegerField()
    not_before = models.DateTimeField()
    error = models.CharField(max_length=400)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["reconciler", "item_id"], name="postponed_item_once")]


class RecurringTask(models.Model):
    """Time at which a rare periodic task is due next, or is retried if its present run never ends."""

    name = models.CharField(primary_key=True, max_length=60)
    due_at = models.DateTimeField()


class OrganizationKey(models.Model):
    """Encryption key of one organization, wrapped by a master key; new blobs use the highest generation.

    A destroyed key is empty, and its blobs are unreadable for good.
    """

    id = models.CharField(primary_key=True, max_length=ID_MAX_LENGTH, default=new_ekey_id, editable=False)
    organization_id = models.CharField(max_length=ID_MAX_LENGTH)
    generation = models.PositiveIntegerField()
    wrapped = models.BinaryField()
    wrapped_by = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    destroyed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization_id", "generation"], name="organization_key_once_each")
        ]


class AuditChain(models.Model):
    """Length and last hash of the audit log of one organization, or of the platform (no id)."""

    organization_id = models.CharField(primary_key=True, max_length=ID_MAX_LENGTH, blank=True)
    length = models.PositiveBigIntegerField(default=0)
    head_hash = models.CharField(max_length=64, blank=True)


class AuditEvent(models.Model):
    """Audit event: actor, action, target and address. Append-only; ``hash`` covers the event and all before it."""

    id = models.CharField(primary_key=True, max_length=ID_MAX_LENGTH, default=new_aud_id, editable=False)
    organization_id = models.CharField(max_length=ID_MAX_LENGTH, blank=True)
    sequence = models.PositiveBigIntegerField()
    actor = models.CharField(max_length=120)
    address = models.CharField(max_length=64, blank=True)
    action = models.CharField(max_length=80)
    target = models.CharField(max_length=ID_MAX_LENGTH)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    data = models.JSONField(default=dict)
    previous_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization_id", "sequence"], name="audit_event_once_in_chain")
        ]
        indexes = [
            models.Index(fields=["organization_id", "-id"], name="audit_by_organization"),
            models.Index(fields=["organization_id", "actor", "-id"], name="audit_by_actor"),
            models.Index(fields=["organization_id", "action", "-id"], name="audit_by_action"),
            models.Index(fields=["organization_id", "target", "-id"], name="audit_by_target"),
        ]
