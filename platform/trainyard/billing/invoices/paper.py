"""An invoice as PDF/A-3: set by typst, with the electronic invoice embedded where one can be made."""

import json
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from trainyard.billing.invoices.electronic import LEVEL, can_be_electronic, xml_of
from trainyard.billing.invoices.models import Invoice, InvoiceLine
from trainyard.billing.invoices.rounding import written
from trainyard.core.connections import blocked
from trainyard.core.money import format_micros

TEMPLATE = Path(__file__).with_name("templates") / "invoice.typ"
STANDARD: Final = "a-3b"
MOST_TAGGED_LINES = 1_000
"""Tags let screen readers follow a table; those of more lines would be most of the file."""


def pdf_of(invoice: Invoice, lines: list[InvoiceLine]) -> bytes:
    """The invoice on A4. Takes seconds for thousands of lines, and holds no database connection meanwhile."""
    import typst

    content = json.dumps(content_of(invoice, lines))
    made_at = invoice.finalized_at or invoice.created_at
    with blocked():
        page: bytes = typst.compile(
            TEMPLATE.read_bytes(),
            sys_inputs={"data": content},
            ignore_system_fonts=True,
            format="pdf",
            pdf_standards=[STANDARD],
            pdf_tags=len(lines) <= MOST_TAGGED_LINES,
            timestamp=int(made_at.timestamp()),
        )
        return _with_xml(page, invoice, lines) if can_be_electronic(invoice) else page


def _with_xml(page: bytes, invoice: Invoice, lines: list[InvoiceLine]) -> bytes:
    from facturx import generate_from_binary

    embedded: bytes = generate_from_binary(
        page,
        xml_of(invoice, lines),
        flavor="factur-x",
        level=LEVEL,
        check_xsd=True,
        lang="en",
        pdf_metadata={
            "author": invoice.seller["name"],
            "title": f"Invoice {invoice.number}",
            "subject": f"Invoice {invoice.number}",
            "keywords": "Invoice, Factur-X",
        },
        afrelationship="alternative",
    )
    return embedded


def content_of(invoice: Invoice, lines: list[InvoiceLine]) -> dict[str, Any]:
    """What the template sets, all of it text."""
    title = f"Invoice {invoice.number}" if invoice.number else f"Draft of {invoice.month}"
    return {
        "kind": "Invoice" if invoice.number else "Draft invoice",
        "title": title,
        "currency": invoice.currency,
        "seller": {"name": invoice.seller.get("name", ""), "lines": _address(invoice.seller)},
        "buyer": {"name": invoice.buyer.get("legal_name", ""), "lines": _address(invoice.buyer)},
        "facts": _facts(invoice),
        "lines": [_line(line, invoice) for line in lines],
        "sums": _sums(invoice),
        "payable": [f"Payable {invoice.currency}", written(invoice.due_micros, invoice.currency)],
        "notes": _notes(invoice),
        "footer": " · ".join(filter(None, (invoice.seller.get("name"), invoice.seller.get("email")))),
    }


def _address(party: dict[str, str]) -> list[str]:
    vat_id, number = party.get("vat_id"), party.get("registration_number")
    return [
        party.get("address_line1", ""),
        party.get("address_line2", ""),
        f"{party.get('postal_code', '')} {party.get('city', '')}".strip(),
        party.get("country", ""),
        f"VAT id {vat_id}" if vat_id else "",
        f"Registration {number}" if number else "",
    ]


def _facts(invoice: Invoice) -> list[list[str]]:
    last = invoice.period_end - timedelta(microseconds=1)
    facts = [
        ["Invoice number", invoice.number or "none yet"],
        ["Period", f"{_day(invoice.period_start, invoice)} to {_day(last, invoice)}"],
        ["Time zone", invoice.time_zone],
    ]
    if invoice.finalized_at is not None:
        facts.insert(1, ["Date", _day(invoice.finalized_at, invoice)])
    if invoice.due_micros and invoice.due_at is not None:
        facts.append(["Due", _day(invoice.due_at, invoice)])
    if invoice.replaces is not None:
        facts.append(["In place of", invoice.replaces.number])
    return facts


def _line(line: InvoiceLine, invoice: Invoice) -> dict[str, Any]:
    return {
        "position": line.position,
        "description": line.description,
        "quantity": f"{Decimal(line.quantity):,f}",
        "unit": line.unit,
        "unit_price": line.unit_price,
        "amount": written(line.amount_micros, invoice.currency),
    }


def _sums(invoice: Invoice) -> list[list[str]]:
    currency = invoice.currency
    sums = [["Subtotal", written(invoice.subtotal_micros, currency)]]
    for tax in invoice.taxes:
        base = written(tax["base_micros"], currency)
        sums.append([f"Tax {tax['percent']} % on {base}", written(tax["tax_micros"], currency)])
    sums.append(["Total", written(invoice.total_micros, currency)])
    if invoice.number:
        sums.append(["Paid from credit", written(invoice.due_micros - invoice.total_micros, currency)])
    return sums


def _notes(invoice: Invoice) -> list[str]:
    rounding = format_micros(invoice.rounding_micros)
    notes = [tax["wording"] for tax in invoice.taxes if tax["wording"]]
    notes.append(
        f"Each line is rounded once to the smallest unit of {invoice.currency}, half to even. Together the lines are "
        f"{rounding} {invoice.currency} more than was charged; the difference is booked."
    )
    if invoice.due_micros and invoice.seller.get("iban"):
        bic = f", BIC {invoice.seller['bic']}" if invoice.seller.get("bic") else ""
        notes.append(f"Please pay to IBAN {invoice.seller['iban']}{bic} and name {invoice.number}.")
    if invoice.state == Invoice.State.VOID:
        notes.insert(0, "This invoice is void.")
    return notes


def _day(moment: datetime, invoice: Invoice) -> str:
    return moment.astimezone(ZoneInfo(invoice.time_zone)).date().isoformat()
