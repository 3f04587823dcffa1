"""Hash chain of the journal: what the hash of an entry covers, and the only code that appends entries.

Source: S. Haber, W. S. Stornetta, "How to time-stamp a digital document", 1991. docs/billing.md says how a hash is
computed, so that anyone can recompute it.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from trainyard.billing.calendar import clock
from trainyard.billing.journal.models import JournalEntry, JournalHead
from trainyard.core import deferred_writes
from trainyard.core.bulk_insert import insert_values
from trainyard.core.prepared_update import PreparedUpdate
from trainyard.core.tenancy import current_tenant

Kind = JournalEntry.Kind
_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), check_circular=False)
"""Made once: it is asked for each entry."""
MOMENTS_KEPT = 1_024
FEW = 4
"""Entries that go with the next statement of the transaction; more of them take a statement of their own."""


@dataclass(frozen=True, slots=True)
class JournalFact:
    """A fact to be journalled: ``body`` describes the row ``subject``; it happened at ``at``."""

    kind: JournalEntry.Kind
    subject: str
    at: datetime
    body: Mapping[str, Any]


@dataclass
class NewEntry:
    """The fields of a ``JournalEntry`` without the model instance, which costs more time to construct than the hash."""

    organization_id: str
    sequence: int
    kind: JournalEntry.Kind
    subject: str
    occurred_at: datetime
    body: Mapping[str, Any]
    previous_hash: str
    hash: str = ""


def append(facts: Sequence[JournalFact], *, head: JournalHead | None = None) -> None:
    """Appends ``facts`` to the journal of the tenant in context, in the caller's transaction.

    Times of facts are the clock's; the journal has the calendar's. Whoever else appends waits for the transaction.
    ``head`` is ``locked_head``, where the caller has just read it.
    """
    if not facts:
        return
    if not connection.in_atomic_block:
        raise RuntimeError("a fact is journalled in the transaction that makes it one")
    organization_id = current_tenant()
    head = head or locked_head()
    ahead = clock.offset()
    previous = head.hash
    entries: list[dict[str, Any]] = []
    for sequence, fact in enumerate(facts, head.length + 1):
        entry = NewEntry(
            organization_id=organization_id,
            sequence=sequence,
            kind=fact.kind,
            subject=fact.subject,
            occurred_at=fact.at + ahead,
            body=fact.body,
            previous_hash=previous,
        )
        entry.hash = previous = hash_of(entry)
        entries.append(vars(entry))
    if len(entries) <= FEW:
        deferred_writes.insert(*(JournalEntry(**entry) for entry in entries))
    else:
        insert_values(JournalEntry, entries)
    _MOVED.update_later(length=head.length + len(facts), hash=previous)


_MOVED = PreparedUpdate(lambda: (JournalHead.objects.all(), {}), columns=("length", "hash"))


def locked_head() -> JournalHead:
    """The end of the journal of the tenant in context, locked until the transaction ends."""
    return the_locked_head(heads_to_lock())


def heads_to_lock() -> QuerySet[JournalHead]:
    """What ``locked_head`` reads, and locks by reading: at most one row."""
    return JournalHead.objects.select_for_update(no_key=True)


def the_locked_head(found: Iterable[JournalHead]) -> JournalHead:
    """``locked_head`` of what ``heads_to_lock`` found."""
    return next(iter(found), None) or _begun()


def _begun() -> JournalHead:
    JournalHead.objects.bulk_create([JournalHead(organization_id=current_tenant())], ignore_conflicts=True)
    return heads_to_lock().get()


def hash_of(entry: JournalEntry | NewEntry) -> str:
    """Hex SHA-256 over the previous entry's hash, a line feed and the entry as ``text_of`` writes it."""
    return sha256(f"{entry.previous_hash}\n{text_of(entry)}".encode()).hexdigest()


def text_of(entry: JournalEntry | NewEntry) -> str:
    """The entry as JSON: keys sorted, no spaces, ASCII alone, the time in UTC to the microsecond."""
    return _CANONICAL.encode(said(entry))


def said(entry: JournalEntry | NewEntry) -> dict[str, Any]:
    """What the hash covers, besides the previous one."""
    return {
        "organization": entry.organization_id,
        "sequence": entry.sequence,
        "kind": entry.kind,
        "subject": entry.subject,
        "occurred_at": written_time(entry.occurred_at),
        "body": entry.body,
    }


@lru_cache(maxsize=MOMENTS_KEPT)
def written_time(moment: datetime) -> str:
    """``2026-11-30T23:59:59.000001Z``."""
    return f"{moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='microseconds')}Z"
