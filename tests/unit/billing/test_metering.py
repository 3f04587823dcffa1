"""Usage falls under the price that rules at its time, and a line is rounded once."""

from datetime import timedelta
from decimal import Decimal

from tests.support.billing import NOW, SECOND
from trainyard.billing.metering import UsageCharge, charges
from trainyard.billing.models import Price
from trainyard.billing.pricing.queries import Rate


def rate(name: str, per_slot_second: str, *, after: timedelta = timedelta(days=-1)) -> Rate:
    price = Price(id=name, per_slot_second=Decimal(per_slot_second), effective_from=NOW + after)
    return Rate(price, None, price.effective_from)


CHEAP = rate("cheap", "0.0001")
DEAR = rate("dear", "0.0003", after=timedelta(seconds=4))
TINY = rate("tiny", "0.0000004")


def meter(
    *rates: Rate, end: int, most: int = 10**12, metered: dict[tuple[str, str], int] | None = None
) -> list[UsageCharge]:
    return charges(
        rates,
        training_started_at=NOW,
        start=sum((metered or {}).values()),
        end=end,
        slots=2,
        metered=metered or {},
        most=most,
    )


def test_one_price_charges_slots_times_seconds() -> None:
    assert meter(CHEAP, end=10 * SECOND) == [UsageCharge(CHEAP, 0, 10 * SECOND, cost=2_000)]


def test_an_interval_is_split_where_the_price_changes() -> None:
    first, second = meter(CHEAP, DEAR, end=10 * SECOND)
    assert (first.start, first.end, first.cost) == (0, 4 * SECOND, 800)
    assert (second.start, second.end, second.cost) == (4 * SECOND, 10 * SECOND, 3_600)


def test_costs_of_one_line_add_up_to_its_rounded_total() -> None:
    # Two slots for a second cost 0.8 micro-units: rounded each by itself they would make 3.
    metered, costs = 0, []
    for _ in range(3):
        [charge] = meter(TINY, end=metered + SECOND, metered={TINY.line: metered})
        costs.append(charge.cost)
        metered += SECOND
    assert costs == [1, 1, 0]


def test_half_a_micro_unit_rounds_to_even() -> None:
    half = rate("half", "0.00000025")
    assert [meter(half, end=seconds * SECOND)[0].cost for seconds in (1, 3, 5)] == [0, 2, 2]


def test_charges_stop_where_the_most_is_spent() -> None:
    first, second = meter(CHEAP, DEAR, end=10 * SECOND, most=1_000)
    assert (first.end, first.cost) == (4 * SECOND, 800)
    assert (second.end, second.cost) == (
        4 * SECOND + 334_166,
        200,
    )  # 200.4996 rounds to 200, a microsecond more does not


def test_what_costs_nothing_goes_on_without_money() -> None:
    free = rate("free", "0")
    assert meter(free, end=SECOND, most=0) == [UsageCharge(free, 0, SECOND, cost=0)]
