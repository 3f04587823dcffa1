"""Writes about money. Except for prices and credits they serve the tenant in context, in the caller's transaction.

A transaction that moves money for a job touches the job's own rows first and one job only: see ``ledger.lock_books``.
"""

from collections.abc import Sequence
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
from trainyard.core.prepared import Asked, PreparedQuery
from trainyard.core.tenancy import current_tenant

logger = structlog.get_logger(__name__)


class NoHold(Conflict):
    code = "no_hold"


class UsageGap(ValueError):
    """Usage that does not begin where the attempt's booked usage ends."""


@transaction.atomic
def bill_usage(
    *,
    job_id: str,
    attempt_id: str,
    fence: int,
    pool_id: str,
    preemptible: bool,
    slots: int,
    training_started_at: datetime,
    free_microseconds: int = 0,
    from_microseconds: int,
    to_microseconds: int,
    billed_by: str,
    now: datetime,
    sha256: str = "",
) -> int:
    """Bills ``[from, to)`` of an attempt's training time, which ``billed_by`` (a checkpoint or model) now holds.

    The journal keeps that one's ``sha256``. The first ``free_microseconds`` of that time are never billed, and the
    same at each call that bills any. Returns the micro-units charged: 0 for what was billed before. Bills only as far
    as the job's cap and the wallet pay for: the rest waits for a later call, when they do. Raises ``UsageGap``,
    ``NoHold``, ``NoPrice``.
    """
    at = partial(_later, training_started_at)
    key = RateKey(current_tenant(), pool_id, preemptible)
    asked = asked_prices(key, start=training_started_at, end=at(to_microseconds))
    books, reserved, booked, plan, prices = _locked(*asked, job_id=job_id, attempt_id=attempt_id, now=now)
    metered, billed = _sums(booked)
    start = free_microseconds + billed
    if from_microseconds > start:
        raise UsageGap(f"{attempt_id} is billed to {start}, not to {from_microseconds}")
    if to_microseconds <= start:
        return 0
    priced = partial(
        metering.charges,
        price_history(key, prices).rates(at(start), at(to_microseconds)),
        training_started_at=training_started_at,
        start=start,
        end=to_microseconds,
        slots=slots,
        metered=metered,
        included=plan.left_microseconds,
    )
    cost = sum(charge.cost for charge in priced(most=None))
    extend(books, reserved, left_micros=cost, now=now)
    charges = priced(most=reserved.left_micros)
    about = {"job_id": job_id, "attempt_id": attempt_id, "fence": fence, "slots": slots, "billed_by": billed_by}
    records = _record(charges, plan, **about, training_started_at=training_started_at, created_at=now)
    facts = bodies.usage_facts(records, metered, sha256=sha256)
    return _post(books, reserved, charges, cost, attempt_id=attempt_id, facts=facts, now=now)


def _later(moment: datetime, microseconds: int) -> datetime:
    return moment + timedelta(microseconds=microseconds)


class _Locked(NamedTuple):
    """What usage is billed by, read once the books were locked."""

    books: Books
    reserved: Hold
    booked: Sequence[tuple[str, str | None, str, int]]
    plan: Allowance
    prices: Sequence[list[Any]]


def _locked(*prices: Asked[Any], job_id: str, attempt_id: str, now: datetime) -> _Locked:
    books, (reserved, booked, paid, *found) = lock_books_and_read(
        _HOLD.asked(job_id=job_id), _BOOKED.asked(attempt_id=attempt_id), asked_subscription(now=now), *prices
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


def _record(charges: Sequence[UsageCharge], plan: Allowance, **about: Any) -> list[UsageRecord]:
    if included := sum(charge.end - charge.start for charge in charges if charge.included):
        use(plan, microseconds=included * about["slots"])
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
            **about,
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
    within = Hold.objects.filter(
        job_id=reserved.job_id, released_at=None, posted_micros__lte=F("amount_micros") - charged
    )
    if within.update(posted_micros=F("posted_micros") + charged) != 1:
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
