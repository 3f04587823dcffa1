"""Spending of the current month, and what a hard budget leaves of it. Callers hold the lock on the tenant's books."""

from datetime import UTC, date, datetime

from django.db.models import F, QuerySet

from trainyard.billing.budgets.models import Budget, MonthlySpend
from trainyard.billing.calendar import clock
from trainyard.billing.models import LedgerAccount
from trainyard.core.prepared_update import PreparedUpdate


def month_of(at: datetime) -> date:
    """The month (UTC) of billing's calendar that a charge at ``at``, by the clock, counts in."""
    return (at + clock.offset()).astimezone(UTC).date().replace(day=1)


def add_spent(micros: int, *, now: datetime) -> None:
    """Counts a charge of the tenant in context."""
    month = month_of(now)
    if _SPENT.update(month=month, spent=micros) != 1:
        MonthlySpend.objects.create(month=month, micros=micros)


_SPENT = PreparedUpdate(
    lambda *, month, spent: (MonthlySpend.objects.filter(month=month), {"micros": F("micros") + spent}),
    dates=("month",),
    numbers=("spent",),
)


def spent_micros(*, now: datetime) -> int:
    """What the tenant in context was charged for usage in this month."""
    return spends(now=now).values_list("micros", flat=True).first() or 0


def spends(*, now: datetime) -> QuerySet[MonthlySpend]:
    """What ``spent_micros`` reads: at most one row."""
    return MonthlySpend.objects.filter(month=month_of(now))


def lowest_hard_budgets() -> QuerySet[Budget]:
    """The hard budgets of the tenant in context, the lowest, which rules, first."""
    return Budget.objects.filter(is_hard=True).order_by("amount_micros")


def budget_room_micros(*, now: datetime) -> int | None:
    """How much more jobs may reserve this month, by the lowest hard budget; ``None`` without one.

    What was charged and what is held together never pass it.
    """
    lowest = lowest_hard_budgets().values_list("amount_micros", flat=True).first()
    if lowest is None:
        return None
    held = LedgerAccount.objects.filter(kind=LedgerAccount.Kind.HELD).values_list("balance_micros", flat=True).first()
    return room_under(lowest, spent=spent_micros(now=now), held=held or 0)


def room_under(lowest: int, *, spent: int, held: int) -> int:
    """How much more may be reserved under the lowest hard budget, all in micro-units."""
    return max(lowest - spent - held, 0)
