"""Usage falls under the price that rules at its time, and a line is rounded once."""

from datetime import timedelta
from decimal import Decimal

from tests.support.billing import NOW, SECOND
from trainyard.billing.metering import Charge, charges
from trainyard.billing.models import Price

CHEAP = Price(id="cheap", per_slot_second=Decimal("0.0001"), effective_from=NOW - timedelta(days=1))
DEAR = Price(id="dear", per_slot_second=Decimal("0.0003"), effective_from=NOW + timedelta(seconds=4))
TINY = Price(id="tiny", per_slot_second=Decimal("0.0000004"), effective_from=NOW - timedelta(days=1))


def meter(*prices: Price, end: int, most: int = 10**12, metered: dict[str, int] | None = None) -> list[Charge]:
    return charges(
        prices,
        training_started_at=NOW,
        start=sum((metered or {}).values()),
        end=end,
        slots=2,
        metered=metered or {},
        most=most,
    )


def test_one_price_charges_slots_times_seconds() -> None:
    assert meter(CHEAP, end=10 * SECOND) == [Charge(CHEAP, 0, 10 * SECOND, cost=2_000)]


def test_an_interval_is_split_where_the_price_changes() -> None:
    first, second = meter(CHEAP, DEAR, end=10 * SECOND)
    assert (first.start, first.end, first.cost) == (0, 4 * SECOND, 800)
    assert (second.start, second.end, second.cost) == (4 * SECOND, 10 * SECOND, 3_600)


def test_costs_of_one_line_add_up_to_its_rounded_total() -> None:
    # Two slots for a second cost 0.8 micro-units: rounded each by itself they would make 3.
    metered, costs = 0, []
    for _ in range(3):
        [charge] = meter(TINY, end=metered + SECOND, metered={"tiny": metered})
        costs.append(charge.cost)
        metered += SECOND
    assert costs == [1, 1, 0]


def test_half_a_micro_unit_rounds_to_even() -> None:
    half = Price(id="half", per_slot_second=Decimal("0.00000025"), effective_from=NOW - timedelta(days=1))
    assert [meter(half, end=seconds * SECOND)[0].cost for seconds in (1, 3, 5)] == [0, 2, 2]


def test_charges_stop_where_the_most_is_spent() -> None:
    first, second = meter(CHEAP, DEAR, end=10 * SECOND, most=1_000)
    assert (first.end, first.cost) == (4 * SECOND, 800)
    assert (second.end, second.cost) == (
        4 * SECOND + 334_166,
        200,
    )  # 200.4996 rounds to 200, a microsecond more does not


def test_what_costs_nothing_goes_on_without_money() -> None:
    free = Price(id="free", per_slot_second=Decimal(0), effective_from=NOW - timedelta(days=1))
    assert meter(free, end=SECOND, most=0) == [Charge(free, 0, SECOND, cost=0)]
