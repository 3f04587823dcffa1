"""Answers that are about several things. Written by ``scripts/client_types.py``."""

from datetime import datetime
from decimal import Decimal

from trainyard_client.types.answer import Answer
from trainyard_client.types.behaviour import DatasetProblemBehaviour
from trainyard_client.types.enums import Account, DatasetState, DisputeState, OrganizationState, Role, Task
from trainyard_client.types.enums_2 import LedgerKind, Outcome
from trainyard_client.types.profiles import (
    ConversationProfile,
    ImageProfile,
    InteractionProfile,
    RecordingProfile,
    SeriesProfile,
    TableProfile,
    TextProfile,
    TokenProfile,
)


class Advantage(Answer):
    """By how much a metric is better than a baseline's: positive is better, whatever the metric's direction."""

    absolute: float
    relative: float | None
    low: float | None
    high: float | None


class Baseline(Answer):
    name: str
    value: float
    is_guess: bool
    rows: int


class Histogram(Answer):
    edges: list[float]
    """One more than there are counts."""
    counts: list[int]


class DatasetProblem(DatasetProblemBehaviour):
    """One thing wrong in the file; unknown places are null."""

    file: str | None
    row: int | None
    """Counts data rows from 1."""
    column: str | None
    code: str
    message: str


class DatasetProfile(Answer):
    task: Task
    rows: int
    classes: list[str]
    """Empty for a regression."""
    class_counts: list[int]
    profile: (
        ImageProfile
        | TableProfile
        | TextProfile
        | TokenProfile
        | ConversationProfile
        | SeriesProfile
        | RecordingProfile
        | InteractionProfile
    )


class DatasetVersion(Answer):
    id: str
    dataset_id: str
    number: int
    """Counts from 1 within the dataset."""
    state: DatasetState
    filename: str
    bytes: int
    sha256: str
    rows: int | None
    created_at: datetime
    validated_at: datetime | None
    allowed_actions: list[str]
    """What the caller may do with it, by its state, role and scopes, of preview, compare, train."""
    profile: DatasetProfile | None
    """Set once the version is ready."""
    problems: list[DatasetProblem]
    """Why the version was rejected."""
    problems_omitted: int
    """How many more problems there are than listed."""
    warnings: list[DatasetProblem]
    """What was left out of a version that is ready."""


class Dispute(Answer):
    id: str
    invoice_id: str
    line: int
    amount: Decimal
    currency: str
    reason: str
    state: DisputeState
    decision: str
    credit_note_id: str | None
    created_at: datetime
    decided_at: datetime | None


class Sign(Answer):
    code: str
    message: str


class Verdict(Answer):
    outcome: Outcome
    metric: str
    higher_is_better: bool
    value: float
    examples: int
    baselines: list[Baseline]
    best_baseline: str
    better_by: Advantage
    signs: list[Sign]
    sentence: str


class LedgerEntry(Answer):
    account: Account
    amount: Decimal
    """Signed: what the account gained."""
    currency: str


class LedgerTransaction(Answer):
    """The entries of a transaction sum to zero."""

    id: str
    kind: LedgerKind
    description: str
    job_id: str
    """Empty where no job is the cause."""
    job_name: str | None
    """Null where no job is the cause, and in the answer to a credit."""
    created_at: datetime
    entries: list[LedgerEntry]


class Organization(Answer):
    id: str
    name: str
    state: OrganizationState
    requires_second_factor: bool
    """Of every member who acts for it in a browser."""
    created_at: datetime


class Member(Answer):
    id: str
    user_id: str
    email: str
    name: str
    role: Role
    created_at: datetime
    allowed_actions: list[str]
    """What the caller may do with it, by its state, role and scopes, of change_role, remove, hand_over, leave."""


class OwnOrganization(Answer):
    """An organization of the person who asks."""

    id: str
    name: str
    state: OrganizationState
    role: Role
    joined_at: datetime


class Plan(Answer):
    id: str
    name: str
    description: str
    monthly_fee: Decimal
    currency: str
    """ISO 4217."""
    included_slot_hours: int
    """Of training, in any pool, each month."""
    max_running_jobs: int | None
    """At once, in all pools; null: no limit."""
    max_stored_bytes: int | None
    """Of uploads; null: the platform's limit."""
    max_members: int | None
    """With those invited; null: no limit."""
    requests_per_second: int | None
    """Of the organization; null: the platform's limit."""
    is_offered: bool
    """Whether customers may choose it now."""
    created_at: datetime
