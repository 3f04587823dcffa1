"""Current legal data of seller and buyer. Each invoice stores its own copy."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from trainyard.billing.calendar.months import Month
from trainyard.billing.invoices import identifiers
from trainyard.billing.invoices.models import MAX_RATE, BillingProfile, Invoice, LegalEntity, TaxRate
from trainyard.core import audit
from trainyard.core.errors import Conflict, FieldError, InvalidInput
from trainyard.core.tenancy import current_tenant
from trainyard.tenants.models import Organization

ADDRESS = ("address_line1", "address_line2", "postal_code", "city", "country")
SELLER_FIELDS = ("name", *ADDRESS, "vat_id", "registration_number", "email", "iban", "bic")
BUYER_FIELDS = ("legal_name", *ADDRESS, "vat_id", "email")
UNNAMED_SELLER = "The operator of this Trainyard"
"""Sells until an operator says who does."""
FIRST_PREFIX = "INV"
PERCENT_DECIMALS = Decimal("0.001")


class TaxRateExists(Conflict):
    code = "tax_rate_exists"


def current_entity(*, now: datetime) -> LegalEntity:
    """Who sells now; without any, an unnamed one whose documents are numbered all the same."""
    entity = LegalEntity.objects.order_by("-chosen_at", "-id").first()
    if entity is None:
        entity, _ = LegalEntity.objects.get_or_create(
            number_prefix=FIRST_PREFIX, defaults={"name": UNNAMED_SELLER, "chosen_at": now}
        )
    return entity


@transaction.atomic
def choose_entity(*, actor: str, now: datetime, number_prefix: str, **data: Any) -> LegalEntity:
    """Sells as the legal entity whose documents begin with ``number_prefix``, from now on and with these data.

    A new prefix makes another entity, with numbers of its own. What was finalized keeps the data of its time. Raises
    ``InvalidIdentifier``.
    """
    data["country"] = identifiers.country(data.get("country", ""))
    data["vat_id"] = identifiers.vat_id(data.get("vat_id", ""), of=data["country"])
    before = LegalEntity.objects.filter(number_prefix=number_prefix).values(*SELLER_FIELDS, "payment_days").first()
    entity, _ = LegalEntity.objects.update_or_create(number_prefix=number_prefix, defaults={**data, "chosen_at": now})
    audit.record(
        actor=actor,
        action="legal_entity.chosen",
        target=entity.id,
        now=now,
        before=before,
        after={name: getattr(entity, name) for name in (*SELLER_FIELDS, "payment_days")},
        number_prefix=number_prefix,
    )
    return entity


@transaction.atomic
def set_tax_rate(
    *,
    country: str,
    percent: Decimal,
    reverse_charge: bool,
    wording: str,
    effective_from: datetime,
    actor: str,
    now: datetime,
) -> TaxRate:
    """Taxes buyers of ``country`` at ``percent`` from ``effective_from``; what is finalized keeps its rate.

    Raises ``InvalidIdentifier``, ``InvalidInput`` and, where another takes effect then, ``TaxRateExists``.
    """
    code = identifiers.country(country)
    if not code or not percent.is_finite() or not 0 <= percent <= MAX_RATE or percent % PERCENT_DECIMALS:
        message = "A tax rate needs a country and a percentage from 0 to 100 with at most three decimals."
        raise InvalidInput(message, errors=(FieldError("percent", "invalid", message),))
    rate, created = TaxRate.objects.get_or_create(
        country=code,
        effective_from=effective_from,
        defaults={"percent": percent, "reverse_charge": reverse_charge, "wording": wording, "created_at": now},
    )
    if not created:
        raise TaxRateExists("Another rate of this country takes effect then.", hint="Choose another effective_from.")
    audit.record(
        actor=actor,
        action="tax_rate.set",
        target=f"tax_rate_{code}",
        now=now,
        after={"percent": percent, "reverse_charge": reverse_charge, "wording": wording},
        effective_from=effective_from,
    )
    return rate


def profile() -> BillingProfile:
    """The billing profile of the tenant in context; empty where none was given."""
    found = BillingProfile.objects.first()
    if found is not None:
        return found
    name = Organization.objects.values_list("name", flat=True).get(id=current_tenant())
    return BillingProfile(organization_id=current_tenant(), legal_name=name)


@transaction.atomic
def set_profile(*, actor: str, now: datetime, **changes: Any) -> BillingProfile:
    """Changes the billing profile of the tenant in context; what is left out stays. Raises ``InvalidIdentifier``.

    Another time zone moves the end of the open month, which then begins where the last one ended.
    """
    changed = profile()
    before = {name: getattr(changed, name) for name in changes}
    for name, value in changes.items():
        setattr(changed, name, value)
    changed.country = identifiers.country(changed.country)
    changed.vat_id = identifiers.vat_id(changed.vat_id, of=changed.country)
    changed.time_zone = identifiers.time_zone(changed.time_zone)
    changed.updated_at = now
    changed.save()
    _move_open_month(changed.time_zone)
    audit.record(
        actor=actor,
        action="billing_profile.changed",
        target=current_tenant(),
        organization_id=current_tenant(),
        now=now,
        before=before,
        after={name: getattr(changed, name) for name in changes},
    )
    return changed


def _move_open_month(zone: str) -> None:
    for draft in Invoice.objects.select_for_update().filter(state=Invoice.State.DRAFT).exclude(time_zone=zone):
        month = Month.parse(draft.month)
        while month.end(zone) <= draft.period_start:  # the zones lie a day apart at most
            month = month.next()
        Invoice.objects.filter(id=draft.id).update(time_zone=zone, month=str(month), period_end=month.end(zone))


def seller_on_paper(entity: LegalEntity) -> dict[str, str]:
    """What an invoice freezes of who sells."""
    return {name: getattr(entity, name) for name in SELLER_FIELDS}


def buyer_on_paper(buyer: BillingProfile) -> dict[str, str]:
    """What an invoice freezes of who buys."""
    return {name: getattr(buyer, name) for name in BUYER_FIELDS}
