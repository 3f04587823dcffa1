"""Billing breakdown of a job: what its time cost and what was free, attempt by attempt."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import groupby

from trainyard.billing.models import UsageRecord
from trainyard.billing.queries import usage_records
from trainyard.billing.wallet.currencies import currency
from trainyard.core.money import usage_cost
from trainyard.jobs import queries
from trainyard.jobs.models import Attempt
from trainyard.jobs.operations import BILLED_BY_MODEL
from trainyard_spec.states import LIVE_ATTEMPT_STATES

NOT_KEPT = "not_kept"
NO_TRAINING = "no_training"
BEYOND_CAP = "beyond_cap"
REPEATED = "repeated"
STARVED = "starved"
INCLUDED = "included"
QUEUED = "queued"
STARTING = "starting"
STOPPING = "stopping"
FREE_REASONS = (NOT_KEPT, NO_TRAINING, BEYOND_CAP, REPEATED, STARVED, INCLUDED, QUEUED, STARTING, STOPPING)
ROUNDED_MICROS = 1
"""A line is rounded once; a stretch of it may be off by so much."""


@dataclass(frozen=True, slots=True)
class BreakdownRow:
    """Time of one attempt at one price.

    It is free exactly if ``free_reason`` is set; ``billed_by`` holds the billed work. While a job was ``queued`` it
    occupied no ``slots``.
    """

    attempt: int
    slots: int
    started_at: datetime
    ended_at: datetime
    microseconds: int
    unit_price: Decimal
    amount_micros: int
    free_reason: str | None
    billed_by: str | None

    @property
    def billed(self) -> bool:
        return self.free_reason is None


@dataclass(frozen=True, slots=True)
class BillingBreakdown:
    rows: list[BreakdownRow]
    currency: str

    def of_attempts(self, fences: Collection[int]) -> list[BreakdownRow]:
        return [row for row in self.rows if row.attempt in fences]

    @property
    def billed_microseconds(self) -> int:
        return sum(row.microseconds for row in self.rows if row.billed)

    @property
    def free_microseconds(self) -> int:
        """On slots: what was waited for one is not."""
        return sum(row.microseconds for row in self.rows if row.slots and not row.billed)

    @property
    def amount_micros(self) -> int:
        return sum(row.amount_micros for row in self.rows)


def breakdown_of(*, job_id: str, model_id: str | None = None) -> BillingBreakdown:
    """For each attempt what it waited for, what is billed, included too, as the ledger has it, and what nobody pays.

    That last only of an attempt which has ended. Raises ``NotFound``.

    ``model_id`` is that of the job's finished model, if there is one: it stands for what is billed by that.
    """
    job = queries.job(job_id)
    records = list(usage_records(job_id=job_id).select_related("price").order_by("fence", "from_microseconds"))
    queued, stops = queries.queued_moments(job_id), queries.stop_moments(job_id)
    rows: list[BreakdownRow] = []
    for attempt in queries.attempts(job_id).order_by("fence"):
        of_attempt = [record for record in records if record.fence == attempt.fence]
        rows += _waited(attempt, slots=job.slots, queued=queued)
        rows += _billed(attempt, of_attempt, model_id=model_id)
        billed = of_attempt[-1].to_microseconds if of_attempt else 0
        rows += _free(attempt, slots=job.slots, billed=billed, asked=stops.get(attempt.fence))
    return BillingBreakdown(rows=rows, currency=currency())


def _waited(attempt: Attempt, *, slots: int, queued: list[datetime]) -> Iterator[BreakdownRow]:
    """In the queue, and on a worker until training began: for downloads, the engine's start and its first step."""
    since = max((moment for moment in queued if moment <= attempt.claimed_at), default=attempt.claimed_at)
    if since < attempt.claimed_at:
        yield _free_row(attempt, 0, QUEUED, since, attempt.claimed_at)
    if attempt.training_started_at is not None and attempt.claimed_at < attempt.training_started_at:
        yield _free_row(attempt, slots, STARTING, attempt.claimed_at, attempt.training_started_at)


def _billed(attempt: Attempt, records: list[UsageRecord], *, model_id: str | None) -> Iterator[BreakdownRow]:
    for _, group in groupby(records, key=lambda record: (record.price_id, record.terms)):
        at_price = list(group)
        first, last = at_price[0], at_price[-1]
        row = BreakdownRow(
            attempt=attempt.fence,
            slots=first.slots,
            started_at=first.started_at,
            ended_at=last.ended_at,
            microseconds=sum(record.to_microseconds - record.from_microseconds for record in at_price),
            unit_price=first.unit_price,
            amount_micros=sum(record.amount_micros for record in at_price),
            free_reason=INCLUDED if first.included_in else None,
            billed_by=model_id if last.billed_by == BILLED_BY_MODEL else last.billed_by,
        )
        yield from _split_at_cap(row)


def _split_at_cap(row: BreakdownRow) -> Iterator[BreakdownRow]:
    """What the cap did not pay for is free: the row is cut where its price makes up its amount.

    Records end there by now; older ones did not.
    """
    full = usage_cost(microseconds=row.microseconds, slots=row.slots, price_per_slot_second=row.unit_price)
    if abs(full - row.amount_micros) <= ROUNDED_MICROS:
        yield row
        return
    # A micro-unit of money per microsecond is one unit per second.
    paid = round(Decimal(row.amount_micros) / (row.slots * row.unit_price))
    cut = row.started_at + timedelta(microseconds=paid)
    if paid:
        yield replace(row, ended_at=cut, microseconds=paid)
    beyond = replace(row, started_at=cut, microseconds=row.microseconds - paid)
    yield replace(beyond, unit_price=Decimal(0), amount_micros=0, free_reason=BEYOND_CAP)


def _free(attempt: Attempt, *, slots: int, billed: int, asked: datetime | None) -> Iterator[BreakdownRow]:
    """``asked`` is when the worker was asked to let go of it, if it was."""
    if attempt.state in LIVE_ATTEMPT_STATES or attempt.ended_at is None:
        return
    if attempt.training_started_at is None:
        yield _free_row(attempt, slots, NO_TRAINING, attempt.claimed_at, attempt.ended_at)
        return
    paid = max(billed, attempt.repeated_microseconds)
    edges = (0, attempt.repeated_microseconds, paid, attempt.settled_microseconds, attempt.trained_microseconds)
    start = attempt.training_started_at
    began, repeated, paid_to, settled, trained = (start + timedelta(microseconds=n) for n in edges)
    starved = trained + timedelta(microseconds=attempt.starved_microseconds)
    if began < repeated:
        yield _free_row(attempt, slots, REPEATED, began, repeated)
    if paid_to < settled:
        yield _free_row(attempt, slots, BEYOND_CAP, paid_to, settled)
    kept_on = trained if asked is None else min(max(asked, settled), trained)
    if settled < kept_on:
        yield _free_row(attempt, slots, NOT_KEPT, settled, kept_on)
    if kept_on < trained:
        yield _free_row(attempt, slots, STOPPING, kept_on, trained)
    if trained < starved:
        # It lay between the others, a little here and there.
        yield _free_row(attempt, slots, STARVED, trained, starved)
    if asked is not None and starved < attempt.ended_at:
        # For the last checkpoint, and for the worker to let go.
        yield _free_row(attempt, slots, STOPPING, starved, attempt.ended_at)


def _free_row(attempt: Attempt, slots: int, reason: str, start: datetime, end: datetime) -> BreakdownRow:
    return BreakdownRow(
        attempt=attempt.fence,
        slots=slots,
        started_at=start,
        ended_at=end,
        microseconds=(end - start) // timedelta(microseconds=1),
        unit_price=Decimal(0),
        amount_micros=0,
        free_reason=reason,
        billed_by=None,
    )
