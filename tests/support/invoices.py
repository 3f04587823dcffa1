"""Invoices in tests: usage at chosen times, months that close, and what must hold of every invoice."""

from datetime import datetime, timedelta

from django.db.models import Sum

from tests.support.billing import SECOND, keep
from trainyard.billing import holds
from trainyard.billing.invoices import closing
from trainyard.billing.invoices.membership import facts_of
from trainyard.billing.invoices.models import Invoice
from trainyard.billing.models import LedgerEntry


def train(
    *,
    pool_id: str,
    ended_at: datetime,
    seconds: int = 100,
    job_id: str = "job_1",
    job_name: str | None = None,
    cap_micros: int = 10**9,
) -> int:
    """Bills ``seconds`` of a new job's only attempt, up to ``ended_at``; returns the micro-units."""
    holds.reserve_funds(
        job_id=job_id, job_name=job_name, cap_micros=cap_micros, backed_micros=0, reserve_micros=0, now=ended_at
    )
    began = ended_at - timedelta(seconds=seconds)
    return keep(pool_id=pool_id, begin=0, end=seconds * SECOND, job_id=job_id, training_started_at=began, now=ended_at)


def close(organization_id: str, calendar: datetime) -> list[Invoice]:
    """Closes all that is over by ``calendar``; the finalized invoices, oldest first."""
    closing.close_due(calendar=calendar, now=calendar)
    finalized = Invoice.across_tenants.filter(organization_id=organization_id, finalized_at__isnull=False)
    return list(finalized.order_by("period_start", "id"))


def assert_adds_up(invoice: Invoice) -> None:
    """Invoice = Σ lines = Σ journal, and what it says of rounding is the difference to what the ledger charged."""
    lines = list(invoice.lines.all())
    assert invoice.subtotal_micros == sum(line.amount_micros for line in lines)
    assert invoice.total_micros == invoice.subtotal_micros + sum(tax["tax_micros"] for tax in invoice.taxes)
    facts = list(facts_of(invoice))
    journalled = sum(fact.body["amount_micros"] for fact in facts)
    assert journalled == sum(line.exact_micros for line in lines) == invoice.subtotal_micros - invoice.rounding_micros
    assert len(facts) == sum(line.records for line in lines)


def posted(kind: str) -> int:
    """What the tenant's account of ``kind`` gained in all, by its entries."""
    entries = LedgerEntry.objects.filter(account__kind=kind)
    return entries.aggregate(total=Sum("amount_micros"))["total"] or 0
