"""Jobs, their attempts under leases, and what the attempts report."""

from django.db import models

from trainyard.core.ids import ID_MAX_LENGTH, new_att_id, new_ckpt_id, new_job_id
from trainyard.core.tenancy import TenantModel
from trainyard.datasets.models import DatasetVersion
from trainyard.jobs.profiles.models import SpeedProfile as SpeedProfile
from trainyard.pools.models import Pool, Worker
from trainyard_spec.states import (
    LIVE_ATTEMPT_STATES,
    TERMINAL_STATES,
    AttemptState,
    DesiredState,
    JobState,
    reason_of_today,
)


def _choices(states: type[JobState] | type[AttemptState] | type[DesiredState]) -> list[tuple[str, str]]:
    return [(state.value, state.value) for state in states]


class Job(TenantModel):
    """One training run, in one or more attempts. ``fence`` is the number of the newest attempt.

    ``failures`` counts faults by reason since the newest checkpoint; after a fault the job cannot be claimed before
    ``not_before``. ``ranked_at`` is its sort key in the queue: the time at which it was queued, moved back for each
    point of priority. ``max_runtime_seconds`` is the maximum training time by its limits, at the price when it was
    queued, which the scheduler uses. ``resolved_training``, a ``ResolvedTraining``, is what ``auto`` became; it is
    unknown for jobs of earlier releases, as are ``verdict``, a ``Verdict`` on its model, and ``changed_at``, the time
    of the last write. ``labels`` are those that its worker must have, as ``queueing.labels_text`` writes them.
    ``fingerprint`` covers what its speed depends on, ``estimate`` is the estimate at submission, and ``timings`` the
    last reported ``TrainingTimings``. ``quoted_micros`` is the maximum of an accepted quote: training beyond it is not
    billed. ``init_from`` is the model that it starts from, and ``start`` the location of that model's files, as
    ``JobStart.stored`` returns it.
    """

    id = models.CharField(primary_key=True, max_length=ID_MAX_LENGTH, default=new_job_id, editable=False)
    name = models.CharField(max_length=120)
    state = models.CharField(max_length=10, choices=_choices(JobState), default=JobState.QUEUED)
    reason = models.CharField(max_length=32)
    desired = models.CharField(max_length=24, choices=_choices(DesiredState), default=DesiredState.RUN)
    desired_reason = models.CharField(max_length=32, blank=True)
    spec = models.JSONField()
    architecture = models.CharField(max_length=40)
    task = models.CharField(max_length=40)
    dataset_version = models.ForeignKey(DatasetVersion, on_delete=models.PROTECT, related_name="+")
    init_from = models.CharField(max_length=ID_MAX_LENGTH, null=True)
    start = models.JSONField(null=True)
    pool = models.ForeignKey(Pool, on_delete=models.PROTECT, related_name="+")
    slots = models.PositiveSmallIntegerField()
    labels = models.CharField(max_length=1200, blank=True)
    preemptible = models.BooleanField(default=False)
    max_runtime_seconds = models.PositiveIntegerField()
    priority = models.SmallIntegerField()
    cap_micros = models.BigIntegerField()
    quoted_micros = models.BigIntegerField(null=True)
    fingerprint = models.CharField(max_length=64, blank=True)
    estimate = models.JSONField(null=True)
    created_by = models.CharField(max_length=120)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField(null=True)
    queued_at = models.DateTimeField()
    ranked_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    first_step_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    fence = models.PositiveIntegerField(default=0)
    failures = models.JSONField(default=dict)
    not_before = models.DateTimeField(null=True)
    events_count = models.PositiveIntegerField(default=0)
    checkpoints_count = models.PositiveIntegerField(default=0)
    epoch = models.PositiveIntegerField(default=0)
    step = models.PositiveBigIntegerField(default=0)
    total_steps = models.PositiveBigIntegerField(null=True)
    resolved_training = models.JSONField(null=True)
    samples_per_second = models.FloatField(null=True)
    timings = models.JSONField(null=True)
    latest_metrics = models.JSONField(default=dict)
    test_metrics = models.JSONField(null=True)
    verdict = models.JSONField(null=True)
    error = models.JSONField(null=True)

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(fields=["organization", "-id"], name="jobs_by_organization"),
            models.Index(fields=["organization", "state", "-id"], name="jobs_by_state"),
            models.Index(fields=["organization", "architecture", "-id"], name="jobs_by_architecture"),
            models.Index(fields=["organization", "task", "-id"], name="jobs_by_task"),
            models.Index(fields=["organization", "dataset_version", "-id"], name="jobs_by_dataset_version"),
            models.Index(fields=["organization", "pool", "-id"], name="jobs_by_pool"),
            models.Index(fields=["organization", "fingerprint", "-id"], name="jobs_by_fingerprint"),
            models.Index(
                fields=["organization", "init_from"],
                name="jobs_by_init_from",
                condition=models.Q(init_from__isnull=False),
            ),
            models.Index(fields=["organization", "created_by"], name="jobs_by_creator"),
            models.Index(fields=["organization", "changed_at"], name="jobs_by_change"),
            models.Index(
                fields=["pool", "organization", "ranked_at", "id", "not_before", "slots", "labels", "state"],
                name="jobs_queue",
                condition=models.Q(state="queued"),
            ),
            models.Index(
                fields=["id"],
                name="jobs_unfinished",
                condition=~models.Q(state__in=sorted(TERMINAL_STATES)),
            ),
        ]


class Attempt(TenantModel):
    """One run of a job on a worker, under a lease. ``fence`` numbers a job's attempts from 1.

    ``trained_microseconds`` is the training time that the engine last reported; ``durable_microseconds`` is the part of
    it that a durable checkpoint or the finished model holds. The first ``repeated_microseconds`` are free: the attempt
    resumed from an older checkpoint than the furthest, and repeats work that is billed up to ``repeats_to_step`` (0: no
    repetition). In ``starved_microseconds``, which are counted separately, its host had no processor for it.
    ``error_code`` is that of the fault that ended it.
    """

    id = models.CharField(primary_key=True, max_length=ID_MAX_LENGTH, default=new_att_id, editable=False)
    job = models.ForeignKey(Job, on_delete=models.PROTECT, related_name="attempts")
    fence = models.PositiveIntegerField()
    worker = models.ForeignKey(Worker, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=_choices(AttemptState), default=AttemptState.CLAIMED)
    reason = models.CharField(max_length=32, blank=True)
    error_code = models.CharField(max_length=64, blank=True)
    claimed_at = models.DateTimeField()
    lease_expires_at = models.DateTimeField()
    training_started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    start_step = models.PositiveBigIntegerField(default=0)
    last_sequence = models.PositiveBigIntegerField(default=0)
    trained_microseconds = models.BigIntegerField(default=0)
    durable_microseconds = models.BigIntegerField(default=0)
    repeats_to_step = models.PositiveBigIntegerField(default=0)
    repeated_microseconds = models.BigIntegerField(default=0)
    starved_microseconds = models.BigIntegerField(default=0)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["job", "fence"], name="attempt_fence_once_per_job"),
            models.UniqueConstraint(
                fields=["job"],
                name="one_live_attempt_per_job",
                condition=models.Q(state__in=sorted(LIVE_ATTEMPT_STATES)),
            ),
        ]
        indexes = [
            models.Index(
                fields=["lease_expires_at"],
                name="attempts_by_lease",
                condition=models.Q(state__in=sorted(LIVE_ATTEMPT_STATES)),
            ),
            models.Index(
                fields=["ended_at"], name="attempts_that_failed", condition=models.Q(state=AttemptState.FAILED)
            ),
            models.Index(
                fields=["worker"], name="attempts_on_worker", condition=models.Q(state__in=sorted(LIVE_ATTEMPT_STATES))
            ),
        ]

    @property
    def settled_microseconds(self) -> int:
        """Training time that is billed, or never will be because it repeated what is."""
        return max(self.durable_microseconds, self.repeated_microseconds)

    @property
    def blob_prefix(self) -> str:
        """Everything that this attempt uploads lies below it, so that no attempt can touch another's files."""
        return f"organizations/{self.organization_id}/jobs/{self.job_id}/attempts/{self.id}"


class Event(TenantModel):
    """Event of a job. Append-only; ``sequence`` counts from 1 within the job."""

    job = models.ForeignKey(Job, on_delete=models.PROTECT, related_name="events")
    sequence = models.PositiveIntegerField()
    type = models.CharField(max_length=32)
    from_state = models.CharField(max_length=10, blank=True)
    to_state = models.CharField(max_length=10, blank=True)
    reason = models.CharField(max_length=32, blank=True)
    fence = models.PositiveIntegerField(default=0)
    data = models.JSONField(default=dict)
    created_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["job", "sequence"], name="event_sequence_once_per_job")]

    @property
    def reason_of_today(self) -> str:
        """``reason``, also of an event that an earlier release stored: what is append-only keeps its former names."""
        return reason_of_today(self.reason, to_state=self.to_state, desired=self.data.get("desired"))


class MetricChunk(TenantModel):
    """Points of several series at the same steps, from one report.

    ``data`` is little-endian: int64 steps (points,), then float64 values (series, points) in the order of ``names``. A
    later attempt that resumed before ``last_step`` supersedes the points after its start step. ``reported_at`` is
    unknown for rows of earlier releases.
    """

    job = models.ForeignKey(Job, on_delete=models.PROTECT, related_name="metric_chunks")
    fence = models.PositiveIntegerField()
    sequence = models.PositiveBigIntegerField()
    part = models.PositiveSmallIntegerField()
    reported_at = models.DateTimeField(null=True)
    first_step = models.PositiveBigIntegerField()
    last_step = models.PositiveBigIntegerField()
    points = models.PositiveIntegerField()
    names = models.JSONField()
    data = models.BinaryField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["job", "fence", "sequence", "part"], name="metric_chunk_once_per_report")
        ]
        indexes = [models.Index(fields=["job", "id"], name="metric_chunks_by_job")]


class MetricSummary(TenantModel):
    """Rollup of ``points`` points of several series that an attempt reported up to ``sequence``.

    It covers what was reported since its previous rollup. ``data`` is little-endian, for each of ``names``: int64
    steps, then float64 values, as many as ``kept`` says.
    """

    job = models.ForeignKey(Job, on_delete=models.PROTECT, related_name="+")
    fence = models.PositiveIntegerField()
    sequence = models.PositiveBigIntegerField()
    part = models.PositiveSmallIntegerField()
    last_step = models.PositiveBigIntegerField()
    points = models.PositiveIntegerField()
    names = models.JSONField()
    kept = models.JSONField()
    data = models.BinaryField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["job", "fence", "sequence", "part"], name="metric_summary_once_per_report")
        ]


class LogLine(TenantModel):
    job = models.ForeignKey(Job, on_delete=models.PROTECT, related_name="log_lines")
    fence = models.PositiveIntegerField()
    level = models.CharField(max_length=8)
    message = models.TextField()
    created_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["job", "id"], name="log_lines_by_job")]


class Checkpoint(TenantModel):
    """A durable, registered checkpoint. ``files`` is a FileEntry list under ``blob_prefix``."""

    id = models.CharField(primary_key=True, max_length=ID_MAX_LENGTH, default=new_ckpt_id, editable=False)
    job = models.ForeignKey(Job, on_delete=models.PROTECT, related_name="checkpoints")
    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, related_name="checkpoints")
    step = models.PositiveBigIntegerField()
    epoch = models.PositiveIntegerField()
    files = models.JSONField()
    bytes = models.BigIntegerField()
    trained_microseconds = models.BigIntegerField()
    created_at = models.DateTimeField()
    pruned_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["attempt", "step"], name="checkpoint_once_per_attempt_and_step")]
        indexes = [
            models.Index(fields=["job", "-step"], name="checkpoints_by_job"),
            models.Index(fields=["job"], name="checkpoints_unpruned", condition=models.Q(pruned_at=None)),
        ]

    @property
    def blob_prefix(self) -> str:
        return f"{self.attempt.blob_prefix}/checkpoints/{self.step}"


class UploadedFile(TenantModel):
    """File that an attempt uploads to ``key``, until the checkpoint or model that contains it is registered.

    The registration is compared with it, so that only complete uploads count; ``sha256`` is empty until then.
    """

    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, related_name="uploaded_files")
    key = models.CharField(max_length=400, unique=True)
    bytes = models.BigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
