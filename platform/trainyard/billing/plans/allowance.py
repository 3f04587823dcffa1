"""Allowance: the slot time included in a plan's fee. Usage consumes it in the order in which it is billed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, QuerySet

from trainyard.billing.calendar import clock
from trainyard.billing.plans.models import Subscription
from trainyard.core.prepared import Asked, PreparedQuery


class AllowanceExceeded(RuntimeError):
    """More slot time was used than the fee includes; the transaction is rolled back."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """``left_microseconds`` of included slot time are left of the fee that was charged as ``charge_id``."""

    charge_id: str = ""
    left_microseconds: int = 0


def allowance(*, now: datetime) -> Allowance:
    """What the plan of the tenant in context still includes in its present month."""
    return allowance_of(asked_subscription(now=now).all())


def paid_subscriptions(*, now: datetime) -> QuerySet[Subscription]:
    """Subscription of the tenant in context, where its present month is paid: at most one row."""
    return _paid_beyond(now + clock.offset())


def asked_subscription(*, now: datetime) -> Asked[Subscription]:
    """``paid_subscriptions``, for ``read_together``."""
    return _PAID.asked(moment=now + clock.offset())


def allowance_of(found: Iterable[Subscription]) -> Allowance:
    """``allowance`` of what ``asked_subscription`` found."""
    present = next(iter(found), None)
    return Allowance() if present is None else Allowance(present.charge_id, present.left_microseconds)


def _paid_beyond(moment: datetime) -> QuerySet[Subscription]:
    return Subscription.objects.filter(plan__isnull=False, paid_until__gt=moment)


_PAID = PreparedQuery(lambda *, moment: _paid_beyond(moment), moments=("moment",))


def use(included: Allowance, *, microseconds: int) -> None:
    """Uses up slot time of ``included``, which was read while the books were locked."""
    present = Subscription.objects.filter(
        charge_id=included.charge_id, used_microseconds__lte=F("included_microseconds") - microseconds
    )
    if present.update(used_microseconds=F("used_microseconds") + microseconds) != 1:
        raise AllowanceExceeded(included.charge_id)
