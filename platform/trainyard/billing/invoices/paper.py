"""Invoices and credit notes as PDF/A-3, typeset by typst.

The electronic invoice (XML) is attached where one can be made.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from trainyard.billing.invoices.electronic import LEVEL, can_be_electronic, xml_of, xml_of_credit_note
from trainyard.billing.invoices.models import CreditNote, Invoice, InvoiceLine
from trainyard.billing.invoices.typesetting import compiled, printable
from trainyard.billing.wallet.currencies import DECIMALS
from trainyard.core.connections import blocked
from trainyard.core.money import format_micros

MINUS: Final = "\N{MINUS SIGN}"


def pdf_of(invoice: Invoice, lines: list[InvoiceLine]) -> bytes:
    """The invoice on A4. Takes seconds for thousands of lines, and holds no database connection meanwhile."""
    content = content_of(invoice, lines)
    page = compiled(content, made_at=invoice.finalized_at or invoice.created_at)
    if not can_be_electronic(invoice):
        return page
    with blocked():
        return _with_xml(page, xml_of(invoice, lines), seller=invoice.seller["name"], title=content["title"])


def pdf_of_credit_note(note: CreditNote) -> bytes:
    """The credit note on A4, with its invoice's parties; it names the invoice. Holds no database connection."""
    content = content_of_credit_note(note)
    page = compiled(content, made_at=note.created_at)
    if not can_be_electronic(note.invoice):
        return page
    with blocked():
        return _with_xml(page, xml_of_credit_note(note), seller=note.invoice.seller["name"], title=content["title"])


def _with_xml(page: bytes, xml: bytes, *, seller: str, title: str) -> bytes:
    from facturx import generate_from_binary

    embedded: bytes = generate_from_binary(
        page,
        xml,
        flavor="factur-x",
        level=LEVEL,
        check_xsd=True,
        lang="en",
        pdf_metadata={
            "author": printable(seller),
            "title": title,
            "subject": title,
            "keywords": f"{title}, Factur-X",
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
        "stamp": "VOID" if invoice.state == Invoice.State.VOID else "",
        "to": "Bill to",
        **_parties(invoice),
        "facts": _facts(invoice),
        "heads": ["Quantity", "Unit price"],
        "lines": [_line(line, invoice) for line in lines],
        "sums": _sums(invoice),
        "payable": [f"Payable {invoice.currency}", _amount(invoice.due_micros, invoice.currency)],
        "payment": _payment(invoice),
        "notes": _notes(invoice),
    }


def content_of_credit_note(note: CreditNote) -> dict[str, Any]:
    """What the template sets of a credit note, all of it text."""
    invoice, currency = note.invoice, note.currency
    about = f"line {note.line} of invoice {invoice.number}" if note.line else f"invoice {invoice.number}"
    facts = [["Number", note.number], ["Date", _day(note.created_at, invoice)], ["Invoice", invoice.number]]
    if invoice.finalized_at is not None:
        facts.append(["Invoice date", _day(invoice.finalized_at, invoice)])
    line = {"position": "1", "description": note.reason, "quantity": "", "unit": "", "unit_price": ""}
    rates = " and ".join(f"{tax['percent']} %" for tax in invoice.taxes)
    return {
        "kind": "Credit note",
        "title": f"Credit note {note.number}",
        "stamp": "",
        "to": "Credit to",
        **_parties(invoice),
        "facts": facts,
        "heads": ["", ""],
        "lines": [line | {"amount": _amount(note.net_micros, currency)}],
        "sums": [
            ["Subtotal", _amount(note.net_micros, currency)],
            [f"Tax {rates}".strip(), _amount(note.tax_micros, currency)],
        ],
        "payable": [f"Credited {currency}", _amount(note.total_micros, currency)],
        "payment": [],
        "notes": [
            *(tax["wording"] for tax in invoice.taxes if tax["wording"]),
            f"This credits {about}. What was still due of it is owed less; the rest is credit in the wallet.",
        ],
    }


def _parties(invoice: Invoice) -> dict[str, Any]:
    """As they stood when the invoice was finalized."""
    return {
        "currency": invoice.currency,
        "seller": {"name": invoice.seller.get("name", ""), "lines": _address(invoice.seller)},
        "buyer": {"name": invoice.buyer.get("legal_name", ""), "lines": _address(invoice.buyer)},
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
        "position": str(line.position),
        "description": line.description,
        "quantity": f"{Decimal(line.quantity):,f}",
        "unit": line.unit,
        "unit_price": line.unit_price,
        "amount": _amount(line.amount_micros, invoice.currency),
    }


def _sums(invoice: Invoice) -> list[list[str]]:
    currency = invoice.currency
    sums = [["Subtotal", _amount(invoice.subtotal_micros, currency)]]
    for tax in invoice.taxes:
        base = _amount(tax["base_micros"], currency)
        sums.append([f"Tax {tax['percent']} % on {base}", _amount(tax["tax_micros"], currency)])
    sums.append(["Total", _amount(invoice.total_micros, currency)])
    if invoice.number:
        sums.append(["Paid from credit", _amount(invoice.due_micros - invoice.total_micros, currency)])
    return sums


def _amount(micros: int, currency: str) -> str:
    """``−1,234.50``, for people alone."""
    decimals = DECIMALS[currency]
    return f"{Decimal(micros).scaleb(-6):,.{decimals}f}".replace("-", MINUS)


def _payment(invoice: Invoice) -> list[list[str]]:
    """How to pay what is due, where the seller has an account."""
    if not invoice.due_micros or not invoice.seller.get("iban") or invoice.state == Invoice.State.VOID:
        return []
    facts = [["IBAN", _grouped(invoice.seller["iban"])]]
    if invoice.seller.get("bic"):
        facts.append(["BIC", invoice.seller["bic"]])
    facts.append(["Reference", invoice.number])
    if invoice.due_at is not None:
        facts.append(["Until", _day(invoice.due_at, invoice)])
    return facts


def _grouped(iban: str) -> str:
    """In groups of four, as ISO 13616 has it on paper."""
    plain = iban.replace(" ", "")
    return " ".join(plain[first : first + 4] for first in range(0, len(plain), 4))


def _notes(invoice: Invoice) -> list[str]:
    notes = [tax["wording"] for tax in invoice.taxes if tax["wording"]]
    notes.append(_rounding(invoice))
    if invoice.state == Invoice.State.VOID:
        notes.insert(0, "This invoice is void.")
    return notes


def _rounding(invoice: Invoice) -> str:
    currency, micros = invoice.currency, invoice.rounding_micros
    rule = f"Each line is rounded once to the smallest unit of {currency}, half to even."
    if not micros:
        return rule
    more = "more" if micros > 0 else "less"
    by = f"{format_micros(abs(micros))} {currency} {more} than was charged"
    return f"{rule} Together the lines are {by}; the difference is booked."


def _day(moment: datetime, invoice: Invoice) -> str:
    return moment.astimezone(ZoneInfo(invoice.time_zone)).date().isoformat()
