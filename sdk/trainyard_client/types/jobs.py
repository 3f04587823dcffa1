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
    """Counts from 1 within the job."""
    state: AttemptState
    reason: str
    error_code: str
    """Code of the fault that ended it; empty where none did."""
    worker: str
    claimed_at: datetime
    training_started_at: datetime | None
    ended_at: datetime | None
    start_step: int
    """Step of the checkpoint it went on from, 0 at the beginning."""
    trained_seconds: float
    kept_seconds: float
    """What a checkpoint or the model holds."""


class BindingQuote(Answer):
    id: str
    maximum: Decimal
    expires_at: datetime


class JobError(Answer):
    code: str
    """Stable and machine-readable."""
    message: str
    hint: str


class BulkCancelItem(Answer):
    id: str
    state: JobState | None
    """Null when there is no such job."""
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
    """When its files were deleted."""


class Clock(Answer):
    steps: list[int]
    seconds: list[float]
    """Since the job was started first."""


class EstimatedStart(Answer):
    earliest: datetime
    latest: datetime
    """If all jobs that come first take as long as they may."""


class Event(Answer):
    sequence: int
    """Counts from 1 within the job."""
    type: str
    from_state: str
    """Empty where the state did not change."""
    to_state: str
    """Empty where the state did not change."""
    reason: str
    """A job's reason, or empty."""
    attempt: int
    """Number of the attempt, 0 before the first."""
    data: dict[str, Any]
    created_at: datetime


class JobCost(Answer):
    billed: Decimal
    """Paid for kept work."""
    held: Decimal
    """Still reserved."""
    cap: Decimal
    """What the job can cost at most."""
    currency: str
    """ISO 4217."""


class JobMetrics(Answer):
    latest: dict[str, float | None]
    """The newest value of each series; null is not a number."""


class JobProgress(Answer):
    epoch: int
    """Finished epochs."""
    step: int
    """Optimizer steps taken."""
    total_steps: int | None
    """Known once training has started."""
    epochs: int | None
    """Of the whole training; where they are auto, known once it has started."""
    percent: float
    """0 to 100."""
    eta_seconds: int | None
    """By the measured speed, while training."""


class ResolvedTraining(Answer):
    """``examples`` train, in batches of ``batch_size``, of which a step takes ``accumulate``, ``epochs`` times."""

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
    """The model that it starts from."""
    architecture: str
    task: Task
    pool: str
    priority: int
    progress: JobProgress
    resolved_training: ResolvedTraining | None
    """What it trains with; known once training has started."""
    metrics: JobMetrics
    test_metrics: dict[str, float] | None
    verdict: Verdict | None
    """Null until the job has succeeded, and of jobs of earlier releases."""
    attempts: int
    """How many times a worker has taken the job."""
    checkpoints_count: int
    model_id: str | None
    allowed_actions: list[str]
    """What the caller may do with the job in its state, by role and scopes, of resume, pause, cancel."""
    cost: JobCost
    error: JobError | None


class JobPage(Answer):
    next_cursor: str | None
    """Pass it as `cursor` to get the next page; null on the last."""
    data: list[Job]
    total: int | None
    """Jobs on all pages, where `total` was asked for."""
    as_of: datetime
    """What to pass as `changed_since` to hear of later changes alone."""


class JobUsageRow(Answer):
    attempt: int
    """Number of the attempt."""
    slots: int
    started_at: datetime
    ended_at: datetime
    seconds: float
    unit_price: Decimal
    amount: Decimal
    """slots × seconds × unit_price, rounded once, half to even, to six places."""
    billed: bool
    free_reason: FreeReason | None
    checkpoint: str | None
    """The checkpoint or model that holds the work."""
