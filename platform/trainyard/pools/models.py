"""Pools of workers and the credentials by which workers join them."""

import hashlib
import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from trainyard.core.ids import ID_MAX_LENGTH, new_enr_id, new_pool_id, new_wrk_id
from trainyard.core.tenancy import TenantModel

MIN_WEIGHT, MAX_WEIGHT = 0.01, 1_000.0


class Pool(models.Model):
    """Pool of workers. ``preemptible`` pools may lose hosts at any time, and accept only jobs that allow this.

    ``labels`` apply to all of its workers, which may have more of their own. ``revision`` increases with each change.
    """

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
    preemptible = models.BooleanField(default=False)
    labels = models.JSONField(default=dict, blank=True)
    revision = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name

    @property
    def queue(self) -> str:
        """The Celery queue by which this pool's workers are notified."""
        return f"pool.{self.name}"


class WorkerQuerySet(models.QuerySet["Worker"]):
    """Definitions of when a worker is up and takes work, once each; all queries use them."""

    def enrolled(self) -> Self:
        """Workers that were not removed."""
        return self.exclude(state=Worker.State.REMOVED)

    def up(self, *, now: datetime) -> Self:
        """Enrolled workers that sent a heartbeat within the time of a lease."""
        return self.enrolled().filter(is_up(now=now))

    def taking_work(self, *, now: datetime) -> Self:
        """Workers that are up, and neither cordoned, drained nor quarantined."""
        return self.up(now=now).filter(state=Worker.State.ACTIVE)

    def taking_jobs(self, *, now: datetime) -> Self:
        """Workers that take work and have room on their disks for checkpoints."""
        return self.taking_work(now=now).filter(has_room=True)


class Worker(models.Model):
    """Worker. ``state_reason`` says why it is quarantined.

    Only faults since ``healthy_since``, when it last returned to service, count against it. ``retest_at`` is when it
    returns automatically, and ``failed_tests`` the number of consecutive quarantines. ``pretrained`` names the models
    on its disk, ``language_models`` the causal language models among them with their maximum context, and
    ``base_models`` the facts about their weights (``BaseModelFacts``). ``pretrained_tasks`` has the tasks of each, if
    the worker reports them. ``drained_at`` is when a draining worker was first seen without a job.
    """

    class State(models.TextChoices):
        ACTIVE = "active"
        CORDONED = "cordoned"
        DRAINING = "draining"
        QUARANTINED = "quarantined"
        REMOVED = "removed"

    id = models.CharField(primary_key=True, max_length=ID_MAX_LENGTH, default=new_wrk_id, editable=False)
    pool = models.ForeignKey(Pool, on_delete=models.PROTECT, related_name="workers")
    name = models.CharField(max_length=120)
    state = models.CharField(max_length=12, choices=State, default=State.ACTIVE)
    state_reason = models.CharField(max_length=400, blank=True)
    healthy_since = models.DateTimeField(null=True)
    retest_at = models.DateTimeField(null=True)
    failed_tests = models.PositiveSmallIntegerField(default=0)
    drained_at = models.DateTimeField(null=True)
    token_sha256 = models.CharField(max_length=64, unique=True)
    slots = models.PositiveSmallIntegerField()
    labels = models.JSONField(default=dict, blank=True)
    hardware = models.JSONField(default=dict)
    software = models.JSONField(default=dict)
    pretrained = models.JSONField(default=list)
    language_models = models.JSONField(default=dict)
    pretrained_tasks = models.JSONField(default=dict)
    base_models = models.JSONField(default=dict)
    sandbox = models.JSONField(null=True)
    registered_at = models.DateTimeField()
    last_heartbeat_at = models.DateTimeField()
    has_room = models.BooleanField(default=True)

    objects = WorkerQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name

    @property
    def takes_work(self) -> bool:
        """Whether it may claim: for a worker that is just calling, and so is up."""
        return self.state == self.State.ACTIVE

    @property
    def software_fingerprint(self) -> str:
        """The same for workers on the same software, whatever order they name it in."""
        return hashlib.sha256(json.dumps(self.software, sort_keys=True).encode()).hexdigest()[:16]


def is_up(*, now: datetime) -> models.Q:
    """Workers that sent a heartbeat within the time of a lease."""
    return models.Q(last_heartbeat_at__gte=now - lease())


def lease() -> timedelta:
    """How long a worker counts as up after a heartbeat."""
    return timedelta(seconds=settings.ENVIRONMENT.lease_seconds)


def labels_of_models(names: Iterable[str]) -> dict[str, str]:
    """The labels of a worker that holds the pretrained models ``names``. None that people give has a slash."""
    return {f"pretrained/{name}": "held" for name in names}


OUT_OF_SERVICE = frozenset({Worker.State.QUARANTINED, Worker.State.REMOVED})
"""States in which a worker is not trusted: what goes wrong on it is no job's fault."""


class PoolQuota(TenantModel):
    """Quota of an organization in a pool, with its fair-share usage, because each claim reads both.

    ``used_slot_seconds`` is the usage of its ended attempts, decayed to ``used_at``, when the last one ended. A limit
    of ``None`` means no limit for running jobs, and the platform's limit for queued ones.
    """

    pool = models.ForeignKey(Pool, on_delete=models.CASCADE, related_name="+")
    weight = models.FloatField(default=1.0, validators=[MinValueValidator(MIN_WEIGHT), MaxValueValidator(MAX_WEIGHT)])
    guaranteed_slots = models.PositiveIntegerField(default=0)
    max_running_jobs = models.PositiveIntegerField(null=True, blank=True)
    max_queued_jobs = models.PositiveIntegerField(null=True, blank=True)
    used_slot_seconds = models.FloatField(default=0.0)
    used_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        default_manager_name = "across_tenants"  # operators' forms check the constraint without a tenant
        constraints = [models.UniqueConstraint(fields=["organization", "pool"], name="one_share_per_pool")]


class EnrolmentToken(models.Model):
    """A one-time secret with which one worker joins a pool, stored as its SHA-256."""

    id = models.CharField(primary_key=True, max_length=ID_MAX_LENGTH, default=new_enr_id, editable=False)
    pool = models.ForeignKey(Pool, on_delete=models.CASCADE, related_name="enrolment_tokens")
    token_sha256 = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    worker = models.ForeignKey(Worker, on_delete=models.SET_NULL, null=True, related_name="+")
