"""Speed profiles: specs whose speed is measured, and the measurements."""

from django.db import models

from trainyard.core.ids import ID_MAX_LENGTH, new_prof_id
from trainyard.core.tenancy import TenantModel
from trainyard.datasets.models import DatasetVersion
from trainyard.pools.models import Pool, Worker


class SpeedProfile(TenantModel):
    """Speed of all specs with one ``fingerprint`` in one organization, measured with ``spec``, the first of them.

    ``claims`` counts the workers that began and did not return it for a job; a worker that has not reported by
    ``expires_at`` has lost it. ``timings`` is a ``TrainingTimings``. ``start`` and ``labels`` are as in a job.
    """

    class State(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        MEASURED = "measured"
        FAILED = "failed"

    id = models.CharField(primary_key=True, max_length=ID_MAX_LENGTH, default=new_prof_id, editable=False)
    fingerprint = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    spec = models.JSONField()
    dataset_version = models.ForeignKey(DatasetVersion, on_delete=models.PROTECT, related_name="+")
    init_from = models.CharField(max_length=ID_MAX_LENGTH, null=True)
    start = models.JSONField(null=True)
    pool = models.ForeignKey(Pool, on_delete=models.PROTECT, related_name="+")
    slots = models.PositiveSmallIntegerField()
    labels = models.JSONField(default=dict)
    requested_by = models.CharField(max_length=120)
    requested_at = models.DateTimeField()
    worker = models.ForeignKey(Worker, on_delete=models.PROTECT, related_name="+", null=True)
    claims = models.PositiveSmallIntegerField(default=0)
    expires_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    timings = models.JSONField(null=True)
    error = models.JSONField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "fingerprint"], name="one_speed_profile_per_fingerprint")
        ]
        indexes = [
            models.Index(
                fields=["pool", "requested_at"],
                name="speed_profiles_open",
                condition=models.Q(state__in=["queued", "running"]),
            ),
            models.Index(fields=["organization", "requested_at"], name="speed_profiles_by_request"),
        ]
