"""Sums from the usage rollup are those of the usage records, for any usage, in any order, over any period."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.fault_scale import times
from tests.support.platform import START
from trainyard.billing import queries
from trainyard.billing.models import Price, UsageRecord
from trainyard.billing.usage_rollup.models import DAY, QUARTER
from trainyard.billing.usage_rollup.operations import rebuild
from trainyard.billing.usage_rollup.queries import EPOCH, Span, by_day_and_pool
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
ROWS = st.tuples(MOMENTS, st.integers(0, 1), st.integers(1, 3), st.integers(1, 10**10), st.integers(0, 10**9))
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


def record(price: Price, attempt: str, row: tuple[datetime, int, int, int, int]) -> UsageRecord:
    at, _, slots, microseconds, micros = row
    return UsageRecord(
        organization_id=current_tenant(),
        job_id="job_1",
        attempt_id=attempt,
        fence=1,
        slots=slots,
        price=price,
        unit_price=price.per_slot_second,
        training_started_at=at,
        from_microseconds=0,
        to_microseconds=microseconds,
        amount_micros=micros,
        billed_by="ckpt_1",
        created_at=at,
    )


# Each example has an organization of its own, so that it does not matter that they share the test's transaction.
@settings(max_examples=EXAMPLES, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=st.lists(st.lists(ROWS, max_size=5), max_size=5), spans=st.lists(SPANS, min_size=1, max_size=4))
def test_sums_are_those_of_the_records(
    prices: list[Price],
    batches: list[list[tuple[datetime, int, int, int, int]]],
    spans: list[tuple[datetime | None, datetime | None]],
) -> None:
    organization = Organization.objects.create(name="Any", created_at=START)
    with tenant_scope(organization.id):
        for number, batch in enumerate(batches):
            name = f"att_{organization.id[-16:]}_{number}"
            UsageRecord.objects.bulk_create(
                record(prices[row[1]], f"{name}_{place}", row) for place, row in enumerate(batch)
            )
        rows = [row for batch in batches for row in batch]
        for span in spans:
            assert_sums_are_right(prices, rows, *span)
        assert list(check_rollup()) == []
        rebuild()
    assert list(check_rollup()) == []


def assert_sums_are_right(
    prices: list[Price],
    rows: list[tuple[datetime, int, int, int, int]],
    start: datetime | None,
    end: datetime | None,
) -> None:
    within = [row for row in rows if (start is None or start <= row[0]) and (end is None or row[0] < end)]
    totals = queries.usage_totals(start=start, end=end)
    assert totals["amount_micros"] == sum(row[4] for row in within)
    slot_time = sum(row[2] * row[3] for row in within)
    assert totals["slot_seconds"] == slot_time / MICROSECONDS_PER_SECOND
    for zone in ZONES:
        expected: Counter[tuple[date, str]] = Counter()
        for at, pool, slots, microseconds, _ in within:
            expected[at.astimezone(ZoneInfo(zone)).date(), prices[pool].pool_id] += slots * microseconds
        found = by_day_and_pool(Span(start, end), zone=zone)
        assert {(each.day, each.pool_id): each.slot_microseconds for each in found} == expected


def test_midnight_begins_a_quarter_in_every_time_zone() -> None:
    for zone in sorted(available_timezones()):
        for day in range(0, 366 * 12, 30):
            midnight = datetime(2026, 1, 1, tzinfo=ZoneInfo(zone)) + timedelta(days=day)
            assert (midnight - EPOCH) % QUARTER == timedelta(0), zone
    assert timedelta(0) == DAY % QUARTER
