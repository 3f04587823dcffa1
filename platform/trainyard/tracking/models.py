"""Runs that were trained elsewhere and are logged here, with the words of MLflow's tracking API.

Source: https://mlflow.org/docs/latest/ml/tracking. What the platform itself trains is a job, and not in these tables.
"""

from django.db import models

from trainyard.core.ids import ID_MAX_LENGTH, new_mla_id, new_mlr_id, new_mlx_id
from trainyard.core.tenancy import TenantModel

NAME_LENGTH = 500
KEY_LENGTH = 250
PARAM_LENGTH = 6_000
TAG_LENGTH = 8_000
ARTIFACT_PATH_LENGTH = 500


class Experiment(TenantModel):
    """Runs that belong together; ``name`` is its own while it is not deleted."""

    id = models.CharField(primary_key=True, max_length=ID_MAX_LENGTH, default=new_mlx_id, editable=False)
    name = models.CharField(max_length=NAME_LENGTH)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "name"], condition=models.Q(deleted_at=None), name="experiment_name_is_its_own"
            )
        ]


class Run(TenantModel):
    """One run of somebody's script. ``experiment_id`` is an ``Experiment``'s, or a data set's, which is one too.

    ``started_ms`` and ``ended_ms`` are by the script's clock, in milliseconds since 1970. ``inputs`` are the data sets
    that it said it used, as MLflow states them.
    """

    class Status(models.TextChoices):
        RUNNING = "RUNNING"
        SCHEDULED = "SCHEDULED"
        FINISHED = "FINISHED"
        FAILED = "FAILED"
        KILLED = "KILLED"

    id = models.CharField(primary_key=True, max_length=ID_MAX_LENGTH, default=new_mlr_id, editable=False)
    experiment_id = models.CharField(max_length=ID_MAX_LENGTH)
    name = models.CharField(max_length=NAME_LENGTH, blank=True)
    user = models.CharField(max_length=256, blank=True)
    status = models.CharField(max_length=9, choices=Status, default=Status.RUNNING)
    started_ms = models.BigIntegerField()
    ended_ms = models.BigIntegerField(null=True)
    inputs = models.JSONField(default=list)
    created_by = models.CharField(max_length=120)
    created_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["organization", "experiment_id", "-id"], name="runs_by_experiment")]


class Param(TenantModel):
    """Written once: MLflow refuses another value."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="params")
    key = models.CharField(max_length=KEY_LENGTH)
    value = models.CharField(max_length=PARAM_LENGTH, blank=True)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["run", "key"], name="param_once_per_run")]


class Tag(TenantModel):
    """Tag of an experiment, a run, a data set or a job: ``subject_id`` is its id."""

    subject_id = models.CharField(max_length=ID_MAX_LENGTH)
    key = models.CharField(max_length=KEY_LENGTH)
    value = models.CharField(max_length=TAG_LENGTH, blank=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "subject_id", "key"], name="tag_once_per_subject")
        ]


class LoggedPoint(TenantModel):
    """A value of a metric, float64, at a step and at milliseconds since 1970. ``is_nan``: none, and ``value`` is 0."""

    key = models.CharField(max_length=KEY_LENGTH)
    step = models.BigIntegerField()
    timestamp_ms = models.BigIntegerField()
    value = models.FloatField()
    is_nan = models.BooleanField(default=False)

    class Meta(TenantModel.Meta):
        abstract = True


class MetricPoint(LoggedPoint):
    """Every point. Logged twice it is there once."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="points")

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["run", "key", "step", "timestamp_ms", "value", "is_nan"], name="metric_point_once"
            )
        ]


class LatestMetric(LoggedPoint):
    """A run's newest point of each metric: of the highest step, then time, then value."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="latest_metrics")

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["run", "key"], name="latest_metric_once_per_run")]


class Artifact(TenantModel):
    """A file that a client logged to a run: ``path`` is below the run, with / between names. Replaced, never changed.

    ``bytes`` and ``sha256`` (hex) are of its content.
    """

    id = models.CharField(primary_key=True, max_length=ID_MAX_LENGTH, default=new_mla_id, editable=False)
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="artifacts")
    path = models.CharField(max_length=ARTIFACT_PATH_LENGTH)
    bytes = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    created_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["run", "path"], name="artifact_path_once_per_run")]

    @property
    def blob_prefix(self) -> str:
        return f"organizations/{self.organization_id}/run-artifacts/{self.id}"

    @property
    def blob_key(self) -> str:
        return f"{self.blob_prefix}/content"
