"""Amounts on documents: micro-units rounded half-even to the currency's minor unit."""

from decimal import ROUND_HALF_EVEN, Decimal

from trainyard.billing.wallet.currencies import DECIMALS
from trainyard.core.money import MICROS_PER_UNIT


def minor_unit_micros(currency: str) -> int:
    """How many micro-units the smallest amount is that can be paid in ``currency``."""
    divisor: int = 10 ** DECIMALS[currency]
    return MICROS_PER_UNIT // divisor


def rounded(micros: int, currency: str) -> int:
    """``micros`` to the nearest whole minor unit, half to even; still in micro-units."""
    unit = minor_unit_micros(currency)
    return int((Decimal(micros) / unit).quantize(Decimal(1), rounding=ROUND_HALF_EVEN)) * unit


def share(micros: int, percent: Decimal, currency: str) -> int:
    """``percent`` of ``micros``, rounded once to whole minor units, half to even."""
    unit = minor_unit_micros(currency)
    exact = Decimal(micros) * percent / 100 / unit
    return int(exact.quantize(Decimal(1), rounding=ROUND_HALF_EVEN)) * unit


def written(micros: int, currency: str) -> str:
    """``12.50``, as documents have it: with the decimals of the minor unit."""
    decimals = DECIMALS[currency]
    return f"{Decimal(micros).scaleb(-6):.{decimals}f}"
