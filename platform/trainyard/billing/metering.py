"""Rating of a span of training time under changing prices. Pure functions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from trainyard.billing.pricing.queries import Rate
from trainyard.core.money import usage_cost

_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class UsageCharge:
    """Cost in micro-units of ``[start, end)``, in microseconds of an attempt's training time, at one rate.

    Usage that is ``included`` in a plan's fee costs nothing.
    """

    rate: Rate
    start: int
    end: int
    cost: int
    included: bool = False


def charges(
    rates: Sequence[Rate],
    *,
    training_started_at: datetime,
    start: int,
    end: int,
    slots: int,
    metered: Mapping[tuple[str, str], int],
    most: int | None,
    included: int = 0,
) -> list[UsageCharge]:
    """From ``start``, where ``metered`` ends, to ``end``, cut where one of ``rates`` (oldest first) takes over.

    A cost is the growth of the rounded total of its (attempt, rate) line, so that a line of any number of stretches
    is rounded once; ``metered`` has the microseconds already on each line, by ``Rate.line``. Where not all can
    be paid with ``most`` micro-units, the charges end where that does. The first ``included`` microseconds of slot time
    that have a price are paid for already.
    """
    changes = [(rate.effective_from - training_started_at) // _MICROSECOND for rate in rates[1:]]
    found: list[UsageCharge] = []
    for rate, (begin, stop) in zip(rates, pairwise([start, *changes, end]), strict=True):
        free = min(included // slots, stop - begin) if rate.per_slot_second else 0
        if free:
            found.append(UsageCharge(rate, begin, begin + free, 0, included=True))
            begin, included = begin + free, included - free * slots
            if begin == stop:
                continue
        before = metered.get(rate.line, 0)
        booked = _total(rate, before, slots)
        paid = stop
        if most is not None:
            paid = min(stop, begin - before + _affordable(rate, booked + most, slots, otherwise=before + stop - begin))
        if paid > begin:
            cost = _total(rate, before + paid - begin, slots) - booked
            found.append(UsageCharge(rate, begin, paid, cost))
            most = None if most is None else most - cost
        if paid < stop:
            break
    return found


def _affordable(rate: Rate, micros: int, slots: int, *, otherwise: int) -> int:
    """The most microseconds whose rounded total is within ``micros``; ``otherwise`` where they cost nothing."""
    if not rate.per_slot_second:
        return otherwise
    # A micro-unit of money per microsecond is one unit per second.
    longest = int((micros + Decimal("0.5")) / (slots * rate.per_slot_second))
    return longest if _total(rate, longest, slots) <= micros else longest - 1


def _total(rate: Rate, microseconds: int, slots: int) -> int:
    return usage_cost(microseconds=microseconds, slots=slots, price_per_slot_second=rate.per_slot_second)
