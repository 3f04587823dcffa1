"""Rows that serve every domain: the outbox, idempotency records, the audit log."""

from typing import ClassVar

from django.db import models

from trainyard.core.ids import ID_MAX_LENGTH, new_aud_id, new_ekey_id, new_evt_id


class OutboxMessage(models.Model):
    """A Celery message that must be sent once the transaction that wrote it commits.

    Sent at commit and deleted; what a crash left behind is sent again by a periodic sweep. Receivers are idempotent.
    """

    task = models.CharField(max_length=120)
    queue = models.CharField(max_length=120)
    kwargs = models.JSONField(default=dict)
    created_at = models.DateTimeField(db_index=True)


class DomainEvent(models.Model):
    """Something that happened to an object, to be told to whoever subscribes (see ``domain_events``).

    ``sequence`` orders the events of an object. Without an organization it is for operators. ``fanned_out_at`` is when
    a delivery was written for each endpoint that subscribes to it.
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
    """The stored answer to a POST that carried an ``Idempotency-Key``.

    Written in the transaction of the request itself: a process that dies half-way leaves neither effect nor record.
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
    """An item that a periodic task could not deal with: it is tried again ``not_before``, and stops no other."""

    reconciler = models.CharField(max_length=40)
    item_id = models.CharField(max_length=240)
    failures = models.PositiveIntegerField()
    not_before = models.DateTimeField()
    error = models.CharField(max_length=400)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["reconciler", "item_id"], name="postponed_item_once")]


class RecurringTask(models.Model):
    """When work that is done now and then is due again, or is to be tried again if whoever does it never ends."""

    name = models.CharField(primary_key=True, max_length=60)
    due_at = models.DateTimeField()


class OrganizationKey(models.Model):
    """A key that encrypts blobs of one organization, wrapped by a master key; the highest generation is for new ones.

    Once destroyed it is empty, and what it encrypted is lost for good.
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
    """Where the audit log of one organization, or of the platform (no id), ends."""

    organization_id = models.CharField(primary_key=True, max_length=ID_MAX_LENGTH, blank=True)
    length = models.PositiveBigIntegerField(default=0)
    head_hash = models.CharField(max_length=64, blank=True)


class AuditEvent(models.Model):
    """Who did what to which object, from where. Append-only; ``hash`` covers the event and all before it."""

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
