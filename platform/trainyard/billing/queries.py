"""Reads about prices, usage and money. ``at``, ``start`` and ``end`` are aware datetimes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import F, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from trainyard.billing.models import Hold, LedgerAccount, LedgerTransaction, Price, UsageRecord
from trainyard.core.errors import Conflict
from trainyard.core.money import MICROSECONDS_PER_SECOND


class NoPrice(Conflict):
    code = "no_price"


@dataclass(frozen=True, slots=True)
class JobCost:
    """What a job was billed, what it still reserves, and the most it may ever cost."""

    billed_micros: int
    held_micros: int
    cap_micros: int
    currency: str


@dataclass(frozen=True, slots=True)
class Wallet:
    """Where an organization's money stands."""

    available_micros: int
    held_micros: int
    spent_micros: int
    currency: str


@dataclass(slots=True)
class PriceBook:
    """A pool's present price, if it has one, and those announced, soonest first."""

    current: Price | None = None
    upcoming: list[Price] = field(default_factory=list)


def booked_currency() -> str | None:
    """The currency that the platform's books are kept in, if there are any and it is not ``TRAINYARD_CURRENCY``."""
    other = LedgerAccount.across_tenants.exclude(currency=currency()).values_list("currency", flat=True).first()
    return other or Price.objects.exclude(currency=currency()).values_list("currency", flat=True).first()


def currency() -> str:
    """The platform's one currency, as ``TRAINYARD_CURRENCY`` names it."""
    name: str = settings.ENVIRONMENT.currency
    return name


def price_at(*, pool_id: str, at: datetime) -> Price:
    """The price that rules at ``at``. Raises ``NoPrice`` where none does."""
    price = _prices().filter(pool_id=pool_id, effective_from__lte=at).order_by("-effective_from").first()
    if price is None:
        raise NoPrice("This pool has no price yet.", hint="Choose another pool, or ask the operators for a price.")
    return price


def prices_between(*, pool_id: str, start: datetime, end: datetime) -> list[Price]:
    """The prices that rule somewhere in ``[start, end)``, oldest first.

    Raises ``NoPrice`` if none rules at ``start``.
    """
    first = price_at(pool_id=pool_id, at=start)
    changes = _prices().filter(pool_id=pool_id, effective_from__gt=start, effective_from__lt=end)
    return [first, *changes.order_by("effective_from")]


def price_books(*, pool_ids: Sequence[str], at: datetime) -> dict[str, PriceBook]:
    """The present and announced prices of each of ``pool_ids``."""
    ruling = _prices().filter(pool=OuterRef("pool"), effective_from__lte=at).order_by("-effective_from")
    since = Coalesce(Subquery(ruling.values("effective_from")[:1]), F("effective_from"))
    books = {pool_id: PriceBook() for pool_id in pool_ids}
    for price in _prices().filter(pool_id__in=pool_ids, effective_from__gte=since).order_by("effective_from"):
        if price.effective_from <= at:
            books[price.pool_id].current = price
        else:
            books[price.pool_id].upcoming.append(price)
    return books


def job_cost(*, job_id: str) -> JobCost:
    """The cost of one job of the tenant in context; all zero for a job that reserved nothing."""
    return job_costs([job_id])[job_id]


def job_costs(job_ids: Iterable[str]) -> dict[str, JobCost]:
    """The cost of each of ``job_ids``, in one query."""
    wanted = list(job_ids)
    costs = {job_id: JobCost(0, 0, 0, currency()) for job_id in wanted}
    for hold in Hold.objects.filter(job_id__in=wanted):
        costs[hold.job_id] = JobCost(hold.posted_micros, hold.left_micros, hold.cap_micros, hold.currency)
    return costs


def wallet() -> Wallet:
    """The wallet of the tenant in context."""
    return _wallet(dict(_balances(LedgerAccount.objects.all()).values_list("kind", "balance_micros")))


def wallets(*, organization_ids: Sequence[str]) -> dict[str, Wallet]:
    """The wallet of each of ``organization_ids``, for operators."""
    balances: dict[str, dict[str, int]] = {organization_id: {} for organization_id in organization_ids}
    accounts = _balances(LedgerAccount.across_tenants.filter(organization_id__in=organization_ids))
    for organization_id, kind, balance in accounts.values_list("organization_id", "kind", "balance_micros"):
        balances[organization_id][kind] = balance
    return {organization_id: _wallet(found) for organization_id, found in balances.items()}


def ledger() -> QuerySet[LedgerTransaction]:
    """Transactions of the tenant in context with their entries."""
    return LedgerTransaction.objects.prefetch_related("entries__account")


def usage_records(
    *, start: datetime | None = None, end: datetime | None = None, job_id: str | None = None
) -> QuerySet[UsageRecord]:
    """Usage of the tenant in context: booked in ``[start, end)``, of one job."""
    wanted: dict[str, Any] = {"created_at__gte": start, "created_at__lt": end, "job_id": job_id}
    return UsageRecord.objects.filter(**{name: value for name, value in wanted.items() if value is not None})


def billed_microseconds(job_id: str) -> dict[str, int]:
    """The training time of each attempt of a job that is billed, by the attempt's id."""
    of_attempts = UsageRecord.objects.filter(job_id=job_id).values_list("attempt_id")
    return dict(of_attempts.annotate(total=Sum(F("to_microseconds") - F("from_microseconds"))).order_by())


def usage_totals(records: QuerySet[UsageRecord]) -> dict[str, Any]:
    """Slot-seconds and amount over all of ``records``."""
    sums = records.aggregate(
        amount=Sum("amount_micros"), slot_time=Sum((F("to_microseconds") - F("from_microseconds")) * F("slots"))
    )
    return {
        "amount_micros": sums["amount"] or 0,
        "slot_seconds": (sums["slot_time"] or 0) / MICROSECONDS_PER_SECOND,
        "currency": currency(),
    }


def _prices() -> QuerySet[Price]:
    return Price.objects.filter(currency=currency())


def _balances(accounts: QuerySet[LedgerAccount]) -> QuerySet[LedgerAccount]:
    return accounts.filter(currency=currency())


def _wallet(balances: dict[str, int]) -> Wallet:
    kinds = LedgerAccount.Kind
    return Wallet(
        available_micros=balances.get(kinds.WALLET, 0),
        held_micros=balances.get(kinds.HELD, 0),
        spent_micros=balances.get(kinds.REVENUE, 0),
        currency=currency(),
    )
