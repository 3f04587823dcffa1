"""Amounts in Stripe's smallest currency unit, which differs from ISO 4217 for some currencies.

Source: https://docs.stripe.com/currencies#special-cases.
"""

from trainyard.billing.wallet.currencies import DECIMALS
from trainyard.core.money import MICROS_PER_UNIT

_DECIMALS_AT_STRIPE = {**DECIMALS, "ISK": 2, "UGX": 2, "MGA": 0}


def smallest_units(micros: int, currency: str) -> int | None:
    """``None`` where it is not a whole number of Stripe's units."""
    units, rest = divmod(micros * 10 ** _DECIMALS_AT_STRIPE[currency], MICROS_PER_UNIT)
    return None if rest else units


def micros_of(units: int, currency: str) -> int:
    """The way back; ``currency`` in small letters, as Stripe writes it, or in capitals."""
    micros: int = units * MICROS_PER_UNIT // 10 ** _DECIMALS_AT_STRIPE[currency.upper()]
    return micros
