"""Writes of price books. No price is ever changed: the earlier price stays in force for the time before the new one."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Q

from trainyard.billing.pricing.models import MAX_PERCENT, MAX_PRICE, ContractedPrice, Price
from trainyard.billing.pricing.queries import PRICE_DECIMALS
from trainyard.billing.wallet.currencies import checked_currency, currencies_of, default_currency
from trainyard.core import audit
from trainyard.core.errors import Conflict, FieldError, InvalidInput, NotFound
from trainyard.core.tenancy import tenant_scope
from trainyard.tenants.models import Organization

PERCENT_DECIMALS = Decimal("0.01")


class PriceExists(Conflict):
    code = "price_exists"


class DatesOverlap(Conflict):
    """The organization has another contracted price in that time."""

    code = "effective_dates_overlap"


@transaction.atomic
def set_price(
    *,
    pool_id: str,
    per_slot_second: Decimal,
    effective_from: datetime,
    actor: str,
    now: datetime,
    preemptible: bool = False,
    currency: str | None = None,
) -> Price:
    """A new list price of a pool, by default in the platform's currency.

    Raises ``InvalidInput`` for a price out of range or with more than nine decimals, for a time in the past and for an
    unknown currency, ``PriceExists`` when another price takes effect at the same moment.
    """
    _check_price(per_slot_second)
    _check_beginning(effective_from, now=now)
    currency = checked_currency(currency or default_currency())
    kind = {"pool_id": pool_id, "preemptible": preemptible, "currency": currency}
    ruling = Price.objects.filter(effective_from__lte=effective_from, **kind).order_by("-effective_from")
    before = ruling.values("per_slot_second", "currency").first()
    price, created = Price.objects.get_or_create(
        effective_from=effective_from, **kind, defaults={"per_slot_second": per_slot_second, "created_at": now}
    )
    if not created:
        raise PriceExists("Another price takes effect at this moment.", hint="Choose another effective_from.")
    audit.record(
        actor=actor,
        action="price.set",
        target=price.id,
        now=now,
        before=before,
        after={"per_slot_second": per_slot_second, "currency": currency},
        pool=pool_id,
        preemptible=preemptible,
        effective_from=effective_from,
    )
    return price


def contract_price(
    *,
    organization_id: str,
    pool_id: str,
    per_slot_second: Decimal,
    effective_from: datetime,
    actor: str,
    now: datetime,
    preemptible: bool = False,
    effective_until: datetime | None = None,
) -> ContractedPrice:
    """A price that one organization alone has for a pool. Raises what ``set_price`` does, and ``DatesOverlap``."""
    _check_price(per_slot_second)
    terms = {"pool_id": pool_id, "preemptible": preemptible, "per_slot_second": per_slot_second}
    return _contract(organization_id, effective_from, effective_until, terms, actor=actor, now=now)


def discount(
    *,
    organization_id: str,
    percent_off: Decimal,
    effective_from: datetime,
    actor: str,
    now: datetime,
    pool_id: str | None = None,
    effective_until: datetime | None = None,
) -> ContractedPrice:
    """A discount of one organization on the list prices of a pool, or of all. Raises as ``contract_price`` does."""
    in_range = percent_off.is_finite() and 0 <= percent_off <= MAX_PERCENT
    if not in_range or percent_off % PERCENT_DECIMALS:
        raise _invalid("percent_off", "The discount must be a number from 0 to 100 with at most two decimals.")
    terms = {"pool_id": pool_id, "percent_off": percent_off}
    return _contract(organization_id, effective_from, effective_until, terms, actor=actor, now=now)


@transaction.atomic
def _contract(
    organization_id: str,
    effective_from: datetime,
    effective_until: datetime | None,
    terms: dict[str, Any],
    *,
    actor: str,
    now: datetime,
) -> ContractedPrice:
    _check_beginning(effective_from, now=now)
    if effective_until is not None and effective_until <= effective_from:
        raise _invalid("effective_until", "It must end after it began.")
    # Contracts of one organization are made one after the other: each is held against those before it.
    if not Organization.objects.select_for_update(no_key=True).filter(id=organization_id).exists():
        raise NotFound("There is no organization by that id.")
    with tenant_scope(organization_id):
        _refuse_overlap(effective_from, effective_until, terms)
        contract = ContractedPrice.objects.create(
            organization_id=organization_id,
            currency=currencies_of([organization_id])[organization_id],
            effective_from=effective_from,
            effective_until=effective_until,
            created_at=now,
            **terms,
        )
    audit.record(
        actor=actor,
        action="price.contract",
        target=contract.id,
        organization_id=organization_id,
        now=now,
        after={**terms, "effective_from": effective_from, "effective_until": effective_until},
    )
    return contract


def _refuse_overlap(start: datetime, end: datetime | None, terms: dict[str, Any]) -> None:
    """One without an end is followed by the next; none begins within the dates of one that ends, or at its moment."""
    same = ContractedPrice.objects.filter(pool_id=terms["pool_id"], preemptible=terms.get("preemptible"))
    clash = Q(effective_from=start) | Q(effective_from__lt=start, effective_until__gt=start)
    if end is not None:
        clash |= Q(effective_from__gt=start, effective_from__lt=end)
    if (other := same.filter(clash).first()) is not None:
        until = "" if other.effective_until is None else f" until {other.effective_until.isoformat()}"
        message = f"The contracted price {other.id} rules from {other.effective_from.isoformat()}{until}."
        hint = "Choose dates that do not overlap with it."
        raise DatesOverlap(message, hint=hint, errors=(FieldError("effective_from", "overlap", message, hint),))


def _check_price(per_slot_second: Decimal) -> None:
    in_range = per_slot_second.is_finite() and 0 <= per_slot_second <= MAX_PRICE
    if not in_range or per_slot_second % PRICE_DECIMALS:
        message = f"The price must be a number from 0 to {MAX_PRICE:,} with at most nine decimals."
        raise _invalid("per_slot_second", message)


def _check_beginning(effective_from: datetime, *, now: datetime) -> None:
    if effective_from < now:
        raise _invalid("effective_from", "A price cannot take effect in the past.")


def _invalid(field: str, message: str) -> InvalidInput:
    return InvalidInput(message, errors=(FieldError(field, "invalid", message),))
