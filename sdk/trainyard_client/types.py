"""What the service answers, as immutable models. Fields that a newer service adds are kept, not refused."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ConfigDict

FINISHED_STATES = frozenset({"succeeded", "failed", "cancelled"})


class Answer(BaseModel):
    model_config = ConfigDict(extra="allow", frozen=True, protected_namespaces=())


class Problem(Answer):
    """One thing wrong in an uploaded file."""

    file: str | None = None
    row: int | None = None
    column: str | None = None
    code: str
    message: str

    def __str__(self) -> str:
        place = ", ".join(
            filter(None, [self.file, f"row {self.row}" if self.row else None, self.column and f"column {self.column}"])
        )
        return f"{place}: {self.message}" if place else self.message


class Dataset(Answer):
    id: str
    name: str
    task: str
    versions_count: int = 0


class DatasetVersion(Answer):
    """``state`` is ``validating``, ``ready`` or ``rejected``; ``bytes`` and ``sha256`` are of the uploaded file."""

    id: str
    dataset_id: str
    state: str
    bytes: int
    sha256: str
    rows: int | None = None
    profile: dict[str, Any] | None = None
    problems: tuple[Problem, ...] = ()


class Progress(Answer):
    """``epoch`` counts finished epochs; ``eta_seconds`` is unknown until the job trains."""

    epoch: int
    step: int
    total_steps: int | None = None
    epochs: int | None = None
    percent: float | None = None
    eta_seconds: float | None = None


class Cost(Answer):
    billed: Decimal
    held: Decimal
    cap: Decimal
    currency: str


class JobError(Answer):
    code: str
    message: str
    hint: str = ""


class JobMetrics(Answer):
    latest: dict[str, float | None]


class Sign(Answer):
    code: str
    message: str


class Verdict(Answer):
    """What a finished model is worth, held against ``baselines`` that cost nothing; ``sentence`` says it in words."""

    outcome: str
    metric: str
    value: float
    baselines: tuple[dict[str, Any], ...]
    best_baseline: str
    better_by: dict[str, float | None]
    signs: tuple[Sign, ...]
    sentence: str


class Job(Answer):
    id: str
    name: str
    state: str
    reason: str
    architecture: str
    task: str
    created_at: datetime
    started_at: datetime | None = None
    first_step_at: datetime | None = None
    finished_at: datetime | None = None
    progress: Progress
    resolved_training: dict[str, Any] | None = None
    metrics: JobMetrics
    test_metrics: dict[str, float] | None = None
    verdict: Verdict | None = None
    model_id: str | None = None
    cost: Cost
    error: JobError | None = None

    @property
    def finished(self) -> bool:
        return self.state in FINISHED_STATES


class ModelFile(Answer):
    name: str
    bytes: int
    sha256: str


class Model(Answer):
    id: str
    job_id: str
    task: str
    architecture: str
    test_metrics: dict[str, float]
    verdict: Verdict | None = None
    parameters: int
    weights_sha256: str
    files: tuple[ModelFile, ...]


class UsageLine(Answer):
    """One line of a job's bill: ``amount`` = slots × seconds × unit_price, rounded once."""

    attempt: int
    slots: int
    started_at: datetime
    ended_at: datetime
    seconds: float
    unit_price: Decimal
    amount: Decimal
    billed: bool
    free_reason: str | None = None
    checkpoint: str | None = None


class Wallet(Answer):
    available: Decimal
    held: Decimal
    currency: str


class WorkerSandbox(Answer):
    """What confines jobs on a worker: ``namespaces``, ``landlock`` or ``none``; and what its host cannot do."""

    kind: str
    missing: list[str]


class Worker(Answer):
    """``online`` says whether it was heard of lately, ``state_reason`` why it is quarantined.

    ``retest_at`` is when a quarantined one is tried again by itself; ``None``: it waits for an operator.
    """

    id: str
    name: str
    pool: str
    state: str
    state_reason: str
    retest_at: datetime | None = None
    online: bool
    slots: int
    slots_taken: int
    hardware: dict[str, Any]
    sandbox: WorkerSandbox | None = None


class InQueue(Answer):
    """An organization that holds slots of a pool or waits for some; ``next_job`` comes at ``turn``."""

    id: str
    name: str
    fair_slots: float
    held_slots: int
    running_jobs: int
    queued_jobs: int
    queued_slots: int
    oldest_queued_at: datetime | None
    next_job: str | None
    turn: str | None


class PoolQueue(Answer):
    """A pool's queue; ``organizations`` are in the order in which their next jobs come."""

    pool: str
    workers_up: int
    slots: int
    slots_taken: int
    queued_jobs: int
    organizations: list[InQueue]
