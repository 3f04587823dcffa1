"""Choice of a plan, with its effects on fee and limits.

A plan with a higher fee starts at once, and the difference is charged for the rest of the month. A plan with a lower
fee, or leaving plans, takes effect at the end of the paid month. So a fee is never refunded.
"""

from datetime import datetime, timedelta
from decimal import Decimal

import structlog
from django.db import transaction

from trainyard.billing.calendar.clock import offset
from trainyard.billing.calendar.months import Month
from trainyard.billing.invoices.parties import profile
from trainyard.billing.ledger import Account, Books, insufficient, lock_books
from trainyard.billing.meters.models import MeteredUsage, MeterPrice
from trainyard.billing.meters.rating import NANO_PER_UNIT, MeterEvent, rate, rated_amount
from trainyard.billing.plans.definitions import LIMITS
from trainyard.billing.plans.models import MICROSECONDS_PER_HOUR, Plan, Subscription
from trainyard.billing.plans.queries import PlanInForce, offered_plans
from trainyard.core import audit
from trainyard.core.errors import Conflict, NotFound
from trainyard.core.money import MICROS_PER_UNIT
from trainyard.core.tenancy import current_tenant
from trainyard.tenants.member_limit import places_taken
from trainyard.tenants.models import PlanLimits

logger = structlog.get_logger(__name__)

MONTH = "month"
FOR_A_PLAN = "Add credit first: the fee of a plan that begins now is charged at once, for the rest of the month."
_MICROSECOND = timedelta(microseconds=1)


class PlanTooSmall(Conflict):
    """The organization has more members than the plan allows."""

    code = "plan_too_small"


@transaction.atomic
def choose_plan(*, plan_id: str | None, actor: str, calendar: datetime, now: datetime) -> PlanInForce:
    """Puts the tenant in context on a plan that is offered, or on none; the same choice again changes nothing.

    Raises ``NotFound``, ``PlanTooSmall``, and ``InsufficientFunds`` where the wallet cannot pay what is due at once.
    """
    chosen = None if plan_id is None else offered_plans().filter(id=plan_id).first()
    if plan_id is not None and chosen is None:
        raise NotFound("There is no such plan.", hint="GET /plans lists those that you may choose.")
    return _choose(chosen, must_pay=True, actor=actor, calendar=calendar, now=now)


@transaction.atomic
def assign_plan(*, plan: Plan | None, actor: str, calendar: datetime, now: datetime) -> PlanInForce:
    """``choose_plan`` by an operator: also one that is not offered, and where the wallet is empty, which then owes it.

    Raises ``NotFound`` for a plan in another currency than the organization's, and ``PlanTooSmall``.
    """
    if plan is not None and plan.currency != lock_books()[Account.WALLET].currency:
        raise NotFound("The organization pays in another currency.", hint="Name a plan in its currency.")
    return _choose(plan, must_pay=False, actor=actor, calendar=calendar, now=now)


def _choose(chosen: Plan | None, *, must_pay: bool, actor: str, calendar: datetime, now: datetime) -> PlanInForce:
    books = lock_books()
    found = Subscription.objects.select_related("plan", "next_plan").first()
    current = found.plan if found else None
    before = {"plan": current and current.id, "next_plan": found and found.next_plan_id}
    if chosen is not None:
        _check_members(chosen, now=now)
    if current is None and chosen is not None:
        found = _begin(books, found, chosen, must_pay=must_pay, calendar=calendar, now=now)
    elif found is not None and current is not None:
        if chosen is not None and chosen.id != current.id and chosen.monthly_fee_micros >= current.monthly_fee_micros:
            _upgrade(books, found, chosen, must_pay=must_pay, calendar=calendar, now=now)
        else:
            found.next_plan = chosen
        found.save()
    after = {"plan": found and found.plan_id, "next_plan": found and found.next_plan_id}
    if after != before:
        organization_id = current_tenant()
        audit.record(
            actor=actor,
            action="plan.choose",
            target=organization_id,
            organization_id=organization_id,
            now=now,
            before=before,
            after=after,
        )
    return PlanInForce(found)


def begin_period(found: Subscription, *, now: datetime) -> None:
    """The next month of a plan whose last is over, or the plan that follows it, or none. The books are locked."""
    zone = profile().time_zone
    start = found.paid_until
    end = Month.of(start, zone).end(zone)
    found.plan = plan = found.next_plan
    found.paid_from, found.paid_until, found.charge_id = start, end, ""
    found.included_microseconds = found.used_microseconds = 0
    if plan is not None:
        share = _share(start, end, zone)
        found.charge_id = _charge(plan, plan.monthly_fee_micros, share, start=start, end=end, now=now)
        found.included_microseconds = _included(plan, share)
    found.save()
    write_limits(plan)


def write_limits(plan: Plan | None) -> None:
    """Applies the limits of ``plan`` to the tenant in context from now on; without one those of no plan."""
    values = {name: getattr(plan, name) if plan else None for name in LIMITS}
    PlanLimits.objects.update_or_create(organization_id=current_tenant(), defaults=values)


def _begin(
    books: Books, found: Subscription | None, chosen: Plan, *, must_pay: bool, calendar: datetime, now: datetime
) -> Subscription:
    zone = profile().time_zone
    end = Month.of(calendar, zone).end(zone)
    share = _share(calendar, end, zone)
    if must_pay:
        _require(books, chosen.monthly_fee_micros, share)
    begun = found or Subscription(organization_id=current_tenant())
    begun.plan = begun.next_plan = chosen
    begun.started_at = begun.paid_from = calendar
    begun.paid_until = end
    begun.included_microseconds, begun.used_microseconds = _included(chosen, share), 0
    begun.charge_id = _charge(chosen, chosen.monthly_fee_micros, share, start=calendar, end=end, now=now)
    begun.save()
    write_limits(chosen)
    logger.info("plan.begun", organization_id=begun.organization_id, plan_id=chosen.id)
    return begun


def _upgrade(
    books: Books, found: Subscription, chosen: Plan, *, must_pay: bool, calendar: datetime, now: datetime
) -> None:
    assert found.plan is not None  # noqa: S101  the caller looked
    share = _share(calendar, found.paid_until, profile().time_zone)
    difference = chosen.monthly_fee_micros - found.plan.monthly_fee_micros
    if must_pay:
        _require(books, difference, share)
    more = _included(chosen, share) - _included(found.plan, share)
    found.included_microseconds = max(found.included_microseconds + more, found.used_microseconds)
    found.charge_id = _charge(chosen, difference, share, start=calendar, end=found.paid_until, now=now)
    found.plan = found.next_plan = chosen
    write_limits(chosen)


def _share(start: datetime, end: datetime, zone: str) -> int:
    """``[start, end)`` in 10⁻⁹ of the month that it lies in, rounded down; a whole month is 10⁹."""
    whole = Month.of(start, zone)
    length = (whole.end(zone) - whole.start(zone)) // _MICROSECOND
    return min((end - start) // _MICROSECOND * NANO_PER_UNIT // length, NANO_PER_UNIT)


def _included(plan: Plan, share: int) -> int:
    return plan.included_slot_hours * MICROSECONDS_PER_HOUR * share // NANO_PER_UNIT


def _charge(plan: Plan, fee_micros: int, share: int, *, start: datetime, end: datetime, now: datetime) -> str:
    """Charges the fee's share for ``[start, end)`` by the calendar; returns the id of the metered usage."""
    ahead = offset()  # facts are journalled by the clock, and land on the calendar
    key = f"plan:{plan.id}:{start.isoformat()}"
    price = MeterPrice(id=plan.id, per_unit=Decimal(fee_micros) / MICROS_PER_UNIT, effective_from=start)
    event = MeterEvent(
        MeteredUsage.Kind.PLAN,
        plan.name,
        key,
        share,
        MONTH,
        started_at=start - ahead,
        ended_at=end - ahead,
        price=price,
    )
    rate([event], now=now)
    return MeteredUsage.objects.values_list("id", flat=True).get(dedupe_key=key)


def _require(books: Books, fee_micros: int, share: int) -> None:
    due, _ = rated_amount(quantity_nano=share, price_nano=fee_micros * (NANO_PER_UNIT // MICROS_PER_UNIT), carry_pico=0)
    if due > books[Account.WALLET].spendable_micros:
        raise insufficient(books[Account.WALLET], due, hint=FOR_A_PLAN)


def _check_members(plan: Plan, *, now: datetime) -> None:
    if plan.max_members is not None and (taken := places_taken(now=now)) > plan.max_members:
        raise PlanTooSmall(
            f"{plan.name} is for {plan.max_members} members, and your organization has {taken} with those invited.",
            hint="Choose a larger plan, or remove members and invitations first.",
        )
