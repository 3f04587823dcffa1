"""Cost and time limits of a spec at a price: the most that a job may cost, and how long it can train."""

import math
from decimal import Decimal

from trainyard.core.money import MICROS_PER_UNIT, to_micros
from trainyard_spec.training import STRETCH_SECONDS, LimitsConfig

LIMITS = ("max_cost", "max_runtime_seconds")


def cap_micros(limits: LimitsConfig, *, price: Decimal, slots: int) -> int:
    """The most that a job may cost: the customer's ``max_cost`` or, without one, its longest run at ``price``."""
    if limits.max_cost is not None:
        return to_micros(limits.max_cost)
    return longest_run_micros(limits, price=price, slots=slots)


def most_micros(limits: LimitsConfig, *, price: Decimal, slots: int, cap: int) -> int:
    """What a job with that ``cap`` can cost in all if ``price`` stays."""
    return min(cap, longest_run_micros(limits, price=price, slots=slots))


def longest_seconds(limits: LimitsConfig, *, price: Decimal, slots: int) -> int:
    """How long a job can train before a limit stops it, at ``price``; rounded up."""
    if not price:
        return limits.max_runtime_seconds
    cap = Decimal(cap_micros(limits, price=price, slots=slots))
    return min(limits.max_runtime_seconds, math.ceil(cap / (price * slots * MICROS_PER_UNIT)))


def limiting(limits: LimitsConfig, *, price: Decimal, slots: int) -> str:
    """The name of the limit that ``most_micros`` comes from, one of ``LIMITS``."""
    longest = longest_run_micros(limits, price=price, slots=slots)
    return "max_cost" if cap_micros(limits, price=price, slots=slots) < longest else "max_runtime_seconds"


def longest_run_micros(limits: LimitsConfig, *, price: Decimal, slots: int) -> int:
    """What training for all of ``max_runtime_seconds`` costs, rounded up."""
    return training_micros(price, slots=slots, seconds=limits.max_runtime_seconds)


def stretch_micros(limits: LimitsConfig, *, price: Decimal, slots: int) -> int:
    """What a stretch costs, rounded up; a job whose longest run is shorter needs no more than that."""
    return training_micros(price, slots=slots, seconds=min(STRETCH_SECONDS, limits.max_runtime_seconds))


def training_micros(price: Decimal, *, slots: int, seconds: int) -> int:
    """What so much training costs, rounded up."""
    return math.ceil(price * slots * seconds * MICROS_PER_UNIT)
