"""Money as an integer number of micro-units of one currency; converted to decimals only in the API."""

from decimal import ROUND_HALF_EVEN, Decimal
from functools import lru_cache

MICROS_PER_UNIT = 1_000_000
MICROSECONDS_PER_SECOND = 1_000_000


def to_micros(amount: Decimal) -> int:
    """``amount`` in micro-units. Raises ``ValueError`` when it has more than six decimals."""
    micros = amount * MICROS_PER_UNIT
    if micros != micros.to_integral_value():
        raise ValueError(f"{amount} has more than six decimals")
    return int(micros)


@lru_cache(4_096)
def format_micros(micros: int) -> str:
    """A decimal string with six decimals, as the API writes money: ``1500000`` → ``"1.500000"``."""
    return f"{Decimal(micros).scaleb(-6):.6f}"


def usage_cost(*, microseconds: int, slots: int, price_per_slot_second: Decimal) -> int:
    """Micro-units for ``slots`` over ``microseconds``, rounded once, half to even."""
    exact = Decimal(microseconds * slots) / MICROSECONDS_PER_SECOND * price_per_slot_second * MICROS_PER_UNIT
    return int(exact.quantize(Decimal(1), rounding=ROUND_HALF_EVEN))
