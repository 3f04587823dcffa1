"""Payment of invoices from the wallet: money that arrives pays overdue invoices first."""

from datetime import datetime

from django.db.models import F

from trainyard.billing.calendar import clock
from trainyard.billing.invoices.models import Invoice
from trainyard.billing.ledger import Account, Books, book
from trainyard.billing.models import LedgerTransaction

State = Invoice.State


def pay_from_wallet(books: Books, invoice: Invoice, *, most_micros: int, now: datetime) -> int:
    """Pays at most ``most_micros`` of what ``invoice`` asks for; returns how much. The books are locked.

    What one that is not finalized, paid or void asks for is nothing.
    """
    micros = min(invoice.due_micros - invoice.paid_micros, most_micros)
    if invoice.state != State.FINALIZED or micros <= 0:
        return 0
    paid = invoice.paid_micros + micros
    book(
        books,
        kind=LedgerTransaction.Kind.PAYMENT,
        dedupe_key=f"invoice_from_wallet:{invoice.id}:{paid}",
        amounts={Account.WALLET: -micros, Account.RECEIVABLE: micros},
        description=f"Payment of {invoice.number}",
        now=now,
    )
    is_paid = paid == invoice.due_micros
    same = Invoice.objects.filter(id=invoice.id, paid_micros=invoice.paid_micros, state=State.FINALIZED)
    changed = same.update(
        paid_micros=F("paid_micros") + micros,
        state=State.PAID if is_paid else State.FINALIZED,
        paid_at=now + clock.offset() if is_paid else None,
    )
    if changed != 1:
        raise RuntimeError(f"{invoice.id} has changed under locked books")
    invoice.paid_micros, invoice.state = paid, State.PAID if is_paid else State.FINALIZED
    return micros
