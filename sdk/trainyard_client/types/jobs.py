"""Answers about jobs. Written by ``scripts/client_types.py``."""

from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from trainyard_client.types.answer import Answer
from trainyard_client.types.behaviour import JobBehaviour
from trainyard_client.types.enums import AttemptState, FreeReason, JobState, Task
from trainyard_client.types.shared import Verdict
from trainyard_client.types.spec import EarlyStoppingConfig
from trainyard_client.types.spec_2 import TrainingSpec
from trainyard_client.types.spec_schedule import (
    ConstantSchedule,
    CosineSchedule,
    ExponentialSchedule,
    InverseTimeSchedule,
    OneCycleSchedule,
    PlateauSchedule,
    StepSchedule,
)


class Attempt(Answer):
    id: str
    attempt: int
    """Number within the job, from 1."""
    state: AttemptState
    reason: str
    error_code: str
    """Code of the fault that ended it; empty without one."""
    worker: str
    claimed_at: datetime
    training_started_at: datetime | None
    ended_at: datetime | None
    start_step: int
    """Step of the checkpoint from which it resumed; 0 for a start from scratch."""
    trained_seconds: float
    kept_seconds: float
    """Durable training time: the part whose result a checkpoint or the model holds."""


class BindingQuote(Answer):
    id: str
    maximum: Decimal
    expires_at: datetime


class JobError(Answer):
    code: str
    """Stable, machine-readable code."""
    message: str
    hint: str


class BulkCancelItem(Answer):
    id: str
    state: JobState | None
    """State of the job; null if the job does not exist."""
    error: JobError | None
    """Why the job could not be cancelled or paused."""


class BulkCancelResult(Answer):
    data: list[BulkCancelItem]


class Checkpoint(Answer):
    id: str
    attempt: int
    step: int
    epoch: int
    bytes: int
    created_at: datetime
    pruned_at: datetime | None
    """When its files were deleted; null while they exist."""


class Clock(Answer):
    steps: list[int]
    seconds: list[float]
    """Seconds since the job was first started."""


class EstimatedStart(Answer):
    earliest: datetime
    latest: datetime
    """Latest start, if all earlier jobs use their full time limits."""


class Event(Answer):
    sequence: int
    """Number within the job, from 1."""
    type: str
    from_state: str
    """State of the job; empty if the event did not change it."""
    to_state: str
    """State of the job; empty if the event did not change it."""
    reason: str
    """Reason of the transition, or empty."""
    attempt: int
    """Number of the attempt; 0 before the first."""
    data: dict[str, Any]
    created_at: datetime


class JobCost(Answer):
    billed: Decimal
    """Billed for durable work."""
    held: Decimal
    """Amount still reserved."""
    cap: Decimal
    """Most that the job can cost."""
    currency: str
    """ISO 4217."""


class JobMetrics(Answer):
    latest: dict[str, float | None]
    """Newest value of each series; null means NaN."""


class JobProgress(Answer):
    epoch: int
    """Number of finished epochs."""
    step: int
    """Number of optimizer steps."""
    total_steps: int | None
    """Total number of optimizer steps, known once training has started."""
    epochs: int | None
    """Epochs of the whole training; if `auto`, known once it has started."""
    percent: float
    """0 to 100."""
    eta_seconds: int | None
    """Estimated remaining seconds, by the measured speed, while training."""


class ResolvedTraining(Answer):
    """Values that ``auto`` became: ``epochs`` passes over ``examples``, in batches of ``batch_size``."""

    examples: int
    epochs: int
    batch_size: int
    accumulate: int
    schedule: (
        ConstantSchedule
        | InverseTimeSchedule
        | ExponentialSchedule
        | StepSchedule
        | CosineSchedule
        | OneCycleSchedule
        | PlateauSchedule
    )
    early_stopping: EarlyStoppingConfig | None
    patch_size: int | None
    stem: Literal["patches", "convolutional"] | None


class Job(JobBehaviour):
    id: str
    name: str
    state: JobState
    reason: str
    created_at: datetime
    started_at: datetime | None
    first_step_at: datetime | None
    finished_at: datetime | None
    spec: TrainingSpec
    dataset_version: str
    init_from: str | None
    """Id of the model from which training starts."""
    architecture: str
    task: Task
    pool: str
    priority: int
    progress: JobProgress
    resolved_training: ResolvedTraining | None
    """Resolved values of `auto`, known once training has started."""
    metrics: JobMetrics
    test_metrics: dict[str, float] | None
    verdict: Verdict | None
    """Comparison with baselines; null until the job has succeeded, and for jobs of earlier releases."""
    attempts: int
    """Number of attempts so far."""
    checkpoints_count: int
    model_id: str | None
    allowed_actions: list[str]
    """Actions that the job's state and the caller's role and scopes allow, of resume, pause, cancel."""
    cost: JobCost
    error: JobError | None


class JobPage(Answer):
    next_cursor: str | None
    """Cursor of the next page, to be passed as `cursor`; null on the last page."""
    data: list[Job]
    total: int | None
    """Number of jobs on all pages, if `total` was requested."""
    as_of: datetime
    """Value for `changed_since` to get only later changes."""


class JobUsageRow(Answer):
    attempt: int
    """Number of the attempt."""
    slots: int
    started_at: datetime
    ended_at: datetime
    seconds: float
    unit_price: Decimal
    amount: Decimal
    """slots × seconds × unit_price, rounded once, half-even, to six decimals."""
    billed: bool
    free_reason: FreeReason | None
    checkpoint: str | None
    """The checkpoint or model that holds the work."""
