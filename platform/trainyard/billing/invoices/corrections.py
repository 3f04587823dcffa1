"""Corrections after an invoice is finalized: payment, credit notes, voiding. None of them changes the invoice itself.

Each function locks the organization's books first, so that concurrent corrections see one another.
"""

from collections import defaultdict
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from django.db import transaction
from django.db.models import F

from trainyard.billing.invoices import numbering
from trainyard.billing.invoices.closing import finalize
from trainyard.billing.invoices.lines import lines_of
from trainyard.billing.invoices.models import CreditNote, Invoice, InvoiceLine, NumberSequence
from trainyard.billing.invoices.rounding import minor_unit_micros
from trainyard.billing.invoices.settlement import unsettle
from trainyard.billing.journal import chain
from trainyard.billing.journal.chain import JournalFact, Kind
from trainyard.billing.ledger import Account, Books, book, lock_books
from trainyard.billing.models import LedgerTransaction
from trainyard.core import audit
from trainyard.core.errors import Conflict, FieldError, InvalidInput, NotFound
from trainyard.core.money import format_micros
from trainyard.core.tenancy import current_tenant

State = Invoice.State
NOT_STANDING = {
    State.DRAFT: "It is the open month: it becomes an invoice once the month is over.",
    State.VOID: "It is void.",
}


class InvoiceNotStanding(Conflict):
    """The state of the invoice, such as draft or void, does not allow this."""

    code = "invoice_state"


class InvoiceCredited(Conflict):
    """The invoice has a credit note, so that it can no longer be voided."""

    code = "invoice_credited"


class BeyondInvoice(InvalidInput):
    """The amount is more than what is left of the invoice."""

    code = "beyond_invoice"


@transaction.atomic
def pay(
    *, invoice_id: str, amount_micros: int, reference: str, actor: str, calendar: datetime, now: datetime
) -> Invoice:
    """Enters a payment of what is due of an invoice of the tenant in context; the last one makes it ``paid``.

    The same ``reference`` is entered once, ever. Raises ``NotFound``, ``InvoiceNotStanding``, ``BeyondInvoice``.
    """
    books = lock_books()
    invoice = standing(invoice_id)
    open_micros = invoice.due_micros - invoice.paid_micros
    key = f"invoice_payment:{invoice.id}:{reference}"
    if LedgerTransaction.objects.filter(dedupe_key=key).exists():
        return invoice
    if not 0 < amount_micros <= open_micros:
        raise beyond(f"{format_micros(open_micros)} {invoice.currency} of this invoice are not paid yet.")
    book(
        books,
        kind=LedgerTransaction.Kind.PAYMENT,
        dedupe_key=key,
        amounts={Account.PAYMENTS: -amount_micros, Account.RECEIVABLE: amount_micros},
        description=f"Payment of {invoice.number}",
        now=now,
    )
    is_paid = amount_micros == open_micros
    paid = Invoice.objects.filter(id=invoice.id, paid_micros=invoice.paid_micros)
    paid.update(
        paid_micros=F("paid_micros") + amount_micros,
        state=State.PAID if is_paid else State.FINALIZED,
        paid_at=calendar if is_paid else None,
    )
    _audit("invoice.paid", invoice, actor=actor, now=now, amount_micros=amount_micros, reference=reference)
    return Invoice.objects.get(id=invoice.id)


@transaction.atomic
def credit(
    *, invoice_id: str, amount_micros: int, reason: str, line: int | None, actor: str, calendar: datetime, now: datetime
) -> CreditNote:
    """Gives back ``amount_micros``, tax included, of an invoice of the tenant in context, or of one of its lines.

    What is still due is owed less, the rest goes to the wallet. All credit notes of an invoice together never exceed
    it, nor those of a line the line. Raises ``NotFound``, ``InvoiceNotStanding``, ``BeyondInvoice``.
    """
    books = lock_books()
    invoice = standing(invoice_id)
    left = creditable_micros(invoice, line=line)
    if not 0 < amount_micros <= left or amount_micros % minor_unit_micros(invoice.currency):
        unit = format_micros(minor_unit_micros(invoice.currency))
        raise beyond(f"At most {format_micros(left)} {invoice.currency} can be credited, in units of {unit}.")
    tax_micros = _tax_in(amount_micros, invoice)
    assert invoice.legal_entity is not None  # noqa: S101  it is finalized
    sequence, number = numbering.next_number(invoice.legal_entity, NumberSequence.Kind.CREDIT_NOTE)
    note = CreditNote.objects.create(
        invoice=invoice,
        legal_entity=invoice.legal_entity,
        sequence=sequence,
        number=number,
        line=line,
        reason=reason,
        currency=invoice.currency,
        net_micros=amount_micros - tax_micros,
        tax_micros=tax_micros,
        total_micros=amount_micros,
        created_at=calendar,
    )
    _give_back(books, invoice, note, now=now)
    _audit("invoice.credited", invoice, actor=actor, now=now, amount_micros=amount_micros, credit_note=number)
    return note


@transaction.atomic
def void(*, invoice_id: str, reason: str, reissue: bool, actor: str, calendar: datetime, now: datetime) -> Invoice:
    """Makes an invoice of the tenant in context void; returns it, or with ``reissue`` the one that takes its place.

    Tax and rounding are booked back. The charges of a reissued invoice stay as they are and stand on the new one, with
    the legal data of now; without ``reissue`` they are given back too. Raises ``NotFound``, ``InvoiceNotStanding``
    and, where credit notes gave a part of it back or a payment came in, ``InvoiceCredited``.
    """
    lock_books()
    invoice = standing(invoice_id)
    if invoice.credited_micros or invoice.paid_micros:
        raise InvoiceCredited(
            "A part of this invoice was paid or credited already.", hint="Credit the rest of it by a credit note."
        )
    still_due = unsettle(invoice, with_charges=not reissue, now=now)
    voided = Invoice.objects.filter(id=invoice.id, state=invoice.state, credited_micros=0, paid_micros=0)
    if voided.update(state=State.VOID, voided_at=calendar, void_reason=reason) != 1:
        raise InvoiceNotStanding("The invoice has just changed.", hint="Look at it again.")
    chain.append([JournalFact(Kind.VOID, invoice.id, now, {"number": invoice.number, "reason": reason})])
    _audit("invoice.void", invoice, actor=actor, now=now, reason=reason, reissue=reissue)
    if reissue:
        return _reissue(invoice, carried_micros=still_due, calendar=calendar, now=now)
    return Invoice.objects.get(id=invoice.id)


def standing(invoice_id: str) -> Invoice:
    """A finalized invoice of the tenant in context that is not void, locked."""
    invoice = Invoice.objects.select_for_update().filter(id=invoice_id).first()
    if invoice is None:
        raise NotFound("There is no invoice by that id.")
    if (why := NOT_STANDING.get(State(invoice.state))) is not None:
        raise InvoiceNotStanding(why)
    return invoice


def creditable_micros(invoice: Invoice, *, line: int | None = None) -> int:
    """The most, tax included, that can still be given back of an invoice, or of one of its lines."""
    left = invoice.total_micros - invoice.credited_micros
    if line is None:
        return left
    found = creditable_by_line(invoice, list(invoice.lines.filter(position=line)))
    if line not in found:
        raise NotFound("There is no such line on this invoice.")
    return found[line]


def creditable_by_line(invoice: Invoice, lines: list[InvoiceLine]) -> dict[int, int]:
    """The most, tax included, that can still be given back of each of ``lines``, by its position."""
    left = invoice.total_micros - invoice.credited_micros
    credited: dict[int | None, int] = defaultdict(int)
    for note in invoice.credit_notes.all():
        credited[note.line] += note.total_micros

    def gross(line: InvoiceLine) -> int:
        return line.amount_micros + _share(invoice.tax_micros, line.amount_micros, invoice.subtotal_micros, invoice)

    return {line.position: max(min(left, gross(line) - credited[line.position]), 0) for line in lines}


def _tax_in(amount_micros: int, invoice: Invoice) -> int:
    """The tax within a gross amount: by how much it makes the share of all that is credited grow.

    So tax sums to that of the invoice, however many credit notes give it back, and none has to make up for the others.
    """
    credited = _share(invoice.tax_micros, invoice.credited_micros + amount_micros, invoice.total_micros, invoice)
    # Notes of an earlier release were rounded one by one: what these left over is no reason to give back tax alone.
    return min(max(credited - sum(note.tax_micros for note in invoice.credit_notes.all()), 0), amount_micros)


def _share(micros: int, part: int, whole: int, invoice: Invoice) -> int:
    unit = minor_unit_micros(invoice.currency)
    exact = Decimal(micros) * part / whole / unit if whole else Decimal(0)
    return int(exact.quantize(Decimal(1), rounding=ROUND_HALF_EVEN)) * unit


def _give_back(books: Books, invoice: Invoice, note: CreditNote, *, now: datetime) -> None:
    owed = min(invoice.due_micros - invoice.paid_micros, note.total_micros)
    amounts = {
        Account.REVENUE: -note.net_micros,
        Account.TAX: -note.tax_micros,
        Account.RECEIVABLE: owed,
        Account.WALLET: note.total_micros - owed,
    }
    facts = [JournalFact(Kind.CREDIT_NOTE, note.id, now, body_of(note))]
    _book(books, f"credit_note:{note.id}", amounts, f"Credit note {note.number}", facts=facts, now=now)
    credited = Invoice.objects.filter(id=invoice.id, credited_micros=invoice.credited_micros)
    credited.update(credited_micros=F("credited_micros") + note.total_micros, paid_micros=F("paid_micros") + owed)
    nothing_due = Invoice.objects.filter(id=invoice.id, state=State.FINALIZED, paid_micros=F("due_micros"))
    nothing_due.update(state=State.PAID, paid_at=note.created_at)


def body_of(note: CreditNote) -> dict[str, object]:
    """What the journal says of a credit note."""
    return {
        "number": note.number,
        "invoice": note.invoice_id,
        "line": note.line or 0,
        "net_micros": note.net_micros,
        "tax_micros": note.tax_micros,
        "total_micros": note.total_micros,
    }


def _book(
    books: Books,
    key: str,
    amounts: dict[Account, int],
    description: str,
    *,
    now: datetime,
    facts: list[JournalFact] | None = None,
) -> None:
    moved = {account: amount for account, amount in amounts.items() if amount}
    if moved:
        kind = LedgerTransaction.Kind.CORRECTION
        book(books, kind=kind, dedupe_key=key, amounts=moved, description=description, facts=facts or (), now=now)


def _reissue(invoice: Invoice, *, carried_micros: int, calendar: datetime, now: datetime) -> Invoice:
    copied = ("month", "time_zone", "period_start", "period_end", "currency", "journal_to", "journal_hash")
    again = Invoice(
        organization_id=current_tenant(),
        replaces=invoice,
        previous_end=invoice.previous_end,
        previous_to=invoice.previous_to,
        created_at=now,
        **{name: getattr(invoice, name) for name in copied},
    )
    again.state = State.FINALIZED  # not a draft: the open month is the only one
    again.save(force_insert=True)
    finalize(again, lines_of(again), carried_micros=carried_micros, calendar=calendar, now=now)
    return again


def _audit(action: str, invoice: Invoice, *, actor: str, now: datetime, **data: Any) -> None:
    organization_id = invoice.organization_id
    audit.record(actor=actor, action=action, target=invoice.id, organization_id=organization_id, now=now, **data)


def beyond(message: str) -> BeyondInvoice:
    """That the amount is too much."""
    return BeyondInvoice(message, errors=(FieldError("amount", "invalid", message),))
