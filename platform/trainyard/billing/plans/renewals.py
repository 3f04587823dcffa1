"""Renewal of plans: the monthly fee is charged once, at the start of the month in billing calendar time."""

from datetime import datetime
from functools import partial

from django.db import transaction

from trainyard.billing.ledger import lock_books
from trainyard.billing.plans.models import Subscription
from trainyard.billing.plans.operations import begin_period
from trainyard.core import reconciling
from trainyard.core.tenancy import platform_scope, tenant_scope

RENEW = "billing.plans"
RENEWED_AT_ONCE = 500


def renew_due(*, calendar: datetime, now: datetime) -> int:
    """Begins every month of every plan that ``calendar`` has reached; returns of how many organizations.

    Before months are closed: a fee then stands on the invoice of its own month, however far the calendar was moved.
    """
    with platform_scope():
        over = Subscription.across_tenants.filter(plan__isnull=False, paid_until__lte=calendar)
        rows = reconciling.due(over, reconciler=RENEW, now=now).order_by("paid_until", "organization_id")
        found = list(rows.values_list("organization_id", flat=True)[:RENEWED_AT_ONCE])
    items = ((tenant, partial(_renew, tenant, calendar=calendar, now=now)) for tenant in found)
    return reconciling.each(items, reconciler=RENEW, now=now)


def _renew(organization_id: str, *, calendar: datetime, now: datetime) -> bool:
    with tenant_scope(organization_id):
        renewed = False
        while _renew_once(calendar=calendar, now=now):
            renewed = True
    return renewed


@transaction.atomic
def _renew_once(*, calendar: datetime, now: datetime) -> bool:
    lock_books()
    rows = Subscription.objects.select_for_update(no_key=True, of=("self",)).select_related("plan", "next_plan")
    over = rows.filter(plan__isnull=False, paid_until__lte=calendar).first()
    if over is None:
        return False
    begin_period(over, now=now)
    return True
