"""Month end in billing calendar time: plans start their next month, then months that have ended are closed."""

from datetime import datetime

from trainyard.billing.invoices.closing import close_due
from trainyard.billing.plans.renewals import renew_due


def run(*, calendar: datetime, now: datetime) -> int:
    """Safe to run twice at once; returns how many months it closed.

    Plans first: however far the calendar was moved, each month's fee then stands on the invoice of its month.
    """
    renew_due(calendar=calendar, now=now)
    return close_due(calendar=calendar, now=now)
