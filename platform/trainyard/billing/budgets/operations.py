"""Writes of budgets, and the alerts about spending."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any

import structlog
from django.core.mail import EmailMessage
from django.db import transaction

from trainyard.billing.budgets.models import Budget, BudgetAlert, MonthlySpend
from trainyard.billing.budgets.queries import budget as find_budget
from trainyard.billing.budgets.spending import month_of
from trainyard.billing.ledger import lock_books
from trainyard.core import audit, domain_events
from trainyard.core.errors import PreconditionFailed
from trainyard.core.mail import outgoing
from trainyard.core.money import format_micros
from trainyard.core.reconciling import each
from trainyard.core.tenancy import tenant_scope
from trainyard.tenants.models import Membership
from trainyard.tenants.permissions import PAYERS
from trainyard_spec.webhook_events import WebhookEvent

logger = structlog.get_logger(__name__)

ALERT = "budget_alerts"
ALERTED_AT_ONCE = 200


@transaction.atomic
def create_budget(
    *, name: str, amount_micros: int, alert_percents: Sequence[int], is_hard: bool, actor: str, now: datetime
) -> Budget:
    """A budget of every calendar month. A hard one below what jobs hold already lets them reserve no more."""
    lock_books()
    budget = Budget.objects.create(
        name=name,
        amount_micros=amount_micros,
        alert_percents=sorted(set(alert_percents)),
        is_hard=is_hard,
        created_at=now,
    )
    _tell_audit("budget.create", budget, before={}, actor=actor, now=now)
    return budget


@transaction.atomic
def change_budget(*, budget_id: str, actor: str, now: datetime, revision: int | None = None, **changes: Any) -> Budget:
    """Changes what is given of name, amount, alerts and kind; with ``revision`` only if nobody did since then.

    Raises ``NotFound`` and ``PreconditionFailed``.
    """
    lock_books()
    budget = find_budget(budget_id)
    if revision not in (None, budget.revision):
        raise PreconditionFailed("Somebody changed this budget meanwhile.", hint="Read it again, then change it.")
    before = _shown(budget)
    budget.revision += 1
    for name, value in changes.items():
        setattr(budget, name, sorted(set(value)) if name == "alert_percents" else value)
    budget.save()
    _tell_audit("budget.change", budget, before=before, actor=actor, now=now)
    return budget


@transaction.atomic
def delete_budget(*, budget_id: str, actor: str, now: datetime) -> None:
    """Raises ``NotFound``."""
    lock_books()
    budget = find_budget(budget_id)
    before = _shown(budget)
    budget.delete()
    audit.record(
        actor=actor,
        action="budget.delete",
        target=budget_id,
        organization_id=budget.organization_id,
        now=now,
        before=before,
    )


def alert(*, now: datetime) -> int:
    """Tells of every share of a budget that this month has passed and nobody was told of; returns how many."""
    spends = dict(MonthlySpend.across_tenants.filter(month=month_of(now)).values_list("organization_id", "micros"))
    told: dict[str, set[int]] = {}
    for budget_id, percent in BudgetAlert.across_tenants.filter(month=month_of(now)).values_list(
        "budget_id", "percent"
    ):
        told.setdefault(budget_id, set()).add(percent)
    budgets = Budget.across_tenants.filter(organization_id__in=spends).order_by("id")
    passed = [
        (budget, percent)
        for budget in budgets
        for percent in budget.alert_percents
        if spends[budget.organization_id] * 100 >= budget.amount_micros * percent
        and percent not in told.get(budget.id, set())
    ]
    items = (
        (f"{budget.id}:{percent}", partial(_alert, budget, percent, spends[budget.organization_id], now=now))
        for budget, percent in passed[:ALERTED_AT_ONCE]
    )
    return each(items, reconciler=ALERT, now=now)


@transaction.atomic
def _alert(budget: Budget, percent: int, spent: int, *, now: datetime) -> bool:
    with tenant_scope(budget.organization_id):
        _, is_new = BudgetAlert.objects.get_or_create(
            budget=budget, month=month_of(now), percent=percent, defaults={"created_at": now}
        )
        if not is_new:
            return False
        people = Membership.objects.filter(organization_id=budget.organization_id, role__in=PAYERS)
        _mail([*people.values_list("user__email", flat=True)], budget, percent, spent)
    data = {
        "id": budget.id,
        "name": budget.name,
        "month": month_of(now).isoformat(),
        "percent": percent,
        "amount": format_micros(budget.amount_micros),
        "spent": format_micros(spent),
        "is_hard": budget.is_hard,
    }
    domain_events.record(WebhookEvent.BUDGET_ALERTED, data=data, organization_id=budget.organization_id, now=now)
    audit.record(
        action="budget.alert",
        target=budget.id,
        organization_id=budget.organization_id,
        now=now,
        percent=percent,
        spent_micros=spent,
    )
    logger.info("budget.alerted", budget_id=budget.id, percent=percent)
    return True


def _mail(to: list[str], budget: Budget, percent: int, spent: int) -> None:
    amount, used = format_micros(budget.amount_micros), format_micros(spent)
    what = "Jobs stop with a checkpoint before it is passed." if budget.is_hard else "Nothing stops because of it."
    subject = f"{percent} % of the budget {budget.name} is spent"
    outgoing.send(EmailMessage(subject, f"This month has cost {used} of {amount}. {what}", to=to))


def _shown(budget: Budget) -> dict[str, Any]:
    return {
        "name": budget.name,
        "amount_micros": budget.amount_micros,
        "alert_percents": budget.alert_percents,
        "is_hard": budget.is_hard,
    }


def _tell_audit(action: str, budget: Budget, *, before: dict[str, Any], actor: str, now: datetime) -> None:
    audit.record(
        actor=actor,
        action=action,
        target=budget.id,
        organization_id=budget.organization_id,
        now=now,
        before=before,
        after=_shown(budget),
    )
