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
    """Pass it as `cursor` to get the next page; null on the last."""
    data: list[JobUsageRow]
    totals: JobUsageTotals


class SeriesOfJob(Answer):
    name: str
    steps: list[int]
    values_: list[float | None]
    """One a step; null is not a number."""
    points: int
    """How many points the series has before thinning out."""
    lowest: list[float | None] | None
    """Lowest of all points from each step up to the next; null where no point is left out."""
    highest: list[float | None] | None
    """Highest of all points from each step up to the next; null where no point is left out."""
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
    """One a step; null is not a number."""
    points: int
    """How many points the series has before thinning out."""
    lowest: list[float | None] | None
    """Lowest of all points from each step up to the next; null where no point is left out."""
    highest: list[float | None] | None
    """Highest of all points from each step up to the next; null where no point is left out."""


class Metrics(Answer):
    data: list[Series]
    clock: Clock
    """When steps were reported; without steps where that was not kept."""


class PresetTraining(Answer):
    """What a preset sets of a spec's ``training``, whatever stood there before."""

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
    """Of the organization, or of the pool as a whole."""


class Queue(Answer):
    state: JobState
    position: int | None
    """1 is next among the organization's jobs of this pool; null when not queued."""
    waiting_for: WaitingFor | None
    message: str
    """The reasons, in sentences."""
    reasons: list[WaitReason]
    """What weighs most first; empty when not queued."""
    estimated_start: EstimatedStart | None
    """Null where nothing can be known."""
    estimated_wait_seconds: int | None
    """At most, by estimated_start; null where nothing can be known."""


class QuoteBase(Answer):
    """What the workers of the pool tell of the registered language model."""

    parameters: int
    max_context_length: int | None
    """In tokens."""
    dtype: str
    """Data type that its weights are stored in."""
    stored_bytes: int
    """Bytes of its weights as they are stored."""


class QuoteEstimate(Answer):
    source: Source
    basis: str
    """How the estimate was made, in a sentence."""
    seconds_low: float
    seconds_high: float
    cost_low: Decimal
    cost_high: Decimal


class QuoteMemory(Answer):
    needed_bytes: int
    """At the least; part of it is known only once training starts."""
    slot_bytes: int | None
    """The most that a worker has; null without one."""
    fits: bool | None
    """If not, batches are computed in smaller parts."""


class QuoteTokens(Answer):
    in_data: int
    """All tokens of the dataset."""
    read: int
    """Those of the training part, times the epochs."""
    longer: int
    """Conversations that are surely cut at tuning.max_length."""


class SpeedProfileError(Answer):
    code: str
    message: str
    hint: str


class SpeedProfile(Answer):
    """How far measuring the speed of this spec is; what was measured is in `estimate`."""

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
    """Null where it cannot be told."""
    cap: Decimal
    """Held at submission; the job never costs more."""
    available: Decimal
    """What the wallet can spend now."""
    training: ResolvedTraining
    """Epochs, batch size and schedule, by about as many examples."""
    presets: list[Preset]
    limited_by: LimitedBy
    """The limit of the spec that sets the cap."""
    memory: QuoteMemory | None
    """Null for architectures that are not counted."""
    tokens: QuoteTokens | None
    """Null for data that are no conversations."""
    base: QuoteBase | None
    """Null where no registered language model is trained further."""
    affordable: bool
    """Whether the wallet covers the cap."""
    binding: BindingQuote | None
    """Null where the estimate is not good enough for it."""
    speed_profile: SpeedProfile | None
    """Null where nobody has the speed measured."""
    stops_early: bool | None
    """Whether the estimate passes a limit, at which the job stops with a checkpoint."""
