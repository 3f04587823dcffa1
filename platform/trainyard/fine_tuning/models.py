"""Fine-tuning jobs, as OpenAI's API has them: an order that becomes an ordinary job once its files are ready."""

from django.db import models

from trainyard.core.ids import ID_MAX_LENGTH, new_ftjob_id
from trainyard.core.tenancy import TenantModel
from trainyard.datasets.models import DatasetVersion
from trainyard.jobs.models import Job


class FineTuningJob(TenantModel):
    """``job`` is what trains, None while files are validated and where they, or the spec, were refused: see ``error``.

    ``base`` names a registered model. ``trains_on`` is the version that the job is on: the training file's, or with a
    validation file one that holds both. ``cap`` and ``pool`` are empty where the defaults hold. ``waiting`` is what
    ``fine_tuning_waiting`` finds: files are validated still.
    """

    id = models.CharField(primary_key=True, max_length=ID_MAX_LENGTH, default=new_ftjob_id, editable=False)
    base = models.CharField(max_length=63)
    method = models.CharField(max_length=16)
    hyperparameters = models.JSONField(default=dict)
    suffix = models.CharField(max_length=64, blank=True)
    seed = models.PositiveIntegerField(default=0)
    metadata = models.JSONField(default=dict)
    training_file = models.ForeignKey(DatasetVersion, on_delete=models.PROTECT, related_name="+")
    validation_file = models.ForeignKey(DatasetVersion, on_delete=models.PROTECT, null=True, related_name="+")
    trains_on = models.ForeignKey(DatasetVersion, on_delete=models.PROTECT, null=True, related_name="+")
    cap = models.CharField(max_length=32, blank=True)
    pool = models.CharField(max_length=63, blank=True)
    job = models.OneToOneField(Job, on_delete=models.PROTECT, null=True, related_name="fine_tuning_job")
    waiting = models.BooleanField(default=True)
    error = models.JSONField(null=True)
    created_by = models.CharField(max_length=120)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(fields=["organization", "-id"], name="fine_tuning_by_organization"),
            models.Index(fields=["id"], name="fine_tuning_waiting", condition=models.Q(waiting=True)),
        ]
