"""The test clock: an operator can move the billing calendar ahead, for all processes at once.

Only what billing counts in months and days follows this clock: invoices, due dates, plan fees and the expiry of grants.
Leases, heartbeats, training time and row timestamps use the database clock, so that moving the calendar affects no
running job. The offset is stored in the database and is read only where ``TRAINYARD_TEST_CLOCK=1``; otherwise it is 0.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from trainyard.billing.calendar.models import ClockOffset
from trainyard.billing.calendar.months import Month
from trainyard.core import audit
from trainyard.core.errors import FieldError, InvalidInput
from trainyard.core.time import database_now

_MICROSECOND = timedelta(microseconds=1)
FURTHEST = timedelta(days=3_660)
"""Ahead of the clock: months close one by one, and nobody means to close more than ten years of them."""


class ClockBackwards(InvalidInput):
    """The requested time of the test clock is earlier than its present time, or too far ahead."""

    code = "test_clock_out_of_range"


def is_test_clock() -> bool:
    """Whether this platform's calendar may be moved."""
    enabled: bool = settings.ENVIRONMENT.test_clock
    return enabled


def offset() -> timedelta:
    """How far the calendar is ahead of the clock."""
    if not is_test_clock():
        return timedelta(0)
    row = ClockOffset.objects.filter(pk=ClockOffset.ONLY).values_list("microseconds", flat=True).first()
    return timedelta(microseconds=row or 0)


def calendar_now() -> datetime:
    """The present time by billing's calendar, in UTC."""
    return database_now() + offset()


def month_to_date(*, zone: str, now: datetime) -> tuple[datetime, datetime]:
    """From the start of the calendar month in ``zone`` (IANA) to ``now``; both by the clock, whose times rows carry."""
    ahead = offset()
    return Month.of(now + ahead, zone).start(zone) - ahead, now


@transaction.atomic
def move_to(*, calendar: datetime, actor: str, now: datetime) -> datetime:
    """Moves the calendar ahead to ``calendar``; returns it. Raises ``ClockBackwards``."""
    ClockOffset.objects.get_or_create(pk=ClockOffset.ONLY, defaults={"moved_at": now})
    row = ClockOffset.objects.select_for_update().get(pk=ClockOffset.ONLY)
    before = row.microseconds
    wanted = (calendar - now) // _MICROSECOND
    if not before <= wanted <= FURTHEST // _MICROSECOND:
        stands = now + timedelta(microseconds=before)
        message = f"The calendar stands at {stands.isoformat()} and goes ahead only, at most ten years."
        raise ClockBackwards(message, errors=(FieldError("now", "invalid", message),))
    ClockOffset.objects.filter(pk=row.pk, microseconds=before).update(microseconds=wanted, moved_at=now)
    audit.record(
        actor=actor,
        action="test_clock.moved",
        target="test_clock",
        now=now,
        before={"offset_microseconds": before},
        after={"offset_microseconds": wanted},
    )
    return calendar
