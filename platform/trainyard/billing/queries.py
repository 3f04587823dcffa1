"""Reads of usage and money. ``start`` and ``end`` are aware datetimes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Case, F, OuterRef, QuerySet, Subquery, Sum, Value, When
from django.db.models.functions import JSONObject

from trainyard.billing.models import (
    BillingAccount,
    CreditGrant,
    Hold,
    LedgerAccount,
    LedgerTransaction,
    Price,
    UsageRecord,
)
from trainyard.billing.usage_rollup import queries as rollup
from trainyard.billing.wallet.currencies import currencies_of, currency, default_currency
from trainyard.core.money import MICROSECONDS_PER_SECOND
from trainyard.core.tenancy import current_tenant


@dataclass(frozen=True, slots=True)
class JobCost:
    """Cost of a job: billed so far, still reserved, and its cap."""

    billed_micros: int
    held_micros: int
    cap_micros: int
    currency: str


@dataclass(frozen=True, slots=True)
class Expiry:
    """The time at which credit expires next, and its amount."""

    at: datetime
    micros: int


@dataclass(frozen=True, slots=True)
class Wallet:
    """Balances of an organization, in micro-units of its currency.

    ``paid_micros`` and ``promotional_micros`` are the remaining credit, including what jobs have reserved.
    ``available_micros`` may be spent, including the credit limit; ``owed_micros`` is the debt.
    """

    available_micros: int
    held_micros: int
    spent_micros: int
    paid_micros: int
    promotional_micros: int
    owed_micros: int
    credit_limit_micros: int
    next_expiry: Expiry | None
    currency: str


def booked_currency() -> str | None:
    """The currency that the books of the platform are kept in, where ``TRAINYARD_CURRENCY`` names another one.

    Organizations with a currency of their own do not count, nor do prices in more currencies than that one.
    """
    own = BillingAccount.across_tenants.values("organization_id")
    accounts = LedgerAccount.across_tenants.exclude(currency=default_currency()).exclude(organization_id__in=own)
    if (booked := accounts.values_list("currency", flat=True).first()) is not None:
        return booked
    priced = set(Price.objects.values_list("currency", flat=True).distinct())
    return None if not priced or default_currency() in priced else min(priced)


def job_cost(*, job_id: str) -> JobCost:
    """The cost of one job of the tenant in context; all zero for a job that reserved nothing."""
    return job_costs([job_id])[job_id]


def with_job_cost(rows: QuerySet[Any]) -> QuerySet[Any]:
    """``rows`` of jobs of the tenant in context, read with what ``cost_read_with`` makes of each."""
    left = Case(When(released_at=None, then=F("amount_micros") - F("posted_micros")), default=Value(0))
    hold = JSONObject(billed_micros="posted_micros", held_micros=left, cap_micros="cap_micros", currency="currency")
    found: QuerySet[Any] = rows.annotate(hold=Subquery(Hold.objects.filter(job_id=OuterRef("pk")).values(cost=hold)))
    return found


def cost_read_with(job: Any) -> JobCost:
    """The cost of a row of ``with_job_cost``; all zero for a job that reserved nothing."""
    return JobCost(0, 0, 0, currency()) if job.hold is None else JobCost(**job.hold)


def set_hold(job: Any, hold: Hold) -> None:
    """Lets ``cost_read_with`` tell the cost of a job that was not read with its hold, but written with it."""
    job.hold = {
        "billed_micros": hold.posted_micros,
        "held_micros": hold.left_micros,
        "cap_micros": hold.cap_micros,
        "currency": hold.currency,
    }


def job_costs(job_ids: Iterable[str]) -> dict[str, JobCost]:
    """The cost of each of ``job_ids``, in one query where each has reserved something."""
    wanted = list(job_ids)
    costs = {
        hold.job_id: JobCost(hold.posted_micros, hold.left_micros, hold.cap_micros, hold.currency)
        for hold in Hold.objects.filter(job_id__in=wanted)
    }
    if missing := [job_id for job_id in wanted if job_id not in costs]:
        costs |= dict.fromkeys(missing, JobCost(0, 0, 0, currency()))
    return costs


def wallet() -> Wallet:
    """The wallet of the tenant in context."""
    tenant = current_tenant()
    return wallets(organization_ids=[tenant])[tenant]


def wallets(*, organization_ids: Sequence[str]) -> dict[str, Wallet]:
    """The wallet of each of ``organization_ids``, in a fixed number of queries."""
    accounts: dict[str, dict[str, LedgerAccount]] = {organization_id: {} for organization_id in organization_ids}
    for account in LedgerAccount.across_tenants.filter(organization_id__in=organization_ids):
        accounts[account.organization_id][account.kind] = account
    grants: dict[str, list[CreditGrant]] = {organization_id: [] for organization_id in organization_ids}
    for grant in CreditGrant.across_tenants.filter(organization_id__in=organization_ids, remaining_micros__gt=0):
        grants[grant.organization_id].append(grant)
    currencies = currencies_of(organization_ids)
    return {
        organization_id: _wallet(found, grants[organization_id], currency=currencies[organization_id])
        for organization_id, found in accounts.items()
    }


def ledger() -> QuerySet[LedgerTransaction]:
    """Transactions of the tenant in context with their entries; ``job_name`` is that of the job that is the cause."""
    name = Hold.objects.filter(job_id=OuterRef("job_id")).values("job_name")
    return LedgerTransaction.objects.annotate(job_name=Subquery(name)).prefetch_related("entries__account")


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


def usage_totals(
    *, start: datetime | None = None, end: datetime | None = None, job_id: str | None = None
) -> dict[str, Any]:
    """Slot-seconds and amount of all that ``usage_records`` of these gives."""
    amount, slot_time = rollup.totals(rollup.Span(start, end)) if job_id is None else _summed(start, end, job_id)
    return {
        "amount_micros": amount,
        "slot_seconds": slot_time / MICROSECONDS_PER_SECOND,
        "currency": currency(),
    }


def _summed(start: datetime | None, end: datetime | None, job_id: str) -> tuple[int, int]:
    records = usage_records(start=start, end=end, job_id=job_id)
    sums = records.aggregate(amount=Sum("amount_micros"), slot_time=rollup.SLOT_TIME)
    return sums["amount"] or 0, sums["slot_time"] or 0


def _wallet(accounts: dict[str, LedgerAccount], grants: list[CreditGrant], *, currency: str) -> Wallet:
    kinds = LedgerAccount.Kind
    balances = {kind: account.balance_micros for kind, account in accounts.items()}
    left = {kind: sum(grant.remaining_micros for grant in grants if grant.kind == kind) for kind in CreditGrant.Kind}
    limit = accounts[kinds.WALLET].credit_limit_micros if kinds.WALLET in accounts else 0
    return Wallet(
        available_micros=balances.get(kinds.WALLET, 0) + max(limit + min(balances.get(kinds.RECEIVABLE, 0), 0), 0),
        held_micros=balances.get(kinds.HELD, 0),
        spent_micros=balances.get(kinds.REVENUE, 0),
        paid_micros=left[CreditGrant.Kind.PAID],
        promotional_micros=left[CreditGrant.Kind.PROMOTIONAL],
        owed_micros=max(-balances.get(kinds.WALLET, 0), 0) - balances.get(kinds.CHARGEBACK, 0),
        credit_limit_micros=limit,
        next_expiry=_next_expiry(grants),
        currency=currency,
    )


def _next_expiry(grants: list[CreditGrant]) -> Expiry | None:
    at = min((grant.expires_at for grant in grants if grant.expires_at is not None), default=None)
    if at is None:
        return None
    return Expiry(at, sum(grant.remaining_micros for grant in grants if grant.expires_at == at))
