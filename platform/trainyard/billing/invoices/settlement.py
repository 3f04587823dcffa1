"""Settlement of an invoice: the tax and rounding that it adds to the usage charges, and the amount that is due.

The wallet pays as much as it contains. The rest is due, together with what the charges have overdrawn a wallet with a
credit limit. ``receivable`` is negative by exactly the sum that all invoices of the organization still ask for.
"""

from datetime import datetime

from django.db.models import F, Sum

from trainyard.billing.invoices.models import Invoice
from trainyard.billing.ledger import Account, Books, book, lock_books
from trainyard.billing.models import LedgerTransaction


def settle(invoice: Invoice, *, carried_micros: int | None, now: datetime) -> int:
    """Books what the invoice adds; returns what is due.

    ``carried_micros`` of its charges are due already, on the invoice in whose place it comes; else ``None``.
    """
    books = lock_books()
    extra = invoice.tax_micros + invoice.rounding_micros
    charged = invoice.subtotal_micros - invoice.rounding_micros
    carried = _not_invoiced(books, charged) if carried_micros is None else carried_micros
    debt = _debt(books, charged - carried) if carried_micros is None else 0
    available = 0 if debt else max(books[Account.WALLET].balance_micros, 0)
    owed = max(extra + debt - available, 0)
    relief = min(max(-extra, 0), carried)  # rounded down: no longer owed, where it is owed, so that due is within total
    _book(
        books,
        f"invoice:{invoice.id}",
        {
            Account.TAX: invoice.tax_micros,
            Account.ROUNDING: invoice.rounding_micros,
            Account.RECEIVABLE: relief - owed,
            Account.WALLET: owed - extra - relief,
        },
        f"Tax and rounding of {invoice.month}",
        now=now,
    )
    return owed + carried - relief


def unsettle(invoice: Invoice, *, with_charges: bool, now: datetime) -> int:
    """Books back what the invoice added, ``with_charges`` what it charged too; returns what is due all the same."""
    books = lock_books()
    back = invoice.tax_micros + invoice.rounding_micros
    if with_charges:
        back += invoice.subtotal_micros - invoice.rounding_micros
    no_longer_due = min(back, invoice.due_micros)  # below zero: what rounding down took off is owed again
    _book(
        books,
        f"void:{invoice.id}",
        {
            Account.TAX: -invoice.tax_micros,
            Account.ROUNDING: -invoice.rounding_micros,
            Account.REVENUE: invoice.rounding_micros - invoice.subtotal_micros if with_charges else 0,
            Account.RECEIVABLE: no_longer_due,
            Account.WALLET: back - no_longer_due,
        },
        f"Invoice {invoice.number} is void",
        now=now,
    )
    return invoice.due_micros - no_longer_due


def _debt(books: Books, charged_micros: int) -> int:
    """What the wallet is in debt by, though all that jobs reserve came back; at most what was charged."""
    standing = books[Account.WALLET].balance_micros + books[Account.HELD].balance_micros
    return min(max(-standing, 0), charged_micros)


def _not_invoiced(books: Books, charged_micros: int) -> int:
    """What is receivable, and no invoice asks for yet: what an empty wallet did not pay of storage and predictions."""
    open_invoices = Invoice.objects.filter(state=Invoice.State.FINALIZED)
    asked = open_invoices.aggregate(total=Sum(F("due_micros") - F("paid_micros")))["total"] or 0
    return min(max(-books[Account.RECEIVABLE].balance_micros - asked, 0), charged_micros)


def _book(books: Books, key: str, amounts: dict[Account, int], description: str, *, now: datetime) -> None:
    moved = {account: amount for account, amount in amounts.items() if amount}
    if moved:
        kind = LedgerTransaction.Kind.INVOICE
        book(books, kind=kind, dedupe_key=key, amounts=moved, description=description, now=now)
