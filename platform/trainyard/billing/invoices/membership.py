"""Which journal facts are on which invoice: a rule over time bounds, without a mark on rows.

A fact belongs to the first invoice that ends after the fact occurred and was finalized after it was journalled. The
bounds of an organization's invoices increase from invoice to invoice, so every fact is on exactly one. Late usage,
which was journalled after its month was closed, is on the next invoice.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet
from django.db.models.functions import TruncMonth

from trainyard.billing.calendar.months import Month
from trainyard.billing.invoices.models import Invoice
from trainyard.billing.journal.models import JournalEntry

CHARGES = (JournalEntry.Kind.USAGE, JournalEntry.Kind.METERED)
"""The kinds of facts that are charged for."""


@dataclass(frozen=True, slots=True)
class Late:
    """Facts that were journalled after the month in which they occurred was closed."""

    month: str
    facts: QuerySet[JournalEntry]


def facts_of(invoice: Invoice) -> QuerySet[JournalEntry]:
    """The charged facts on ``invoice``; of a draft, those so far. Of the tenant in context."""
    facts = JournalEntry.objects.filter(kind__in=CHARGES, occurred_at__lt=invoice.period_end)
    if invoice.journal_to is not None:
        facts = facts.filter(sequence__lte=invoice.journal_to)
    if invoice.previous_end is not None:
        facts = facts.exclude(occurred_at__lt=invoice.previous_end, sequence__lte=invoice.previous_to)
    return facts


def on_time(invoice: Invoice) -> QuerySet[JournalEntry]:
    """The facts on ``invoice`` that occurred in its month; all of them where it is the first."""
    facts = facts_of(invoice)
    return facts if invoice.previous_end is None else facts.filter(occurred_at__gte=invoice.period_start)


def late(invoice: Invoice) -> Iterator[Late]:
    """The others, by the month in which they occurred, oldest first."""
    if invoice.previous_end is None:
        return
    before = facts_of(invoice).filter(occurred_at__lt=invoice.period_start)
    zone = invoice.time_zone
    local = before.annotate(local=TruncMonth("occurred_at", tzinfo=ZoneInfo(zone)))
    for first in local.order_by("local").values_list("local", flat=True).distinct():
        month = Month(first.year, first.month)
        yield Late(
            str(month), before.filter(Q(occurred_at__gte=month.start(zone)) & Q(occurred_at__lt=month.end(zone)))
        )


def next_bounds(invoice: Invoice) -> tuple[datetime, int]:
    """``previous_end`` and ``previous_to`` of what follows a finalized ``invoice``."""
    assert invoice.journal_to is not None  # noqa: S101  it is finalized
    return invoice.period_end, invoice.journal_to
