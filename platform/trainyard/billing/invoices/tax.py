"""Value-added tax of an invoice: the operators' table decides the rate between two countries.

A buyer is taxed at the rate of the buyer's country. Where the table allows reverse charge there, and the buyer has a
VAT id and is not in the seller's country, the buyer owes the tax (Article 196 of Directive 2006/112/EC). Where the
table has no rate, no tax is charged, and the invoice says so.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from trainyard.billing.invoices.lines import plain
from trainyard.billing.invoices.models import TaxRate
from trainyard.billing.invoices.rounding import share

REVERSE_CHARGE = "Reverse charge: the recipient is liable for the tax."
NOT_TAXED = "Not subject to tax."
NONE = Decimal(0)


class Category(StrEnum):
    """Duty, tax or fee category (UNTDID 5305) as EN 16931 uses it."""

    STANDARD = "S"
    ZERO = "Z"
    REVERSE_CHARGE = "AE"
    NOT_SUBJECT = "O"


@dataclass(frozen=True, slots=True)
class Treatment:
    """Tax treatment of all supplies on one invoice."""

    category: Category
    percent: Decimal
    country: str
    wording: str

    def on(self, base_micros: int, currency: str) -> dict[str, Any]:
        """What is frozen on the invoice: the tax on the whole base, rounded once."""
        return {
            "category": str(self.category),
            "percent": plain(self.percent),
            "country": self.country,
            "wording": self.wording,
            "base_micros": base_micros,
            "tax_micros": share(base_micros, self.percent, currency),
        }


def treatment(*, seller_country: str, buyer_country: str, buyer_vat_id: str, at: datetime) -> Treatment:
    """The treatment of a supply that ended at ``at``."""
    rate = rate_at(country=buyer_country, at=at)
    if rate is None:
        return Treatment(Category.NOT_SUBJECT, NONE, buyer_country, NOT_TAXED)
    if rate.reverse_charge and buyer_vat_id and buyer_country != seller_country:
        return Treatment(Category.REVERSE_CHARGE, NONE, buyer_country, rate.wording or REVERSE_CHARGE)
    category = Category.STANDARD if rate.percent else Category.ZERO
    return Treatment(category, rate.percent, buyer_country, "")


def rate_at(*, country: str, at: datetime) -> TaxRate | None:
    """The rate that rules in ``country`` at ``at``, if the table has one."""
    return TaxRate.objects.filter(country=country, effective_from__lte=at).order_by("-effective_from").first()
