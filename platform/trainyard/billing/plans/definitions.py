"""Writes of plans by operators."""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from trainyard.billing.plans.models import Plan
from trainyard.billing.plans.queries import plan as find_plan
from trainyard.billing.wallet.currencies import check_payable, checked_currency, default_currency
from trainyard.core import audit
from trainyard.core.errors import Conflict

LIMITS = ("max_running_jobs", "max_stored_bytes", "max_members", "requests_per_second")
"""Limits of a plan, which ``tenants.PlanLimits`` has by the same names."""


class PlanExists(Conflict):
    """A plan of this name is offered in this currency already."""

    code = "plan_exists"


@transaction.atomic
def create_plan(
    *, name: str, monthly_fee_micros: int, currency: str | None, actor: str, now: datetime, **terms: Any
) -> Plan:
    """A plan that customers may choose from now on.

    ``terms`` are ``description``, ``included_slot_hours``, ``is_offered`` and ``LIMITS``. Raises ``PlanExists``, and
    ``InvalidInput`` for an unknown currency and a fee that it has no coins for.
    """
    code = checked_currency(currency or default_currency())
    check_payable(monthly_fee_micros, code, field="monthly_fee")
    made = Plan(name=name, monthly_fee_micros=monthly_fee_micros, currency=code, created_at=now, **terms)
    _save(made)
    audit.record(actor=actor, action="plan.create", target=made.id, now=now, after=_shown(made))
    return made


@transaction.atomic
def offer_plan(*, plan_id: str, is_offered: bool, actor: str, now: datetime) -> Plan:
    """Whether customers may choose a plan; who is on it keeps it. Raises ``NotFound`` and ``PlanExists``."""
    found = find_plan(plan_id)
    if found.is_offered == is_offered:
        return found
    found.is_offered = is_offered
    _save(found)
    shown = {"is_offered": is_offered}
    audit.record(
        actor=actor, action="plan.offer", target=found.id, now=now, before={"is_offered": not is_offered}, after=shown
    )
    return found


def _save(plan: Plan) -> None:
    try:
        with transaction.atomic():
            plan.save()
    except IntegrityError:
        raise PlanExists(
            f"A plan {plan.name} is offered in {plan.currency} already.", hint="Stop offering that one first."
        ) from None


def _shown(plan: Plan) -> dict[str, Any]:
    names = ("name", "monthly_fee_micros", "currency", "included_slot_hours", "is_offered", *LIMITS)
    return {name: getattr(plan, name) for name in names}
