"""Totals of usage are read from a rollup, which is at any time what the usage records sum to."""

from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any
from unittest.mock import patch

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from tests.support.billing import SECOND, UNIT, credit, keep
from tests.support.platform import START, Caller
from tests.support.tampering import tamper
from trainyard.billing import holds, queries
from trainyard.billing.models import DimensionRollup, UsageRecord, UsageRollup
from trainyard.billing.usage_rollup import queries as rollup
from trainyard.billing.usage_rollup.operations import rebuild
from trainyard.billing.usage_rollup.queries import Dimension, KeySum
from trainyard.billing.usage_rollup.verification import check_rollup
from trainyard.config.management.commands import billing as command
from trainyard.core.tenancy import no_scope, tenant_scope
from trainyard.pools.models import Pool
from trainyard.tenants.models import Organization

MIDNIGHT = datetime(2026, 3, 2, tzinfo=UTC)
LAST_INSTANT = MIDNIGHT - timedelta(microseconds=1)


def bill(pool_id: str, *moments: datetime) -> None:
    """A second of usage, booked at each of ``moments`` in their order."""
    holds.reserve_funds(job_id="job_1", cap_micros=UNIT, now=START)
    for number, at in enumerate(moments):
        keep(pool_id=pool_id, begin=number * SECOND, end=(number + 1) * SECOND, slots=2, now=at)


@pytest.fixture
def customer(organization: Organization, pool: Pool) -> str:
    """Usage at both sides of midnight, to the microsecond, and some that came in late, for the day before."""
    credit(organization.id, 10 * UNIT)
    with tenant_scope(organization.id):
        bill(pool.id, LAST_INSTANT, MIDNIGHT, MIDNIGHT + timedelta(hours=18, minutes=15), LAST_INSTANT)
    return organization.id


def test_it_is_summed_by_quarter_and_day(customer: str) -> None:
    with tenant_scope(customer):
        rows = UsageRollup.objects.order_by("-seconds", "starts_at")
        found = list(rows.values_list("seconds", "starts_at", "slot_microseconds", "amount_micros"))
    day, quarter = timedelta(days=1), timedelta(minutes=15)
    assert found == [
        (86_400, MIDNIGHT - day, 4 * SECOND, 400),
        (86_400, MIDNIGHT, 4 * SECOND, 400),
        (900, MIDNIGHT - quarter, 4 * SECOND, 400),
        (900, MIDNIGHT, 2 * SECOND, 200),
        (900, MIDNIGHT + timedelta(hours=18, minutes=15), 2 * SECOND, 200),
    ]
    assert list(check_rollup()) == []


@pytest.mark.parametrize(
    ("start", "end", "seconds"),
    [
        (None, None, 8.0),
        (MIDNIGHT, None, 4.0),
        (None, MIDNIGHT, 4.0),
        (LAST_INSTANT, MIDNIGHT, 4.0),
        (LAST_INSTANT, MIDNIGHT + timedelta(microseconds=1), 6.0),
        (MIDNIGHT - timedelta(days=1), MIDNIGHT + timedelta(days=1), 8.0),
        (MIDNIGHT, LAST_INSTANT, 0.0),
        (datetime.max.replace(tzinfo=UTC), None, 0.0),
        (None, datetime.min.replace(tzinfo=UTC), 0.0),
    ],
)
def test_totals_are_those_of_the_period(
    customer: str, start: datetime | None, end: datetime | None, seconds: float
) -> None:
    with tenant_scope(customer):
        assert queries.usage_totals(start=start, end=end)["slot_seconds"] == seconds


def test_a_day_of_a_customer_is_a_whole_day_in_any_time_zone(customer: str, owner: Caller) -> None:
    kathmandu = {"from": "2026-03-02T00:00:00+05:45", "to": "2026-03-03T00:00:00+05:45"}
    assert owner.get("/usage", **kathmandu).json()["totals"]["slot_seconds"] == 6.0
    assert owner.get("/usage", job="job_1", **kathmandu).json()["totals"]["slot_seconds"] == 6.0
    assert owner.get("/usage", job="job_2", **kathmandu).json()["totals"]["slot_seconds"] == 0.0


def test_whole_days_are_read_from_the_rollup_alone(customer: str) -> None:
    span = rollup.Span(MIDNIGHT - timedelta(days=1), MIDNIGHT)
    with tenant_scope(customer), patch.object(UsageRecord, "objects", None):
        assert rollup.totals(span) == (400, 4 * SECOND)
        for by in Dimension:
            [day] = rollup.by_day(span, by=by)
            [largest] = rollup.largest(span, by=by, most=5)
            assert (day.amount_micros, day.slot_microseconds) == (400, 4 * SECOND)
            assert largest == KeySum(day.key, 400, 4 * SECOND)


def test_nobody_sees_the_sums_of_another(customer: str) -> None:
    stranger = Organization.objects.create(name="Others", created_at=START)
    with tenant_scope(stranger.id):
        assert queries.usage_totals()["slot_seconds"] == 0.0
        assert not UsageRollup.objects.exists()
        assert not DimensionRollup.objects.exists()
    if connection.vendor == "postgresql":
        with no_scope():
            assert not UsageRollup.across_tenants.exists(), "the database itself hides them"
            assert not DimensionRollup.across_tenants.exists(), "the database itself hides them"


def test_what_is_rolled_back_is_not_summed(customer: str, pool: Pool) -> None:
    with tenant_scope(customer):
        with transaction.atomic():
            keep(pool_id=pool.id, begin=4 * SECOND, end=9 * SECOND, now=MIDNIGHT)
            assert queries.usage_totals()["slot_seconds"] == 13.0
            transaction.set_rollback(True)
        assert queries.usage_totals()["slot_seconds"] == 8.0
    assert list(check_rollup()) == []


def verify() -> None:
    with patch.object(command, "read_one_moment"):  # the test's transaction has begun long ago
        call_command("billing", "verify", stdout=StringIO())


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE billing_usagerollup SET amount_micros = amount_micros + 1 WHERE seconds = 900",
        "DELETE FROM billing_usagerollup WHERE seconds = 86400",
        "UPDATE billing_dimensionrollup SET amount_micros = amount_micros + 1 WHERE dimension = 'job'",
        "DELETE FROM billing_dimensionrollup WHERE dimension = 'member' AND seconds = 86400",
        "UPDATE billing_usagerollup SET starts_at = '2026-03-05 00:00:00' WHERE seconds = 900 AND amount_micros = 400",
    ],
)
def test_a_wrong_sum_is_found_and_made_anew(customer: str, statement: str) -> None:
    verify()
    tamper(statement)
    with pytest.raises(CommandError, match="usage_rolled_up"):
        verify()
    said = StringIO()
    call_command("billing", "rebuild", stdout=said)
    assert said.getvalue().startswith("15 sums of the usage of")
    verify()


def test_making_it_anew_twice_changes_nothing(customer: str) -> None:
    def stored() -> set[tuple[Any, ...]]:
        sums = ("seconds", "starts_at", "amount_micros", "slot_microseconds")
        by_pool = UsageRollup.objects.values_list("pool_id", *sums)
        return {*by_pool, *DimensionRollup.objects.values_list("dimension", "key", *sums)}

    with tenant_scope(customer):
        before = stored()
        assert rebuild() == rebuild() == len(before)
        assert stored() == before
        assert UsageRecord.objects.count() == 4
