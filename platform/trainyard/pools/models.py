"""Pools of workers and the credentials by which workers join them."""

from django.db import models

from trainyard.core.ids import ID_MAX_LENGTH, new_enr_id, new_pool_id, new_wrk_id


class Pool(models.Model):
    class SlotKind(models.TextChoices):
        CPU = "cpu"
        CUDA = "cuda"

    class State(models.TextChoices):
        ACTIVE = "active"
        CLOSED = "closed"

    id = models.CharField(primary_key=True, max_length=ID_MAX_LENGTH, default=new_pool_id, editable=False)
    name = models.SlugField(max_length=63, unique=True)
    slot_kind = models.CharField(max_length=8, choices=SlotKind)
    state = models.CharField(max_length=8, choices=State, default=State.ACTIVE)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name

    @property
    def queue(self) -> str:
        """The Celery queue on which this pool's doorbell rings."""
        return f"pool.{self.name}"


class Worker(models.Model):
    class State(models.TextChoices):
        ACTIVE = "active"
        CORDONED = "cordoned"
        DRAINING = "draining"
        REMOVED = "removed"

    id = models.CharField(primary_key=True, max_length=ID_MAX_LENGTH, default=new_wrk_id, editable=False)
    pool = models.ForeignKey(Pool, on_delete=models.PROTECT, related_name="workers")
    name = models.CharField(max_length=120)
    state = models.CharField(max_length=10, choices=State, default=State.ACTIVE)
    token_sha256 = models.CharField(max_length=64, unique=True)
    slots = models.PositiveSmallIntegerField()
    hardware = models.JSONField(default=dict)
    software = models.JSONField(default=dict)
    registered_at = models.DateTimeField()
    last_heartbeat_at = models.DateTimeField()
    has_room = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.name


class EnrolmentToken(models.Model):
    """A one-time secret with which one worker joins a pool, stored as its SHA-256."""

    id = models.CharField(primary_key=True, max_length=ID_MAX_LENGTH, default=new_enr_id, editable=False)
    pool = models.ForeignKey(Pool, on_delete=models.CASCADE, related_name="enrolment_tokens")
    token_sha256 = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    worker = models.ForeignKey(Worker, on_delete=models.SET_NULL, null=True, related_name="+")
