"""Electronic invoice: Cross Industry Invoice of EN 16931 as factur-x writes it, validated by the schema it ships.

Source: https://fnfe-mpe.org/factur-x/, profile EN 16931; BT and BG are that norm's names of fields.
"""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from trainyard.billing.invoices.models import Invoice, InvoiceLine
from trainyard.billing.invoices.rounding import written
from trainyard.billing.invoices.tax import Category

LEVEL = "en16931"
COMMERCIAL_INVOICE = "380"
CREDIT_TRANSFER = "58"
UNITS = {"slot-second": "SEC", "second": "SEC", "GB-hour": "HUR", "month": "MON"}
ONE = "C62"
"""UN/ECE recommendation 20; GB-hours are hours, as it has no such unit."""
EXEMPTIONS = {Category.REVERSE_CHARGE: "VATEX-EU-AE", Category.NOT_SUBJECT: "VATEX-EU-O"}


def can_be_electronic(invoice: Invoice) -> bool:
    """Whether all is known that the norm asks for: names and countries of both, of a finalized invoice."""
    named = invoice.seller.get("name") and invoice.buyer.get("legal_name")
    return bool(invoice.number and named and invoice.seller.get("country") and invoice.buyer.get("country"))


def xml_of(invoice: Invoice, lines: list[InvoiceLine]) -> bytes:
    """The invoice as XML. Raises what factur-x raises where the schema does not hold."""
    from facturx import generate_cii_xml

    content: bytes = generate_cii_xml(fields_of(invoice, lines), level=LEVEL, check_xsd=True, check_schematron=False)
    return content


def fields_of(invoice: Invoice, lines: list[InvoiceLine]) -> dict[str, Any]:
    """The norm's fields."""
    assert invoice.finalized_at is not None  # noqa: S101  whoever calls asked can_be_electronic
    [tax] = invoice.taxes
    fields = {
        "BT-1": invoice.number,
        "BT-2": _day(invoice.finalized_at, invoice),
        "BT-3": COMMERCIAL_INVOICE,
        "BT-5": invoice.currency,
        "BT-9": _day(invoice.due_at or invoice.finalized_at, invoice),
        "BT-72": _day(invoice.period_end - timedelta(microseconds=1), invoice),
        "BT-73": _day(invoice.period_start, invoice),
        "BT-74": _day(invoice.period_end - timedelta(microseconds=1), invoice),
        "BG-4": _party(invoice.seller, invoice.seller["name"]),
        "BG-7": _party(invoice.buyer, invoice.buyer["legal_name"]),
        "BG-23": [_tax(tax, invoice.currency)],
        "BG-25": [_line(line, tax, invoice.currency) for line in lines],
        "BT-106": _money(invoice.subtotal_micros, invoice),
        "BT-109": _money(invoice.subtotal_micros, invoice),
        "BT-110": _money(invoice.tax_micros, invoice),
        "BT-112": _money(invoice.total_micros, invoice),
        "BT-113": _money(invoice.total_micros - invoice.due_micros, invoice),
        "BT-115": _money(invoice.due_micros, invoice),
    }
    if invoice.seller.get("iban"):
        fields |= {"BT-81": CREDIT_TRANSFER, "BT-84": invoice.seller["iban"]}
    return fields


def _party(data: dict[str, str], name: str) -> dict[str, Any]:
    known = {
        "name": name,
        "addr_l1": data["address_line1"],
        "addr_l2": data["address_line2"],
        "postcode": data["postal_code"],
        "city": data["city"],
        "country_code": data["country"],
        "vat_identifier": data["vat_id"],
        "tax_identifier": "" if data["vat_id"] else data.get("registration_number", ""),
    }
    return {key: value for key, value in known.items() if value}


def _tax(tax: dict[str, Any], currency: str) -> dict[str, Any]:
    found = {
        "BT-116": written(tax["base_micros"], currency),
        "BT-117": written(tax["tax_micros"], currency),
        "BT-118": tax["category"],
    }
    if tax["category"] != Category.NOT_SUBJECT:
        found["BT-119"] = tax["percent"]
    if tax["category"] in EXEMPTIONS:
        found |= {"BT-120": tax["wording"], "BT-121": EXEMPTIONS[Category(tax["category"])]}
    return found


def _line(line: InvoiceLine, tax: dict[str, Any], currency: str) -> dict[str, Any]:
    found = {
        "BT-126": str(line.position),
        "BT-129": line.quantity,
        "BT-130": UNITS.get(line.unit, ONE),
        "BT-131": written(line.amount_micros, currency),
        "BT-146": line.unit_price,
        "BT-151": tax["category"],
        "BT-153": line.description,
    }
    if tax["category"] != Category.NOT_SUBJECT:
        found["BT-152"] = tax["percent"]
    return found


def _money(micros: int, invoice: Invoice) -> str:
    return written(micros, invoice.currency)


def _day(moment: datetime, invoice: Invoice) -> date:
    return moment.astimezone(ZoneInfo(invoice.time_zone)).date()
