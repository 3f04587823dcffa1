"""The rows that journal entries describe, and the bodies that these rows have today."""

from collections.abc import Callable, Collection
from typing import Any

from trainyard.billing.journal import bodies
from trainyard.billing.journal.models import JournalEntry
from trainyard.billing.meters.models import MeteredUsage
from trainyard.billing.models import LedgerTransaction, UsageRecord

Kind = JournalEntry.Kind
Bodies = dict[str, dict[str, Any]]
MODELS: dict[str, type[Any]] = {
    Kind.USAGE: UsageRecord,
    Kind.METERED: MeteredUsage,
    Kind.LEDGER: LedgerTransaction,
}


def _usage(ids: Collection[str]) -> Bodies:
    records = UsageRecord.across_tenants.filter(id__in=ids).select_related("price")
    return {record.id: bodies.usage(record) for record in records}


def _metered(ids: Collection[str]) -> Bodies:
    return {row.id: bodies.metered(row) for row in MeteredUsage.across_tenants.filter(id__in=ids)}


def _ledger(ids: Collection[str]) -> Bodies:
    transactions = LedgerTransaction.across_tenants.filter(id__in=ids).prefetch_related("entries__account")
    return {each.id: bodies.ledger(each, each.entries.all()) for each in transactions}


SOURCES: dict[str, Callable[[Collection[str]], Bodies]] = {
    Kind.USAGE: _usage,
    Kind.METERED: _metered,
    Kind.LEDGER: _ledger,
}
"""The kinds of entries that tell of a row which must still say the same."""
