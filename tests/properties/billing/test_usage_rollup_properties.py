"""Sums from the usage rollup are those of the usage records, for any usage, in any order, over any period."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.fault_scale import times
from tests.support.platform import START
from trainyard.billing import queries
from trainyard.billing.models import Hold, Price, UsageRecord
from trainyard.billing.usage_rollup.models import DAY, QUARTER
from trainyard.billing.usage_rollup.operations import rebuild
from trainyard.billing.usage_rollup.queries import EPOCH, Dimension, Span, by_day, largest
from trainyard.billing.usage_rollup.verification import check_rollup
from trainyard.core.money import MICROSECONDS_PER_SECOND
from trainyard.core.tenancy import current_tenant, tenant_scope
from trainyard.pools.models import Pool
from trainyard.tenants.models import Organization

EXAMPLES = times(quick=25, full=2_000)
SOON = datetime(2026, 3, 28, tzinfo=UTC)
NEAR_EDGES = st.builds(
    lambda quarters, microseconds: SOON + quarters * QUARTER + timedelta(microseconds=microseconds),
    st.integers(0, 5 * 96),
    st.integers(-1, 1),
)
ANYWHERE = st.integers(0, 5 * 86_400 * 10**6).map(lambda microseconds: SOON + timedelta(microseconds=microseconds))
MOMENTS = NEAR_EDGES | ANYWHERE
JOBS, MEMBERS, POOLS = 5, 2, 2


class Row(NamedTuple):
    """A usage record: when it was booked, of which pool and job, and what it comes to."""

    at: datetime
    pool: int
    job: int
    slots: int
    microseconds: int
    micros: int

    @property
    def slot_microseconds(self) -> int:
        return self.slots * self.microseconds


ROWS = st.builds(
    Row,
    at=MOMENTS,
    pool=st.integers(0, POOLS - 1),
    job=st.integers(0, JOBS - 1),
    slots=st.integers(1, 3),
    microseconds=st.integers(1, 10**10),
    micros=st.integers(0, 10**9),
)
SPANS = st.tuples(st.none() | MOMENTS, st.none() | MOMENTS)
ZONES = ("UTC", "Asia/Kathmandu", "America/St_Johns", "Pacific/Auckland", "Europe/Berlin", "Australia/Lord_Howe")


@pytest.fixture
def prices(db: None) -> list[Price]:
    """Of two pools."""
    pools = [Pool.objects.create(name=name, slot_kind="cpu", created_at=START) for name in ("one", "other")]
    return [
        Price.objects.create(
            pool=pool, effective_from=START, currency="USD", per_slot_second=Decimal("0.001"), created_at=START
        )
        for pool in pools
    ]


def record(price: Price, attempt: str, row: Row) -> UsageRecord:
    return UsageRecord(
        organization_id=current_tenant(),
        job_id=job_id(row.job),
        attempt_id=attempt,
        fence=1,
        slots=row.slots,
        price=price,
        unit_price=price.per_slot_second,
        training_started_at=row.at,
        from_microseconds=0,
        to_microseconds=row.microseconds,
        amount_micros=row.micros,
        billed_by="ckpt_1",
        created_at=row.at,
    )


def job_id(number: int) -> str:
    return f"job_{current_tenant()[-16:]}_{number}"


def member_of(job: int) -> str:
    return f"usr_{job % MEMBERS}"


def key_of(row: Row, by: Dimension, prices: list[Price]) -> str:
    keys = {
        Dimension.POOL: prices[row.pool].pool_id,
        Dimension.JOB: job_id(row.job),
        Dimension.MEMBER: member_of(row.job),
    }
    return keys[by]


def reserve_for_jobs() -> None:
    """A hold for each job: it says whose the job is."""
    for number in range(JOBS):
        about = {"job_id": job_id(number), "job_name": f"job {number}", "created_by": member_of(number)}
        Hold.objects.create(**about, currency="USD", cap_micros=0, amount_micros=0, created_at=START)


# Each example has an organization of its own, so that it does not matter that they share the test's transaction.
@settings(max_examples=EXAMPLES, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=st.lists(st.lists(ROWS, max_size=5), max_size=5), spans=st.lists(SPANS, min_size=1, max_size=4))
def test_sums_are_those_of_the_records(
    prices: list[Price],
    batches: list[list[Row]],
    spans: list[tuple[datetime | None, datetime | None]],
) -> None:
    organization = Organization.objects.create(name="Any", created_at=START)
    with tenant_scope(organization.id):
        reserve_for_jobs()
        for number, batch in enumerate(batches):
            name = f"att_{organization.id[-16:]}_{number}"
            UsageRecord.objects.bulk_create(
                record(prices[row.pool], f"{name}_{place}", row) for place, row in enumerate(batch)
            )
        rows = [row for batch in batches for row in batch]
        for span in spans:
            assert_sums_are_right(prices, rows, *span)
        assert list(check_rollup()) == []
        rebuild()
    assert list(check_rollup()) == []


def assert_sums_are_right(
    prices: list[Price],
    rows: list[Row],
    start: datetime | None,
    end: datetime | None,
) -> None:
    within = [row for row in rows if (start is None or start <= row.at) and (end is None or row.at < end)]
    totals = queries.usage_totals(start=start, end=end)
    assert totals["amount_micros"] == sum(row.micros for row in within)
    slot_time = sum(row.slot_microseconds for row in within)
    assert totals["slot_seconds"] == slot_time / MICROSECONDS_PER_SECOND
    for by in Dimension:
        assert_the_largest_are_right(prices, within, Span(start, end), by)
        for zone in ZONES:
            expected: Counter[tuple[date, str]] = Counter()
            for row in within:
                expected[row.at.astimezone(ZoneInfo(zone)).date(), key_of(row, by, prices)] += row.slot_microseconds
            found = by_day(Span(start, end), by=by, zone=zone)
            assert {(each.day, each.key): each.slot_microseconds for each in found} == expected


def assert_the_largest_are_right(prices: list[Price], within: list[Row], span: Span, by: Dimension) -> None:
    micros: Counter[str] = Counter()
    for row in within:
        micros[key_of(row, by, prices)] += row.micros
    expected = sorted(micros.items(), key=lambda each: (-each[1], each[0]))
    for most in (1, 2, JOBS):
        assert [(each.key, each.amount_micros) for each in largest(span, by=by, most=most)] == expected[:most]


def test_midnight_begins_a_quarter_in_every_time_zone() -> None:
    for zone in sorted(available_timezones()):
        for day in range(0, 366 * 12, 30):
            midnight = datetime(2026, 1, 1, tzinfo=ZoneInfo(zone)) + timedelta(days=day)
            assert (midnight - EPOCH) % QUARTER == timedelta(0), zone
    assert timedelta(0) == DAY % QUARTER
