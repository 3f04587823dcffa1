"""Training sessions, their runs, the journal of operations, and the weights that were saved.

A session is a metered job in the books: its hold and its usage stand there under the session's id.
"""

from typing import Any, ClassVar

from django.db import models

from trainyard.core.ids import ID_MAX_LENGTH, new_op_id, new_run_id, new_ses_id, new_smp_id, new_wts_id
from trainyard.core.tenancy import TenantModel
from trainyard.pools.models import Pool, Worker
from trainyard_spec.training_sessions import LoraConfig, OperationKind

HOST_MAX_LENGTH = 32


class TrainingSession(TenantModel):
    """What one client's process opened. It may cost ``cap_micros`` in all; once finished it takes no calls."""

    id = models.CharField(primary_key=True, max_length=ID_MAX_LENGTH, default=new_ses_id, editable=False)
    created_by = models.CharField(max_length=ID_MAX_LENGTH)
    display_name = models.CharField(max_length=200, blank=True)
    tags = models.JSONField(default=list)
    user_metadata = models.JSONField(null=True)
    project_id = models.CharField(max_length=200, blank=True)
    sdk_version = models.CharField(max_length=40, blank=True)
    cap_micros = models.BigIntegerField()
    created_at = models.DateTimeField()
    last_heartbeat_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["organization", "-id"], name="sessions_by_organization")]


class TrainingRun(TenantModel):
    """One adapter in training. Operations up to ``executed_seq`` are done, and their results stored.

    ``state_seq`` is the newest operation after which the whole state lies in the blob store as ``state_files``. The run
    is in the memory of ``host``, an engine process of ``worker``, under ``fence``; of none while ``host`` is empty.
    ``busy_microseconds`` is the time of its operations, by which it is billed.
    """

    id = models.CharField(primary_key=True, max_length=ID_MAX_LENGTH, default=new_run_id, editable=False)
    session = models.ForeignKey(TrainingSession, on_delete=models.PROTECT, related_name="runs")
    model_seq_id = models.PositiveIntegerField()
    pool = models.ForeignKey(Pool, on_delete=models.PROTECT, related_name="+")
    base_model = models.CharField(max_length=200)
    lora = models.JSONField()
    user_metadata = models.JSONField(null=True)
    executed_seq = models.BigIntegerField(default=-1)
    state_seq = models.BigIntegerField(null=True)
    state_files = models.JSONField(default=list)
    worker = models.ForeignKey(Worker, on_delete=models.PROTECT, null=True, related_name="+")
    host = models.CharField(max_length=HOST_MAX_LENGTH, blank=True)
    fence = models.PositiveIntegerField(default=0)
    busy_microseconds = models.BigIntegerField(default=0)
    created_at = models.DateTimeField()
    last_request_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["session", "model_seq_id"], name="one_run_per_model_seq_id")]
        indexes = [
            models.Index(fields=["organization", "-id"], name="runs_by_organization"),
            models.Index(fields=["worker", "host"], name="runs_by_host"),
        ]

    @property
    def model_id(self) -> str:
        """What clients call it, by a rule that they know themselves."""
        return f"{self.session_id}:train:{self.model_seq_id}"

    @property
    def lora_config(self) -> LoraConfig:
        return LoraConfig.model_validate(self.lora)

    @property
    def blob_prefix(self) -> str:
        return f"organizations/{self.organization_id}/training/{self.id}"

    def state_prefix(self, seq_id: int) -> str:
        """Where the run's state after ``seq_id`` lies."""
        return f"{self.blob_prefix}/states/{seq_id}"


class SavedWeights(TenantModel):
    """A checkpoint that the customer named: the state of ``run`` after ``seq_id``, of a sampler the adapter alone.

    Of deleted and expired ones the files are there until ``purged_at``.
    """

    class Kind(models.TextChoices):
        TRAINING = "weights"
        SAMPLER = "sampler_weights"

    id = models.CharField(primary_key=True, max_length=ID_MAX_LENGTH, default=new_wts_id, editable=False)
    run = models.ForeignKey(TrainingRun, on_delete=models.PROTECT, related_name="saved_weights")
    kind = models.CharField(max_length=16, choices=Kind)
    name = models.CharField(max_length=128)
    seq_id = models.BigIntegerField()
    files = models.JSONField()
    bytes = models.BigIntegerField()
    user_metadata = models.JSONField(null=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(null=True)
    purged_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["run", "kind", "name"], name="weights_named_once", condition=models.Q(deleted_at=None)
            )
        ]
        indexes = [models.Index(fields=["organization", "-id"], name="weights_by_organization")]

    @property
    def blob_prefix(self) -> str:
        """Shared with the state of the run after ``seq_id``, if that is kept too."""
        return self.run.state_prefix(self.seq_id)

    @property
    def path(self) -> str:
        return f"tinker://{self.run.model_id}/{self.kind}/{self.name}"


class SamplingSession(TenantModel):
    """Something to sample from: a base model, or ``weights`` on it."""

    id = models.CharField(primary_key=True, max_length=ID_MAX_LENGTH, default=new_smp_id, editable=False)
    session = models.ForeignKey(TrainingSession, on_delete=models.PROTECT, related_name="sampling_sessions")
    seq_id = models.PositiveIntegerField()
    pool = models.ForeignKey(Pool, on_delete=models.PROTECT, related_name="+")
    base_model = models.CharField(max_length=200)
    weights = models.ForeignKey(SavedWeights, on_delete=models.PROTECT, null=True, related_name="+")
    busy_microseconds = models.BigIntegerField(default=0)
    created_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["session", "seq_id"], name="one_sampler_per_seq_id")]


class Operation(TenantModel):
    """One call in the journal: of a run, executed by ``seq_id``, or a sample, which has no order.

    (run, seq_id) and (sampling_session, seq_id) are the idempotency keys. ``body_sha256`` tells a repetition from
    another call under the same key. ``claims`` counts how often a worker was given it.
    """

    class State(models.TextChoices):
        QUEUED = "queued"
        SUCCEEDED = "succeeded"
        FAILED = "failed"

    id = models.CharField(primary_key=True, max_length=ID_MAX_LENGTH, default=new_op_id, editable=False)
    run = models.ForeignKey(TrainingRun, on_delete=models.PROTECT, null=True, related_name="operations")
    sampling_session = models.ForeignKey(
        SamplingSession, on_delete=models.PROTECT, null=True, related_name="operations"
    )
    seq_id = models.BigIntegerField()
    kind = models.CharField(max_length=32, choices=[(kind.value, kind.value) for kind in OperationKind])
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    request = models.JSONField()
    body_sha256 = models.CharField(max_length=64)
    has_payload = models.BooleanField(default=False)
    tokens = models.PositiveIntegerField(default=0)
    weights = models.ForeignKey(SavedWeights, on_delete=models.PROTECT, null=True, related_name="+")
    pool = models.ForeignKey(Pool, on_delete=models.PROTECT, related_name="+")
    base_model = models.CharField(max_length=200)
    worker = models.ForeignKey(Worker, on_delete=models.PROTECT, null=True, related_name="+")
    host = models.CharField(max_length=HOST_MAX_LENGTH, blank=True)
    claims = models.PositiveSmallIntegerField(default=0)
    result = models.JSONField(null=True)
    has_data = models.BooleanField(default=False)
    error = models.JSONField(null=True)
    microseconds = models.BigIntegerField(default=0)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["run", "seq_id"], name="one_operation_per_run_and_seq_id"),
            models.UniqueConstraint(fields=["sampling_session", "seq_id"], name="one_sample_per_seq_id"),
            models.CheckConstraint(
                condition=models.Q(run__isnull=False, sampling_session=None)
                | models.Q(run=None, sampling_session__isnull=False),
                name="operation_of_one_thing",
            ),
        ]
        indexes = [
            models.Index(
                fields=["pool", "base_model", "id"],
                name="operations_queued",
                condition=models.Q(state="queued"),
            ),
            models.Index(fields=["pool", "finished_at"], name="operations_finished"),
        ]

    FINISHED: ClassVar = (State.SUCCEEDED, State.FAILED)

    @property
    def is_finished(self) -> bool:
        return self.state in self.FINISHED

    @property
    def subject(self) -> "TrainingRun | SamplingSession":
        """Whose operation it is."""
        subject: Any = self.run or self.sampling_session
        return subject  # type: ignore[no-any-return]

    @property
    def blob_prefix(self) -> str:
        return f"organizations/{self.organization_id}/training/operations/{self.id}"


class OperationArrays(TenantModel):
    """Small arrays of an operation: what it computes with, or those of its result. Sealed as blobs are."""

    class Name(models.TextChoices):
        PAYLOAD = "payload"
        DATA = "data"

    operation = models.ForeignKey(Operation, on_delete=models.PROTECT, related_name="+", db_index=False)
    name = models.CharField(max_length=8, choices=Name)
    content = models.BinaryField()

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["operation", "name"], name="arrays_of_operation_once")]
