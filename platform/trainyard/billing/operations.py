"""Writes of money. Except for prices and credits they act for the current tenant, in the caller's transaction.

A transaction that moves money for a job locks the job's rows first, and only one job: see ``ledger.lock_books``.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, NamedTuple

import structlog
from django.db import transaction
from django.db.models import F, QuerySet, Sum

from trainyard.billing import metering
from trainyard.billing.holds import extend
from trainyard.billing.journal import bodies, chain
from trainyard.billing.journal.chain import JournalFact
from trainyard.billing.ledger import Account, Books, InsufficientFunds, book, lock_books_and_read
from trainyard.billing.metering import UsageCharge
from trainyard.billing.models import Hold, LedgerTransaction, UsageRecord
from trainyard.billing.plans.allowance import Allowance, allowance_of, asked_subscription, use
from trainyard.billing.pricing.queries import RateKey, asked_prices, price_history
from trainyard.core import deferred_writes
from trainyard.core.errors import Conflict
from trainyard.core.prepared import PreparedQuery
from trainyard.core.prepared_update import PreparedUpdate
from trainyard.core.tenancy import current_tenant

logger = structlog.get_logger(__name__)


class NoHold(Conflict):
    code = "no_hold"


class UsageGap(ValueError):
    """The usage does not begin where the attempt's booked usage ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeteredAttempt:
    """An attempt whose training time is billed, and everything that its price depends on.

    A run or sampler of a training session is billed as an attempt of its session, which stands in for the job.
    """

    job_id: str
    attempt_id: str
    fence: int
    pool_id: str
    preemptible: bool
    slots: int
    training_started_at: datetime

    def at(self, microseconds: int) -> datetime:
        """When its training time had reached so much."""
        return self.training_started_at + timedelta(microseconds=microseconds)


@transaction.atomic
def bill_usage(
    attempt: MeteredAttempt,
    *,
    free_microseconds: int = 0,
    from_microseconds: int,
    to_microseconds: int,
    billed_by: str,
    now: datetime,
    sha256: str = "",
) -> int:
    """Bills ``[from, to)`` of the training time of ``attempt``, which ``billed_by`` (a checkpoint or model) now holds.

    The journal keeps that one's ``sha256``. The first ``free_microseconds`` of that time are never billed, and the
    same at each call that bills any. Returns the micro-units charged: 0 for what was billed before. Bills only as far
    as the job's cap and the wallet pay for: the rest waits for a later call, when they do. Raises ``UsageGap``,
    ``NoHold``, ``NoPrice``.
    """
    key = RateKey(current_tenant(), attempt.pool_id, attempt.preemptible)
    books, reserved, booked, plan, prices = _locked(attempt, key, to_microseconds=to_microseconds, now=now)
    metered, billed = _sums(booked)
    start = free_microseconds + billed
    if from_microseconds > start:
        raise UsageGap(f"{attempt.attempt_id} is billed to {start}, not to {from_microseconds}")
    if to_microseconds <= start:
        return 0
    priced = partial(
        metering.charges,
        price_history(key, prices).rates(attempt.at(start), attempt.at(to_microseconds)),
        training_started_at=attempt.training_started_at,
        start=start,
        end=to_microseconds,
        slots=attempt.slots,
        metered=metered,
        included=plan.left_microseconds,
    )
    charges, cost = _charges_within_hold(books, reserved, priced, now=now)
    records = _record(charges, plan, attempt, billed_by=billed_by, now=now)
    facts = bodies.usage_facts(records, metered, sha256=sha256)
    return _post(books, reserved, charges, cost, attempt_id=attempt.attempt_id, facts=facts, now=now)


class _Locked(NamedTuple):
    """What billing needs about usage, read after the books were locked."""

    books: Books
    reserved: Hold
    booked: Sequence[tuple[str, str | None, str, int]]
    plan: Allowance
    prices: Sequence[list[Any]]


def _locked(attempt: MeteredAttempt, key: RateKey, *, to_microseconds: int, now: datetime) -> _Locked:
    books, (reserved, booked, paid, *found) = lock_books_and_read(
        _HOLD.asked(job_id=attempt.job_id),
        _BOOKED.asked(attempt_id=attempt.attempt_id),
        asked_subscription(now=now),
        *asked_prices(key, start=attempt.training_started_at, end=attempt.at(to_microseconds)),
    )
    if not reserved:
        raise NoHold("The job reserves nothing.")
    return _Locked(books, reserved[0], booked, allowance_of(paid), found)


_HOLD = PreparedQuery(lambda *, job_id: Hold.objects.filter(job_id=job_id), "job_id")
_BOOKED: PreparedQuery[Any] = PreparedQuery(lambda *, attempt_id: _booked(attempt_id), "attempt_id")


def _booked(attempt_id: str) -> QuerySet[UsageRecord, Any]:
    """Microseconds of an attempt already billed, by price, contract and what included them."""
    lines = UsageRecord.objects.filter(attempt_id=attempt_id).values_list("price_id", "contract_id", "included_in")
    return lines.annotate(total=Sum(F("to_microseconds") - F("from_microseconds"))).order_by()


def _sums(booked: Sequence[tuple[str, str | None, str, int]]) -> tuple[dict[tuple[str, str], int], int]:
    """Microseconds of an attempt already charged for, by ``Rate.line``, and those already billed.

    The latter are with what a plan includes; without gaps they follow the free ones.
    """
    charged = {(price, contract or ""): total for price, contract, included, total in booked if not included}
    return charged, sum(total for *_, total in booked)


_POSTED = PreparedUpdate(
    lambda *, job_id, charged: (
        Hold.objects.filter(job_id=job_id, released_at=None, posted_micros__lte=F("amount_micros") - charged),
        {"posted_micros": F("posted_micros") + charged},
    ),
    "job_id",
    numbers=("charged",),
)
"""Within what the job reserved, which the database refuses to pass whoever asks."""


def _charges_within_hold(
    books: Books, reserved: Hold, priced: Callable[..., list[UsageCharge]], *, now: datetime
) -> tuple[list[UsageCharge], int]:
    """The charges that the hold pays for, extended as far as cap and wallet allow, and what all would cost."""
    cost = sum(charge.cost for charge in priced(most=None))
    extend(books, reserved, left_micros=cost, now=now)
    return priced(most=reserved.left_micros), cost


def _record(
    charges: Sequence[UsageCharge], plan: Allowance, attempt: MeteredAttempt, *, billed_by: str, now: datetime
) -> list[UsageRecord]:
    if included := sum(charge.end - charge.start for charge in charges if charge.included):
        use(plan, microseconds=included * attempt.slots)
    records = [
        UsageRecord(
            organization_id=current_tenant(),
            price=charge.rate.price,
            contract=None if charge.included else charge.rate.contract,
            unit_price=0 if charge.included else charge.rate.per_slot_second,
            included_in=plan.charge_id if charge.included else "",
            from_microseconds=charge.start,
            to_microseconds=charge.end,
            amount_micros=charge.cost,
            job_id=attempt.job_id,
            attempt_id=attempt.attempt_id,
            fence=attempt.fence,
            slots=attempt.slots,
            training_started_at=attempt.training_started_at,
            billed_by=billed_by,
            created_at=now,
        )
        for charge in charges
    ]
    if records:
        deferred_writes.insert(*records)
    return records


def _post(
    books: Books,
    reserved: Hold,
    charges: Sequence[UsageCharge],
    cost: int,
    *,
    attempt_id: str,
    facts: Sequence[JournalFact],
    now: datetime,
) -> int:
    """Turns what is charged from held into revenue; the database refuses more than is left, whoever asks."""
    charged = sum(charge.cost for charge in charges)
    if charged < cost:
        unpaid = cost - charged
        logger.warning("hold.exceeded", job_id=reserved.job_id, attempt_id=attempt_id, unpaid_micros=unpaid)
    if not charged:
        chain.append(facts)
        return 0
    if _POSTED.update(job_id=reserved.job_id, charged=charged) != 1:
        raise InsufficientFunds("The job has used up what it reserved.")
    book(
        books,
        kind=LedgerTransaction.Kind.USAGE,
        dedupe_key=f"usage:{attempt_id}:{charges[0].start}",
        amounts={Account.HELD: -charged, Account.REVENUE: charged},
        description="Training kept",
        job_id=reserved.job_id,
        facts=facts,
        now=now,
    )
    return charged
