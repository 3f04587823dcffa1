"""Reads of plans, and of the current tenant's subscription."""

from dataclasses import dataclass

from django.db.models import QuerySet

from trainyard.billing.plans.models import MICROSECONDS_PER_HOUR, Plan, Subscription
from trainyard.billing.wallet.currencies import currency
from trainyard.core.errors import NotFound


@dataclass(frozen=True, slots=True)
class PlanInForce:
    """The present plan, the next plan, and the used part of the included time. All null without a plan."""

    subscription: Subscription | None

    @property
    def plan(self) -> Plan | None:
        return self.subscription.plan if self.subscription else None

    @property
    def next_plan(self) -> Plan | None:
        return self.subscription.next_plan if self.subscription and self.plan else None

    @property
    def included_slot_hours(self) -> float:
        return self._hours("included_microseconds")

    @property
    def used_slot_hours(self) -> float:
        return self._hours("used_microseconds")

    def _hours(self, column: str) -> float:
        return getattr(self.subscription, column) / MICROSECONDS_PER_HOUR if self.plan else 0.0


def plans() -> QuerySet[Plan]:
    """All, also those that are offered no more."""
    return Plan.objects.all()


def offered_plans() -> QuerySet[Plan]:
    """Plans that the tenant in context may choose: in its currency."""
    return Plan.objects.filter(is_offered=True, currency=currency())


def plan(plan_id: str) -> Plan:
    """Raises ``NotFound``."""
    found = Plan.objects.filter(id=plan_id).first()
    if found is None:
        raise NotFound("There is no plan by that id.")
    return found


def plan_in_force() -> PlanInForce:
    """Plan of the tenant in context that is in force."""
    rows = Subscription.objects.select_related("plan", "next_plan").filter(plan__isnull=False)
    return PlanInForce(rows.first())
