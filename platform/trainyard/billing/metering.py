"""What a stretch of training costs under changing prices: plain values in, plain values out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from trainyard.billing.models import Price
from trainyard.core.money import usage_cost

_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Charge:
    """``[start, end)`` in microseconds of an attempt's training time, under one price, and its cost in micro-units."""

    price: Price
    start: int
    end: int
    cost: int


def charges(
    prices: Sequence[Price],
    *,
    training_started_at: datetime,
    start: int,
    end: int,
    slots: int,
    metered: Mapping[str, int],
    most: int | None,
) -> list[Charge]:
    """From ``start``, where ``metered`` ends, to ``end``, cut where one of ``prices`` (oldest first) takes over.

    A cost is the growth of the rounded total of its (attempt, price) line, so that a line of any number of stretches
    is rounded once; ``metered`` has the microseconds already on each line, by price id. Where not all can be paid with
    ``most`` micro-units, the charges end where that does.
    """
    changes = [(price.effective_from - training_started_at) // _MICROSECOND for price in prices[1:]]
    found: list[Charge] = []
    for price, (begin, stop) in zip(prices, pairwise([start, *changes, end]), strict=True):
        before = metered.get(price.id, 0)
        booked = _total(price, before, slots)
        paid = stop
        if most is not None:
            paid = min(stop, begin - before + _affordable(price, booked + most, slots, otherwise=before + stop - begin))
        if paid > begin:
            cost = _total(price, before + paid - begin, slots) - booked
            found.append(Charge(price, begin, paid, cost))
            most = None if most is None else most - cost
        if paid < stop:
            break
    return found


def _affordable(price: Price, micros: int, slots: int, *, otherwise: int) -> int:
    """The most microseconds whose rounded total is within ``micros``; ``otherwise`` where they cost nothing."""
    if not price.per_slot_second:
        return otherwise
    # A micro-unit of money per microsecond is one unit per second.
    longest = int((micros + Decimal("0.5")) / (slots * price.per_slot_second))
    return longest if _total(price, longest, slots) <= micros else longest - 1


def _total(price: Price, microseconds: int, slots: int) -> int:
    return usage_cost(microseconds=microseconds, slots=slots, price_per_slot_second=price.per_slot_second)
