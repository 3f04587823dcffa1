"""Sealing: usage and ledger rows that are older than the journal are added to its hash chain, once.

An ordinary entry for each of them would count as late usage and be invoiced. A seal therefore contains the digests of
many rows and no amounts; verification computes the digests again. Rows that are younger than the journal are not
sealed: a missing entry for one of those is an error.
"""

import json
from datetime import datetime
from hashlib import sha256
from typing import Any

import structlog
from django.db import transaction
from django.db.models import Min

from trainyard.billing.journal import chain
from trainyard.billing.journal.chain import JournalFact
from trainyard.billing.journal.models import JournalEntry
from trainyard.billing.journal.sources import MODELS, SOURCES
from trainyard.core import audit
from trainyard.core.tenancy import current_tenant

logger = structlog.get_logger(__name__)

ROWS_OF_A_SEAL = 1_000


class AlreadySealed(Exception):
    """The organization's rows from before its journal are sealed already; a row without an entry was added afterwards.

    Only a management command seals, so the API never answers with this error.
    """


@transaction.atomic
def seal(*, actor: str, now: datetime) -> int:
    """Seals the rows of the tenant in context that are older than its journal; returns how many.

    Raises ``AlreadySealed``.
    """
    head = chain.locked_head()
    if JournalEntry.objects.filter(kind=JournalEntry.Kind.SEAL).exists():
        raise AlreadySealed
    count, facts, began = 0, list[JournalFact](), _began()
    for kind in SOURCES:
        ids = _older_than_the_journal(kind, began)
        for first in range(0, len(ids), ROWS_OF_A_SEAL):
            part = ids[first : first + ROWS_OF_A_SEAL]
            rows = {row_id: digest_of(body) for row_id, body in SOURCES[kind](part).items()}
            facts.append(JournalFact(JournalEntry.Kind.SEAL, min(rows), now, {"of": str(kind), "rows": rows}))
            count += len(rows)
    if not count:
        return 0
    chain.append(facts, head=head)
    audit.record(
        actor=actor,
        action="journal.seal",
        target=current_tenant(),
        organization_id=current_tenant(),
        now=now,
        rows=count,
        entries=len(facts),
    )
    logger.info("journal.sealed", organization_id=current_tenant(), rows=count, entries=len(facts))
    return count


def digest_of(body: dict[str, Any]) -> str:
    """Hex SHA-256 of what the journal would say of a row."""
    return sha256(json.dumps(body, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _began() -> str | None:
    """What follows the prefix in the first id that an entry of any kind tells of: a time, by which all ids sort."""
    told = JournalEntry.objects.filter(kind__in=SOURCES).values_list("kind").annotate(first=Min("subject")).order_by()
    return min((first.partition("_")[2] for _, first in told), default=None)


def _older_than_the_journal(kind: str, began: str | None) -> list[str]:
    rows = MODELS[kind].objects.order_by("id")
    oldest: str | None = rows.values_list("id", flat=True).first()
    if oldest is not None and began is not None:
        rows = rows.filter(id__lt=f"{oldest.partition('_')[0]}_{began}")
    return list(rows.values_list("id", flat=True))
