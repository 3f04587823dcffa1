"""Price book of storage and predictions. Unlike training, they are free while they have no price."""

import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import QuerySet

from trainyard.billing.meters.models import MeteredUsage, MeterPrice
from trainyard.billing.pricing.models import MAX_PRICE
from trainyard.billing.wallet.currencies import checked_currency, currency, default_currency
from trainyard.core import audit
from trainyard.core.errors import Conflict, FieldError, InvalidInput
from trainyard.core.money import MICROS_PER_UNIT

Kind = MeteredUsage.Kind
GB_HOUR, CALL, SECOND = "GB-hour", "call", "second"
UNITS: dict[MeteredUsage.Kind, tuple[str, ...]] = {Kind.STORAGE: (GB_HOUR,), Kind.PREDICTIONS: (CALL, SECOND)}
"""The units that each meter is priced by. A GB is 10⁹ bytes."""
DECIMALS = Decimal("0.000000001")


class MeterPriceExists(Conflict):
    code = "price_exists"


def meter_prices() -> QuerySet[MeterPrice]:
    """All, of every currency."""
    return MeterPrice.objects.all()


def ruling_prices(*, currency: str, at: Sequence[datetime]) -> list[MeterPrice]:
    """The prices in ``currency`` that may rule at one of the moments ``at``, newest first."""
    known = MeterPrice.objects.filter(currency=currency, effective_from__lte=max(at))
    return list(known.order_by("-effective_from"))


def most_micros(kind: MeteredUsage.Kind, quantities: Mapping[str, int], *, now: datetime) -> int:
    """The most that ``quantities`` by unit cost the tenant in context at the prices of now, however they round."""
    known = ruling_prices(currency=currency(), at=[now])
    most = 0
    for unit, quantity in quantities.items():
        price = next((each for each in known if (each.kind, each.unit) == (kind, unit)), None)
        if price is not None and price.per_unit:
            most += math.ceil(price.per_unit * quantity * MICROS_PER_UNIT) + 1  # what the row before left over
    return most


@transaction.atomic
def set_meter_price(
    *,
    kind: str,
    unit: str,
    per_unit: Decimal,
    currency: str | None,
    effective_from: datetime,
    actor: str,
    now: datetime,
) -> MeterPrice:
    """A new price of a meter; what ruled so far keeps ruling for the time before.

    Raises ``InvalidInput`` for a unit that the meter does not have, a price out of range or with more than nine
    decimals and a time in the past, ``MeterPriceExists`` where another takes effect then.
    """
    _check(kind, unit, per_unit, effective_from=effective_from, now=now)
    price, created = MeterPrice.objects.get_or_create(
        kind=kind,
        unit=unit,
        currency=checked_currency(currency or default_currency()),
        effective_from=effective_from,
        defaults={"per_unit": per_unit, "created_at": now},
    )
    if not created:
        raise MeterPriceExists("Another price takes effect at this moment.", hint="Choose another effective_from.")
    audit.record(
        actor=actor,
        action="meter_price.set",
        target=price.id,
        now=now,
        after={"per_unit": per_unit, "currency": price.currency},
        meter=kind,
        unit=unit,
        effective_from=effective_from,
    )
    return price


def _check(kind: str, unit: str, per_unit: Decimal, *, effective_from: datetime, now: datetime) -> None:
    if unit not in UNITS.get(Kind(kind), ()):
        raise _invalid("unit", f"{kind} is priced by {' and '.join(UNITS.get(Kind(kind), ('nothing',)))}.")
    if not per_unit.is_finite() or not 0 <= per_unit <= MAX_PRICE or per_unit % DECIMALS:
        raise _invalid("per_unit", f"The price must be a number from 0 to {MAX_PRICE:,} with at most nine decimals.")
    if effective_from < now:
        raise _invalid("effective_from", "A price cannot take effect in the past.")


def _invalid(field: str, message: str) -> InvalidInput:
    return InvalidInput(message, errors=(FieldError(field, "invalid", message),))
