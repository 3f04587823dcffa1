"""Reads of the invoices, credit notes and statements of the current tenant."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet, Sum

from trainyard.billing.invoices.lines import lines_of, records_of
from trainyard.billing.invoices.membership import facts_of, late, on_time
from trainyard.billing.invoices.models import CreditNote, Invoice, InvoiceLine, TaxRate
from trainyard.billing.journal.models import JournalEntry
from trainyard.billing.ledger import Account
from trainyard.billing.models import LedgerEntry, LedgerTransaction
from trainyard.core.errors import NotFound

CUSTOMER_SIDE = (Account.WALLET, Account.HELD, Account.RECEIVABLE)
"""Together they are where a customer stands: what was paid in and not used, less what is owed."""


@dataclass(frozen=True, slots=True)
class Document:
    """An invoice with its lines. A draft has the lines so far and their totals, without tax."""

    invoice: Invoice
    lines: list[InvoiceLine]


@dataclass(frozen=True, slots=True)
class Movement:
    """One row of a statement of account: the change of the customer's balance, and the balance after it."""

    transaction: LedgerTransaction
    amount_micros: int
    balance_micros: int


@dataclass(frozen=True, slots=True)
class Statement:
    opening_micros: int
    closing_micros: int
    movements: list[Movement]


def invoices() -> QuerySet[Invoice]:
    """All of them, the open month too."""
    return Invoice.objects.all()


def document(invoice_id: str) -> Document:
    """One invoice with its lines. Raises ``NotFound``."""
    invoice = invoices().select_related("replaces").filter(id=invoice_id).first()
    if invoice is None:
        raise NotFound("There is no invoice by that id.")
    return with_lines([invoice])[0]


def summed_up(found: list[Invoice]) -> list[Document]:
    """Each invoice, of a draft with the sums so far; without lines of what is finalized."""
    return [with_lines([each])[0] if each.state == Invoice.State.DRAFT else Document(each, []) for each in found]


def with_lines(found: list[Invoice]) -> list[Document]:
    """Each invoice with its lines; those of finalized ones come in one query."""
    stored: dict[str, list[InvoiceLine]] = {invoice.id: [] for invoice in found}
    for line in InvoiceLine.objects.filter(invoice__in=found).order_by("invoice_id", "position"):
        stored[line.invoice_id].append(line)
    documents = []
    for invoice in found:
        lines = stored[invoice.id]
        if invoice.state == Invoice.State.DRAFT:
            lines = lines_of(invoice)
            invoice.subtotal_micros = invoice.total_micros = sum(line.amount_micros for line in lines)
            invoice.rounding_micros = invoice.subtotal_micros - sum(line.exact_micros for line in lines)
        documents.append(Document(invoice, lines))
    return documents


def evidence(*, invoice_id: str, position: int) -> QuerySet[JournalEntry]:
    """The facts that one line was added up from. Raises ``NotFound``."""
    found = document(invoice_id)
    line = next((each for each in found.lines if each.position == position), None)
    if line is None:
        raise NotFound("There is no such line on this invoice.")
    facts = on_time(found.invoice)
    if line.late_for:
        facts = next(each.facts for each in late(found.invoice) if each.month == line.late_for)
    return facts.filter(subject__in=records_of(line).values("id"))


def standing(*, invoice_id: str | None, month: str | None) -> list[Document]:
    """Invoices that are not void, the open month too, oldest first: one, those of a month, or all.

    Raises ``NotFound``.
    """
    if invoice_id is not None:
        return [document(invoice_id)]
    found = invoices().exclude(state=Invoice.State.VOID).order_by("period_start", "id")
    return with_lines(list(found.filter(month=month) if month else found))


def credit_notes() -> QuerySet[CreditNote]:
    return CreditNote.objects.select_related("invoice")


def credit_note(note_id: str) -> CreditNote:
    """One of the tenant in context. Raises ``NotFound``."""
    found = credit_notes().filter(id=note_id).first()
    if found is None:
        raise NotFound("There is no credit note by that id.")
    return found


def journal(invoice: Invoice, *, after: int = 0) -> QuerySet[JournalEntry]:
    """The journal that leads to ``invoice``: without gaps from its first fact to where it was finalized, oldest first.

    Between its own facts stand those of other months that were journalled meanwhile, and all movements of money.
    Begins after the entry of sequence ``after``.
    """
    first = facts_of(invoice).order_by("sequence").values_list("sequence", flat=True).first()
    entries = JournalEntry.objects.filter(sequence__gte=max(first or invoice.previous_to + 1, after + 1))
    if invoice.journal_to is not None:
        entries = entries.filter(sequence__lte=invoice.journal_to)
    return entries.order_by("sequence")


def statement(*, start: datetime, end: datetime) -> Statement:
    """Where the customer stood at ``start`` and ``end``, and every movement between; what is only reserved is none."""
    entries = LedgerEntry.objects.filter(
        transaction__in=LedgerTransaction.objects.all(), account__kind__in=CUSTOMER_SIDE
    )
    opening = entries.filter(transaction__created_at__lt=start).aggregate(total=Sum("amount_micros"))["total"] or 0
    within = LedgerTransaction.objects.filter(created_at__gte=start, created_at__lt=end).order_by("created_at", "id")
    sums = dict(
        entries.filter(transaction__in=within).values_list("transaction_id").annotate(total=Sum("amount_micros"))
    )
    balance, movements = opening, []
    for transaction in within.filter(id__in=[key for key, total in sums.items() if total]):
        balance += sums[transaction.id]
        movements.append(Movement(transaction, sums[transaction.id], balance))
    return Statement(opening, balance, movements)


def all_finalized() -> QuerySet[Invoice]:
    """Finalized invoices of every organization, for operators."""
    return Invoice.across_tenants.select_related("organization").filter(finalized_at__isnull=False)


def organization_of(invoice_id: str) -> str:
    """Whose invoice it is, for operators. Raises ``NotFound``."""
    organization_id = Invoice.across_tenants.filter(id=invoice_id).values_list("organization_id", flat=True).first()
    if organization_id is None:
        raise NotFound("There is no invoice by that id.")
    return organization_id


def tax_rates() -> QuerySet[TaxRate]:
    return TaxRate.objects.all()
