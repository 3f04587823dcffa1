"""What a stretch of training costs under changing prices: plain values in, plain values out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from trainyard.billing.models import Price
from trainyard.core.money import usage_cost

_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Charge:
    """``[start, end)`` in microseconds of an attempt's training time, under one price; what it costs, in
    micro-units, and how much of that is charged."""

    price: Price
    start: int
    end: int
    cost: int
    charged: int


def charges(
    prices: Sequence[Price],
    *,
    training_started_at: datetime,
    start: int,
    end: int,
    slots: int,
    metered: Mapping[str, int],
    most: int,
) -> list[Charge]:
    """From ``start``, where ``metered`` ends, to ``end``, cut where one of ``prices`` (oldest first) takes over.

    A cost is the growth of the rounded total of its (attempt, price) line, so that a line of any number of stretches
    is rounded once; ``metered`` has the microseconds already on each line, by price id. The sum of what is charged
    stays within ``most``.
    """
    changes = [(price.effective_from - training_started_at) // _MICROSECOND for price in prices[1:]]
    found = []
    for price, (begin, stop) in zip(prices, pairwise([start, *changes, end]), strict=True):
        before = metered.get(price.id, 0)
        cost = _total(price, before + stop - begin, slots) - _total(price, before, slots)
        charged = min(cost, most)
        most -= charged
        found.append(Charge(price, begin, stop, cost, charged))
    return found


def _total(price: Price, microseconds: int, slots: int) -> int:
    return usage_cost(microseconds=microseconds, slots=slots, price_per_slot_second=price.per_slot_second)
