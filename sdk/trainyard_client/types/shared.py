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
    """Advantage over a baseline: positive means better, whatever the direction of the metric."""

    absolute: float
    relative: float | None
    low: float | None
    high: float | None


class Baseline(Answer):
    """Baseline: ``value`` is its metric on the test rows."""

    name: str
    value: float
    is_guess: bool
    rows: int


class Histogram(Answer):
    edges: list[float]
    """Bin edges, one more than there are counts."""
    counts: list[int]


class DatasetProblem(DatasetProblemBehaviour):
    """One problem in the file; unknown locations are null."""

    file: str | None
    row: int | None
    """Data row, from 1."""
    column: str | None
    code: str
    message: str


class DatasetProfile(Answer):
    task: Task
    rows: int
    classes: list[str]
    """Class names; empty for a regression."""
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
    """Number within the dataset, from 1."""
    state: DatasetState
    filename: str
    bytes: int
    sha256: str
    rows: int | None
    created_at: datetime
    validated_at: datetime | None
    allowed_actions: list[str]
    """Actions that its state and the caller's role and scopes allow, of preview, compare, train."""
    profile: DatasetProfile | None
    """Data profile, once the version is ready."""
    problems: list[DatasetProblem]
    """Why the version was rejected."""
    problems_omitted: int
    """How many more problems there are than listed."""
    warnings: list[DatasetProblem]
    """Parts of the file that a ready version leaves out."""


class Dispute(Answer):
    id: str
    invoice_id: str
    invoice_number: str
    line: int
    """Position of the line on the invoice."""
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
    """Comparison by ``metric``: the model has ``value`` on ``examples`` test rows."""

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
    """Signed change of the account's balance."""
    currency: str


class LedgerTransaction(Answer):
    """Ledger transaction; its entries sum to zero."""

    id: str
    kind: LedgerKind
    description: str
    job_id: str
    """Id of the job; empty without one."""
    job_name: str | None
    """Name of the job; null without one, and in the response to a credit."""
    created_at: datetime
    entries: list[LedgerEntry]


class Organization(Answer):
    id: str
    name: str
    state: OrganizationState
    requires_second_factor: bool
    """Whether members need a second factor to act for it in a browser."""
    created_at: datetime


class Member(Answer):
    id: str
    user_id: str
    email: str
    name: str
    role: Role
    created_at: datetime
    allowed_actions: list[str]
    """Actions that its state and the caller's role and scopes allow, of change_role, remove, hand_over, leave."""


class OwnOrganization(Answer):
    """Organization that the caller is a member of."""

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
    """Slot-hours of training in any pool that the monthly fee includes."""
    max_running_jobs: int | None
    """Maximum number of running jobs in all pools; null: no limit."""
    max_stored_bytes: int | None
    """Maximum stored bytes of uploads; null: the platform's limit."""
    max_members: int | None
    """Maximum number of members, including open invitations; null: no limit."""
    requests_per_second: int | None
    """Rate limit of the organization; null: the platform's limit."""
    is_offered: bool
    """Whether customers may choose it now."""
    created_at: datetime
