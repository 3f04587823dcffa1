"""Answers about jobs. Written by ``scripts/client_types.py``."""

from datetime import datetime
from decimal import Decimal
from typing import Literal

from trainyard_client.types.answer import Answer
from trainyard_client.types.enums import JobState
from trainyard_client.types.enums_2 import (
    Level,
    LimitedBy,
    PresetName,
    Source,
    SpeedProfileState,
    WaitingFor,
    WaitReasonCode,
)
from trainyard_client.types.jobs import BindingQuote, Clock, EstimatedStart, JobUsageRow, ResolvedTraining
from trainyard_client.types.spec import EarlyStoppingConfig


class JobUsageTotals(Answer):
    billed_seconds: float
    free_seconds: float
    amount: Decimal
    currency: str
    """ISO 4217."""


class JobUsagePage(Answer):
    next_cursor: str | None
    """Cursor of the next page, to be passed as `cursor`; null on the last page."""
    data: list[JobUsageRow]
    totals: JobUsageTotals


class SeriesOfJob(Answer):
    name: str
    steps: list[int]
    values_: list[float | None]
    """One value per step; null means NaN."""
    points: int
    """Number of points before downsampling."""
    lowest: list[float | None] | None
    """Minimum of all points from each step up to the next; null if no point was left out."""
    highest: list[float | None] | None
    """Maximum of all points from each step up to the next; null if no point was left out."""
    job_id: str


class JobsMetrics(Answer):
    data: list[SeriesOfJob]


class LogLine(Answer):
    attempt: int
    level: Level
    message: str
    created_at: datetime


class Series(Answer):
    name: str
    steps: list[int]
    values_: list[float | None]
    """One value per step; null means NaN."""
    points: int
    """Number of points before downsampling."""
    lowest: list[float | None] | None
    """Minimum of all points from each step up to the next; null if no point was left out."""
    highest: list[float | None] | None
    """Maximum of all points from each step up to the next; null if no point was left out."""


class Metrics(Answer):
    data: list[Series]
    clock: Clock
    """Times at which steps were reported; without steps if none were stored."""


class PresetTraining(Answer):
    """Fields of a spec's ``training`` that a preset sets, replacing the values given there."""

    epochs: int | Literal["auto"]
    early_stopping: EarlyStoppingConfig | None


class Preset(Answer):
    name: PresetName
    training: PresetTraining
    """Replaces the fields of the same names in the spec's `training`."""


class WaitReason(Answer):
    code: WaitReasonCode
    message: str
    numbers: dict[str, float]
    """Figures of the organization or of the whole pool."""


class Queue(Answer):
    state: JobState
    position: int | None
    """Position among the organization's jobs in this pool, 1 is next; null if not queued."""
    waiting_for: WaitingFor | None
    message: str
    """The reasons, in sentences."""
    reasons: list[WaitReason]
    """Reasons for waiting, most important first; empty if not queued."""
    estimated_start: EstimatedStart | None
    """Estimated start; null if it cannot be estimated."""
    estimated_wait_seconds: int | None
    """Upper bound of the waiting time, by `estimated_start`; null if unknown."""


class QuoteBase(Answer):
    """Facts that the pool's workers report about the registered language model."""

    parameters: int
    max_context_length: int | None
    """Maximum context length in tokens."""
    dtype: str
    """Data type of its stored weights."""
    stored_bytes: int
    """Size of its stored weights in bytes."""


class QuoteEstimate(Answer):
    """Estimated range of time and cost, from the organization's earlier similar jobs or from a cost model."""

    source: Source
    basis: str
    """How the estimate was made, in a sentence."""
    seconds_low: float
    seconds_high: float
    cost_low: Decimal
    cost_high: Decimal


class QuoteMemory(Answer):
    """Estimated memory of one process of the job: weights, gradients, optimizer state and activations."""

    needed_bytes: int
    """Lower bound; part of the memory is known only once training starts."""
    slot_bytes: int | None
    """Largest memory per slot in the pool; null without workers."""
    fits: bool | None
    """Whether it fits into a slot; if not, batches are split into micro-batches."""


class QuoteTokens(Answer):
    """Estimated tokens of conversations, at about four bytes per token."""

    in_data: int
    """Tokens in the dataset."""
    read: int
    """Tokens of the training rows, times the epochs."""
    longer: int
    """Conversations that will be truncated at `tuning.max_length`."""


class SpeedProfileError(Answer):
    code: str
    message: str
    hint: str


class SpeedProfile(Answer):
    """Progress of the speed measurement of this spec; its result is in `estimate`."""

    state: SpeedProfileState
    requested_at: datetime
    finished_at: datetime | None
    error: SpeedProfileError | None
    """Why it failed."""


class Quote(Answer):
    pool: str
    slots: int
    per_slot_second: Decimal
    currency: str
    """ISO 4217."""
    estimate: QuoteEstimate | None
    """Estimated time and cost; null if unknown."""
    cap: Decimal
    """Most that the job can cost, by its limits."""
    available: Decimal
    """Available balance of the wallet."""
    training: ResolvedTraining
    """Resolved epochs, batch size and schedule, for the estimated number of examples."""
    presets: list[Preset]
    limited_by: LimitedBy
    """Limit of the spec that determines the cap."""
    memory: QuoteMemory | None
    """Estimated memory; null for architectures without an estimate."""
    tokens: QuoteTokens | None
    """Estimated tokens; null for data other than conversations."""
    base: QuoteBase | None
    """Facts about the base model; null if no registered language model is fine-tuned."""
    affordable: bool
    """Whether the wallet covers the cap."""
    binding: BindingQuote | None
    """Binding quote; null if the estimate is not accurate enough."""
    speed_profile: SpeedProfile | None
    """Speed measurement; null if none was requested."""
    stops_early: bool | None
    """Whether the estimate exceeds a limit, at which the job would stop with a checkpoint."""
