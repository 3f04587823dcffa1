"""Whether the journal, and the rows that it tells of, are as they were written. Reads only.

An entry that was altered no longer has its hash; one that was removed, or put in between, breaks the chain; one that
was cut off at the end is missed by the head. A row of usage or of the ledger that was altered says something else
than its entry, one that was removed nothing, and one that was put in is told of by none.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from django.db.models import Count, QuerySet

from trainyard.billing.journal import bodies
from trainyard.billing.journal.chain import hash_of
from trainyard.billing.journal.models import JournalEntry, JournalHead
from trainyard.billing.meters.models import MeteredUsage
from trainyard.billing.models import LedgerTransaction, UsageRecord
from trainyard.core.check_results import Finding

RULE = "journal"
ROWS_AT_ONCE = 1_000
Kind = JournalEntry.Kind
Bodies = dict[str, dict[str, Any]]


def check() -> tuple[int, list[Finding]]:
    """The number of entries that were looked at, and what shows that something is not as it was written."""
    heads = {head.organization_id: head for head in JournalHead.across_tenants.all()}
    count = 0
    findings: list[Finding] = []
    counted = JournalEntry.across_tenants.order_by().values_list("organization_id").annotate(number=Count("id"))
    lengths = dict(counted)
    for organization_id in sorted({*heads, *lengths}):
        head = heads.get(organization_id) or JournalHead(organization_id=organization_id)
        findings += _check_chain(head)
        count += lengths.get(organization_id, 0)
    findings += _untold()
    return count, findings


def _check_chain(head: JournalHead) -> Iterator[Finding]:
    expected, previous = 1, ""
    for entries in _batches(head.organization_id):
        told = _told(entries)
        for entry in entries:
            where = f"entry {entry.sequence} of {head.organization_id}"
            if entry.sequence != expected:
                yield Finding(RULE, where, f"entries {expected} to {entry.sequence - 1} before it are missing")
            elif entry.previous_hash != previous:
                yield Finding(RULE, where, "it does not follow the one before it")
            if hash_of(entry) != entry.hash:
                yield Finding(RULE, where, "it was altered")
            if entry.kind in SOURCES:
                yield from _check_row(entry, told[entry.kind].get(entry.subject))
            expected, previous = entry.sequence + 1, entry.hash
    if (expected - 1, previous) != (head.length, head.hash):
        yield Finding(RULE, head.organization_id, f"the journal had {head.length} entries and ends at {expected - 1}")


def _batches(organization_id: str) -> Iterator[list[JournalEntry]]:
    after = 0
    entries = JournalEntry.across_tenants.filter(organization_id=organization_id).order_by("sequence")
    while batch := list(entries.filter(sequence__gt=after)[:ROWS_AT_ONCE]):
        yield batch
        after = batch[-1].sequence


def _check_row(entry: JournalEntry, row: dict[str, Any] | None) -> Iterator[Finding]:
    if row is None:
        yield Finding(RULE, entry.subject, f"the row of entry {entry.sequence} is missing")
    elif different := sorted(name for name, value in row.items() if entry.body.get(name) != value):
        yield Finding(RULE, entry.subject, f"its {', '.join(different)} was altered")


def _told(entries: Sequence[JournalEntry]) -> dict[str, Bodies]:
    """What the rows say that ``entries`` tell of, by kind and id."""
    return {kind: read([entry.subject for entry in entries if entry.kind == kind]) for kind, read in SOURCES.items()}


def _usage(ids: Sequence[str]) -> Bodies:
    records = UsageRecord.across_tenants.filter(id__in=ids).select_related("price")
    return {record.id: bodies.usage(record) for record in records}


def _metered(ids: Sequence[str]) -> Bodies:
    return {row.id: bodies.metered(row) for row in MeteredUsage.across_tenants.filter(id__in=ids)}


def _ledger(ids: Sequence[str]) -> Bodies:
    transactions = LedgerTransaction.across_tenants.filter(id__in=ids).prefetch_related("entries__account")
    return {each.id: bodies.ledger(each, each.entries.all()) for each in transactions}


SOURCES: dict[str, Callable[[Sequence[str]], Bodies]] = {
    Kind.USAGE: _usage,
    Kind.METERED: _metered,
    Kind.LEDGER: _ledger,
}
"""The kinds of entries that tell of a row which must still say the same."""


def _untold() -> Iterator[Finding]:
    rows: dict[str, QuerySet[Any]] = {
        Kind.USAGE: UsageRecord.across_tenants.all(),
        Kind.METERED: MeteredUsage.across_tenants.all(),
        Kind.LEDGER: LedgerTransaction.across_tenants.all(),
    }
    for kind, of_kind in rows.items():
        told = JournalEntry.across_tenants.filter(kind=kind)
        for row_id in of_kind.exclude(id__in=told.values("subject")).values_list("id", flat=True):
            yield Finding(RULE, row_id, "no entry tells of this row")
