"""Models (of finished jobs, or uploaded adapters), and predictions made with them."""

from typing import Any

from django.db import models

from trainyard.core.ids import ID_MAX_LENGTH, new_mdl_id, new_mex_id, new_pred_id
from trainyard.core.tenancy import TenantModel
from trainyard.jobs.models import Job
from trainyard.pools.models import Pool, Worker
from trainyard_spec.engine_protocol import NOT_FOR_WORKERS


class Model(TenantModel):
    """Model. ``files`` is a FileEntry list under ``blob_prefix``.

    An imported model has no job, and is an adapter of ``base``, a registered model.
    """

    class Origin(models.TextChoices):
        TRAINED = "trained"
        IMPORTED = "imported"

    id = models.CharField(primary_key=True, max_length=ID_MAX_LENGTH, default=new_mdl_id, editable=False)
    origin = models.CharField(max_length=10, choices=Origin, default=Origin.TRAINED)
    job = models.OneToOneField(Job, on_delete=models.PROTECT, null=True, related_name="model")
    attempt_id = models.CharField(max_length=ID_MAX_LENGTH, blank=True)
    base = models.CharField(max_length=63, blank=True, default="")
    name = models.CharField(max_length=120)
    task = models.CharField(max_length=40)
    architecture = models.CharField(max_length=40)
    parameters = models.BigIntegerField()
    test_metrics = models.JSONField()
    class_report = models.JSONField(null=True)
    weights_sha256 = models.CharField(max_length=64)
    files = models.JSONField()
    created_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True)
    purged_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["organization", "-id"], name="models_by_organization")]
        constraints = [
            models.CheckConstraint(
                name="models_are_of_a_job_or_imported",
                condition=models.Q(origin="trained", job__isnull=False, base="")
                | (models.Q(origin="imported", job__isnull=True) & ~models.Q(base="")),
            )
        ]

    @property
    def blob_prefix(self) -> str:
        if self.origin == self.Origin.IMPORTED:
            return f"organizations/{self.organization_id}/models/{self.id}"
        return f"organizations/{self.organization_id}/jobs/{self.job_id}/attempts/{self.attempt_id}/model"

    @property
    def worker_files(self) -> list[dict[str, Any]]:
        """Files that a worker needs to serve it; an adapter that was imported has no others."""
        if self.origin == self.Origin.IMPORTED:
            return list(self.files)
        return [file for file in self.files if file["name"] not in NOT_FOR_WORKERS]


class Prediction(TenantModel):
    """Request to run a model, claimed by a worker of the pool that trained it. ``claims`` counts the claims.

    Until its ``deadline`` a client waits for the answer; workers, the queue and the API all give up then. For language
    models, ``base`` is the model that a worker needs, ``wanted`` the kind of answer, and ``streams`` whether a client
    reads parts. With a key that has a monthly cap it may cost ``most_micros``.
    """

    class State(models.TextChoices):
        QUEUED = "queued"
        CLAIMED = "claimed"
        SUCCEEDED = "succeeded"
        FAILED = "failed"

    id = models.CharField(primary_key=True, max_length=ID_MAX_LENGTH, default=new_pred_id, editable=False)
    model = models.ForeignKey(Model, on_delete=models.PROTECT, related_name="+")
    pool = models.ForeignKey(Pool, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    inputs = models.JSONField()
    predictions = models.JSONField(null=True)
    error = models.JSONField(null=True)
    worker = models.ForeignKey(Worker, on_delete=models.PROTECT, null=True, related_name="+")
    claims = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True)
    deadline = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    base = models.CharField(max_length=63, blank=True, default="")
    wanted = models.CharField(max_length=10, blank=True, default="")
    streams = models.BooleanField(default=False)
    created_by = models.CharField(max_length=120, blank=True, default="")
    most_micros = models.BigIntegerField(default=0)

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(
                fields=["pool", "id"],
                name="predictions_open",
                condition=models.Q(state__in=["queued", "claimed"]),
            )
        ]


OPEN_STATES = (Prediction.State.QUEUED, Prediction.State.CLAIMED)
"""Of predictions that have not ended."""


class ModelExport(TenantModel):
    """Export of a model, made by a worker of ``pool`` that has ``base``; kept until ``expires_at``.

    ``claims`` counts the workers that began; one that has not reported by ``leased_until`` has lost it. ``files`` is a
    FileEntry list under ``blob_prefix``.
    """

    class Format(models.TextChoices):
        MERGED = "merged"

    class State(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        SUCCEEDED = "succeeded"
        FAILED = "failed"

    id = models.CharField(primary_key=True, max_length=ID_MAX_LENGTH, default=new_mex_id, editable=False)
    model = models.ForeignKey(Model, on_delete=models.PROTECT, related_name="+")
    format = models.CharField(max_length=10, choices=Format)
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    pool = models.ForeignKey(Pool, on_delete=models.PROTECT, related_name="+")
    base = models.CharField(max_length=63, blank=True, default="")
    files = models.JSONField(default=list)
    error = models.JSONField(null=True)
    created_by = models.CharField(max_length=120)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    worker = models.ForeignKey(Worker, on_delete=models.PROTECT, null=True, related_name="+")
    claims = models.PositiveSmallIntegerField(default=0)
    leased_until = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(
                fields=["pool", "id"], name="model_exports_open", condition=models.Q(state__in=["queued", "running"])
            ),
            models.Index(fields=["expires_at"], name="model_exports_by_expiry"),
        ]
        constraints = [
            # One that failed makes room for another try.
            models.UniqueConstraint(
                fields=["model", "format"],
                name="one_model_export_per_format",
                condition=~models.Q(state="failed"),
            )
        ]

    @property
    def blob_prefix(self) -> str:
        return f"organizations/{self.organization_id}/model-exports/{self.id}"

    @property
    def bytes(self) -> int:
        return sum(file["bytes"] for file in self.files)
