"""What an invoice adds to what was charged already: its tax and the difference that rounding its lines makes."""

from collections.abc import Mapping
from datetime import datetime

from django.db.models import F, Sum

from trainyard.billing.invoices.models import Invoice
from trainyard.billing.journal.models import JournalEntry
from trainyard.billing.ledger import Account, book, lock_books
from trainyard.billing.models import LedgerEntry, LedgerTransaction


def settle(invoice: Invoice, *, now: datetime) -> int:
    """Books tax and rounding, from the wallet as far as it goes; returns how much the customer owes of them."""
    books = lock_books()
    extra = invoice.tax_micros + invoice.rounding_micros
    from_wallet = min(extra, max(books[Account.WALLET].balance_micros, 0))
    amounts = {
        Account.TAX: invoice.tax_micros,
        Account.ROUNDING: invoice.rounding_micros,
        Account.WALLET: -from_wallet,
        Account.RECEIVABLE: from_wallet - extra,
    }
    moved = {account: amount for account, amount in amounts.items() if amount}
    if moved:
        book(
            books,
            kind=LedgerTransaction.Kind.INVOICE,
            dedupe_key=_key(invoice),
            amounts=moved,
            description="Tax and rounding of an invoice",
            now=now,
        )
    return extra - from_wallet


def settled(invoice: Invoice) -> Mapping[Account, int]:
    """What ``settle`` booked for ``invoice``, by account."""
    entries = LedgerEntry.objects.filter(transaction__in=LedgerTransaction.objects.filter(dedupe_key=_key(invoice)))
    return {Account(kind): micros for kind, micros in entries.values_list("account__kind", "amount_micros")}


def added_to_due(invoice: Invoice) -> int:
    """How much of what ``settle`` booked the wallet did not pay."""
    return -settled(invoice).get(Account.RECEIVABLE, 0)


def owed_for_month(draft: Invoice) -> int:
    """What the customer owes for the charges of ``draft``: not what later ones added, nor what invoices ask for."""
    owed = -lock_books()[Account.RECEIVABLE].balance_micros
    later = JournalEntry.objects.filter(kind=JournalEntry.Kind.LEDGER, occurred_at__gte=draft.period_end)
    added_later = LedgerEntry.objects.filter(
        transaction__in=later.values("subject"), account__kind=Account.RECEIVABLE
    ).aggregate(total=Sum("amount_micros"))["total"]
    asked_for = Invoice.objects.filter(state=Invoice.State.FINALIZED, currency=draft.currency)
    asked = asked_for.aggregate(total=Sum(F("due_micros") - F("paid_micros")))["total"]
    return max(owed + (added_later or 0) - (asked or 0), 0)


def _key(invoice: Invoice) -> str:
    return f"invoice:{invoice.id}"
