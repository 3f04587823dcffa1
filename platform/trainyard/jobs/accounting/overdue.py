"""Overdue invoices: first no new job of the organization starts, then its running jobs are stopped."""

from django.db.models import QuerySet

from trainyard.billing.dunning.models import DunningCase
from trainyard.billing.dunning.queries import own_case, own_cases
from trainyard.billing.ledger import InsufficientFunds
from trainyard.core.money import format_micros

Stage = DunningCase.Stage
NOTHING_NEW = frozenset({Stage.NO_NEW_JOBS, Stage.JOBS_STOPPED})


class PaymentOverdue(InsufficientFunds):
    """An invoice of the organization has been overdue for too long; pay it."""

    code = "payment_overdue"


def blocking_cases() -> QuerySet[DunningCase]:
    """Blocking cases of the tenant in context for which no job of it may start."""
    return own_cases().filter(stage__in=NOTHING_NEW)


def blocks_jobs() -> bool:
    """Whether no job of the tenant in context may start."""
    return blocking_cases().exists()


def refuse() -> None:
    """Raises ``PaymentOverdue`` where no job of the tenant in context may start."""
    case = own_case()
    if case is None or case.stage not in NOTHING_NEW:
        return
    invoice = case.invoice
    due = format_micros(invoice.due_micros - invoice.paid_micros)
    raise PaymentOverdue(
        f"{due} {invoice.currency} of invoice {invoice.number} have been due for too long.",
        hint="Top up by that much: it pays the invoice within seconds.",
    )
