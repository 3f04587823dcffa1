"""Verification that the journal and the rows that it describes are unchanged. Reads only.

An altered entry no longer matches its hash. An entry that was removed or inserted breaks the chain, and entries cut off
at the end are missing from the length in the head. An altered usage or ledger row differs from its entry; a removed row
leaves its entry without a row, and an inserted row has no entry.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import Count

from trainyard.billing.journal.chain import hash_of
from trainyard.billing.journal.models import JournalEntry, JournalHead
from trainyard.billing.journal.sealing import digest_of
from trainyard.billing.journal.sources import MODELS, SOURCES, Bodies
from trainyard.core.check_results import CheckResult

RULE = "journal"
ROWS_AT_ONCE = 1_000
Kind = JournalEntry.Kind


def check() -> tuple[int, list[CheckResult]]:
    """The number of entries that were looked at, and what shows that something is not as it was written."""
    heads = {head.organization_id: head for head in JournalHead.across_tenants.all()}
    count = 0
    findings: list[CheckResult] = []
    counted = JournalEntry.across_tenants.order_by().values_list("organization_id").annotate(number=Count("id"))
    lengths = dict(counted)
    for organization_id in sorted({*heads, *lengths}):
        head = heads.get(organization_id) or JournalHead(organization_id=organization_id)
        findings += _check_chain(head)
        count += lengths.get(organization_id, 0)
    findings += _untold()
    return count, findings


def _check_chain(head: JournalHead) -> Iterator[CheckResult]:
    expected, previous = 1, ""
    for entries in _batches(head.organization_id):
        told = _told(entries)
        for entry in entries:
            where = f"entry {entry.sequence} of {head.organization_id}"
            if entry.sequence != expected:
                yield CheckResult(RULE, where, f"entries {expected} to {entry.sequence - 1} before it are missing")
            elif entry.previous_hash != previous:
                yield CheckResult(RULE, where, "it does not follow the one before it")
            if hash_of(entry) != entry.hash:
                yield CheckResult(RULE, where, "it was altered")
            if entry.kind in SOURCES:
                yield from _check_row(entry, told[entry.kind].get(entry.subject))
            elif entry.kind == Kind.SEAL:
                yield from _check_seal(entry)
            expected, previous = entry.sequence + 1, entry.hash
    if (expected - 1, previous) != (head.length, head.hash):
        yield CheckResult(
            RULE, head.organization_id, f"the journal had {head.length} entries and ends at {expected - 1}"
        )


def _batches(organization_id: str) -> Iterator[list[JournalEntry]]:
    after = 0
    entries = JournalEntry.across_tenants.filter(organization_id=organization_id).order_by("sequence")
    while batch := list(entries.filter(sequence__gt=after)[:ROWS_AT_ONCE]):
        yield batch
        after = batch[-1].sequence


def _check_row(entry: JournalEntry, row: dict[str, Any] | None) -> Iterator[CheckResult]:
    if row is None:
        yield CheckResult(RULE, entry.subject, f"the row of entry {entry.sequence} is missing")
    elif different := sorted(name for name, value in row.items() if entry.body.get(name) != value):
        yield CheckResult(RULE, entry.subject, f"its {', '.join(different)} was altered")


def _told(entries: Sequence[JournalEntry]) -> dict[str, Bodies]:
    """What the rows say that ``entries`` tell of, by kind and id."""
    return {kind: read([entry.subject for entry in entries if entry.kind == kind]) for kind, read in SOURCES.items()}


def _check_seal(entry: JournalEntry) -> Iterator[CheckResult]:
    """The rows from before the journal that a seal holds."""
    sealed: dict[str, str] = entry.body["rows"]
    today = SOURCES[entry.body["of"]](sealed)
    for row_id, digest in sealed.items():
        if row_id not in today:
            yield CheckResult(RULE, row_id, f"the row of seal {entry.sequence} is missing")
        elif digest_of(today[row_id]) != digest:
            yield CheckResult(RULE, row_id, "it was altered since it was sealed")


def _untold() -> Iterator[CheckResult]:
    seals = JournalEntry.across_tenants.filter(kind=Kind.SEAL)
    sealed = {row_id for body in seals.values_list("body", flat=True).iterator() for row_id in body["rows"]}
    for kind, model in MODELS.items():
        told = JournalEntry.across_tenants.filter(kind=kind)
        untold = model.across_tenants.exclude(id__in=told.values("subject"))
        for row_id in untold.values_list("id", flat=True).iterator():
            if row_id not in sealed:
                yield CheckResult(RULE, row_id, "no entry tells of this row")
