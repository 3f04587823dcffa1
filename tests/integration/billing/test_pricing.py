"""Price books: list prices, contracted prices, and the rate that an organization pays at a moment."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from tests.support.billing import NOW, SECOND, UNIT, credit, keep, moment
from tests.support.platform import START
from trainyard.billing import holds
from trainyard.billing.models import BillingAccount, ContractedPrice, UsageRecord
from trainyard.billing.pricing import operations
from trainyard.billing.pricing.operations import DatesOverlap, PriceExists
from trainyard.billing.pricing.queries import NoPrice, Rate, RateKey, asked_prices, price_history, rate_at
from trainyard.core.errors import InvalidInput, NotFound
from trainyard.core.models import AuditEvent
from trainyard.core.read_together import read_together
from trainyard.core.tenancy import tenant_scope
from trainyard.pools.models import Pool
from trainyard.tenants.models import Organization


def set_price(pool: Pool, price: str, *, at: datetime = NOW, **kind: Any) -> Any:
    return operations.set_price(
        pool_id=pool.id, per_slot_second=Decimal(price), effective_from=at, actor="tests", now=NOW, **kind
    )


def contract(organization: Organization, pool: Pool, price: str, *, at: datetime = NOW, **terms: Any) -> Any:
    return operations.contract_price(
        organization_id=organization.id,
        pool_id=pool.id,
        per_slot_second=Decimal(price),
        effective_from=at,
        actor="tests",
        now=NOW,
        **terms,
    )


def discount(organization: Organization, percent: str, *, at: datetime = NOW, **terms: Any) -> Any:
    return operations.discount(
        organization_id=organization.id,
        percent_off=Decimal(percent),
        effective_from=at,
        actor="tests",
        now=NOW,
        **terms,
    )


def rate(organization: Organization, pool: Pool, seconds: float = 0, *, preemptible: bool = False) -> Rate:
    return rate_at(RateKey(organization.id, pool.id, preemptible), at=moment(seconds))


def paid(organization: Organization, pool: Pool, seconds: float = 0, *, preemptible: bool = False) -> Decimal:
    return rate(organization, pool, seconds, preemptible=preemptible).per_slot_second


def test_the_price_at_a_moment_is_the_last_that_took_effect(organization: Organization, pool: Pool) -> None:
    later = set_price(pool, "0.5", at=moment(9))
    assert paid(organization, pool, 8.999) == Decimal("0.0001")
    assert rate(organization, pool, 9).price == later


def test_an_interval_has_every_rate_that_rules_somewhere_in_it(organization: Organization, pool: Pool) -> None:
    set_price(pool, "0.5", at=moment(9))

    def between(start: float, end: float) -> list[tuple[Decimal, datetime]]:
        key, interval = RateKey(organization.id, pool.id, preemptible=False), (moment(start), moment(end))
        asked = asked_prices(key, start=interval[0], end=interval[1])
        found = price_history(key, read_together(*asked)).rates(*interval)
        return [(each.per_slot_second, each.effective_from) for each in found]

    listed, raised = (Decimal("0.0001"), START), (Decimal("0.5"), moment(9))
    assert between(0, 9) == [listed]
    assert between(0, 9.001) == [listed, raised]
    assert between(9, 10) == [raised]


def test_before_the_first_price_there_is_none(organization: Organization, pool: Pool) -> None:
    with pytest.raises(NoPrice) as refusal:
        rate_at(RateKey(organization.id, pool.id, preemptible=False), at=START.replace(year=START.year - 1))
    assert (refusal.value.status, refusal.value.code) == (409, "no_price")


@pytest.mark.parametrize(
    ("price", "after"), [("-0.1", 0), ("0.0000000001", 0), ("1000.1", 0), ("Infinity", 0), ("NaN", 0), ("0.1", -1)]
)
def test_impossible_prices_are_refused(organization: Organization, pool: Pool, price: str, after: int) -> None:
    with pytest.raises(InvalidInput):
        set_price(pool, price, at=moment(after))
    with pytest.raises(InvalidInput):
        contract(organization, pool, price, at=moment(after))
    assert paid(organization, pool, 60) == Decimal("0.0001")


def test_two_prices_never_take_effect_at_one_moment(pool: Pool) -> None:
    set_price(pool, "1", at=moment(1))
    with pytest.raises(PriceExists):
        set_price(pool, "2", at=moment(1))


def test_preemptible_jobs_pay_their_own_price_or_without_one_that_of_others(
    organization: Organization, pool: Pool
) -> None:
    assert paid(organization, pool, preemptible=True) == Decimal("0.0001")
    set_price(pool, "0.00003", preemptible=True)
    set_price(pool, "0.0002", at=moment(5))
    assert paid(organization, pool, 6, preemptible=True) == Decimal("0.00003")
    assert paid(organization, pool, 6) == Decimal("0.0002")


def test_a_contracted_price_is_of_one_organization_alone(organization: Organization, pool: Pool) -> None:
    other = Organization.objects.create(name="Other", created_at=START)
    contract(organization, pool, "0.00004")
    assert paid(organization, pool) == Decimal("0.00004")
    assert paid(other, pool) == Decimal("0.0001")
    event = AuditEvent.objects.get(action="price.contract")
    assert event.organization_id == organization.id


def test_a_contract_that_ends_gives_way_to_what_it_stood_before(organization: Organization, pool: Pool) -> None:
    discount(organization, "10")
    contract(organization, pool, "0.00004", at=moment(10), effective_until=moment(20))
    assert [paid(organization, pool, at) for at in (9.9, 10, 19.9, 20)] == [
        Decimal("0.00009"),
        Decimal("0.00004"),
        Decimal("0.00004"),
        Decimal("0.00009"),
    ]


def test_a_discount_of_the_pool_goes_before_one_of_all(organization: Organization, pool: Pool) -> None:
    discount(organization, "50", pool_id=pool.id)
    discount(organization, "10", at=moment(5))
    assert paid(organization, pool, 6) == Decimal("0.00005")
    discount(organization, "0", pool_id=pool.id, at=moment(7))
    assert paid(organization, pool, 8) == Decimal("0.0001")


def test_a_discounted_rate_is_rounded_once_half_to_even(organization: Organization, pool: Pool) -> None:
    set_price(pool, "0.000000005", at=moment(1))
    discount(organization, "50", at=moment(1))
    assert paid(organization, pool, 2) == Decimal("0.000000002")


@pytest.mark.parametrize("percent", ["-1", "100.01", "0.001", "NaN", "Infinity"])
def test_impossible_discounts_are_refused(organization: Organization, percent: str) -> None:
    with pytest.raises(InvalidInput):
        discount(organization, percent)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ((0, None), (0, None)),
        ((0, None), (0, 9)),
        ((0, 10), (5, None)),
        ((0, 10), (9.999, 20)),
        ((5, 10), (0, 6)),
        ((5, None), (0, 6)),
    ],
)
def test_overlapping_effective_dates_are_refused(
    organization: Organization, pool: Pool, first: tuple[float, Any], second: tuple[float, Any]
) -> None:
    def agree(dates: tuple[float, Any], price: str) -> None:
        start, end = dates
        until = None if end is None else moment(end)
        contract(organization, pool, price, at=moment(start), effective_until=until)

    agree(first, "0.5")
    with pytest.raises(DatesOverlap) as refusal:
        agree(second, "0.6")
    assert refusal.value.code == "effective_dates_overlap"
    with tenant_scope(organization.id):
        assert ContractedPrice.objects.count() == 1


def test_a_contract_neither_ends_before_it_began_nor_is_of_nobody(organization: Organization, pool: Pool) -> None:
    with pytest.raises(InvalidInput):
        contract(organization, pool, "1", at=moment(5), effective_until=moment(5))
    with pytest.raises(NotFound):
        operations.discount(
            organization_id="org_none", percent_off=Decimal(1), effective_from=NOW, actor="tests", now=NOW
        )


def test_usage_splits_where_a_contract_takes_over_and_keeps_its_price(in_tenant: Organization, pool: Pool) -> None:
    credit(in_tenant.id, 10 * UNIT)
    holds.reserve_funds(job_id="job_1", cap_micros=UNIT, now=NOW)
    discount(in_tenant, "25", at=moment(4), effective_until=moment(6))
    assert keep(pool_id=pool.id, begin=0, end=10 * SECOND) == 400 + 150 + 400
    lines = UsageRecord.objects.order_by("from_microseconds").values_list("unit_price", "amount_micros")
    assert list(lines) == [(Decimal("0.0001"), 400), (Decimal("0.000075"), 150), (Decimal("0.0001"), 400)]
    discount(in_tenant, "90", at=moment(8))
    assert [amount for _, amount in lines.all()] == [400, 150, 400]


def test_a_price_in_another_currency_is_none(organization: Organization, pool: Pool) -> None:
    with tenant_scope(organization.id):
        BillingAccount.objects.create(organization=organization, currency="EUR", created_at=NOW)
    with pytest.raises(NoPrice):
        rate(organization, pool)
    set_price(pool, "0.00009", currency="EUR")
    assert (rate(organization, pool).currency, paid(organization, pool)) == ("EUR", Decimal("0.00009"))
    with pytest.raises(InvalidInput) as refusal:
        set_price(pool, "1", currency="EUX")
    assert refusal.value.errors[0].code == "unknown_currency"


@pytest.mark.parametrize("change", ["UPDATE {} SET currency = 'XXX'", "DELETE FROM {}"])
def test_a_contracted_price_is_never_changed(organization: Organization, pool: Pool, change: str) -> None:
    contract(organization, pool, "0.5")
    with (
        pytest.raises(DatabaseError),
        transaction.atomic(),
        tenant_scope(organization.id),
        connection.cursor() as cursor,
    ):
        cursor.execute(change.format(ContractedPrice._meta.db_table))
