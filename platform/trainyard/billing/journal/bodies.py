"""Bodies of journal entries. Each is built from its row alone, so that verification can rebuild and compare it."""

from collections.abc import Iterable, Mapping
from typing import Any

from trainyard.billing.journal.chain import JournalFact, Kind, written_time
from trainyard.billing.meters.models import MeteredUsage
from trainyard.billing.meters.rated_usage import RatedUsage
from trainyard.billing.models import LedgerEntry, LedgerTransaction, UsageRecord


def usage(record: UsageRecord) -> dict[str, Any]:
    """Body of billed training time: the interval, its price and what holds the work.

    Where a plan's fee includes it, that stands in the place of a contract.
    """
    price = record.price
    return {
        "job": record.job_id,
        "attempt": record.attempt_id,
        "fence": record.fence,
        "pool": price.pool_id,
        "slots": record.slots,
        "price": price.id,
        "contract": record.terms,
        "unit_price": f"{record.unit_price:.9f}",
        "price_effective_from": written_time(price.effective_from),
        "currency": price.currency,
        "training_started_at": written_time(record.training_started_at),
        "from_microseconds": record.from_microseconds,
        "to_microseconds": record.to_microseconds,
        "amount_micros": record.amount_micros,
        "billed_by": record.billed_by,
    }


def metered(row: MeteredUsage | RatedUsage) -> dict[str, Any]:
    """Body of storage, predictions and plans: the quantity, its price and what rounding had left over."""
    return {
        "meter": str(row.kind),
        "of": row.subject,
        "dedupe_key": row.dedupe_key,
        "quantity_nano": row.quantity_nano,
        "unit": row.unit,
        "unit_price": f"{row.unit_price:.9f}",
        "price": row.price_id,
        "currency": row.currency,
        "carry_pico": row.carry_pico,
        "amount_micros": row.amount_micros,
        "free_reason": row.free_reason,
        "started_at": written_time(row.started_at),
        "ended_at": written_time(row.ended_at),
    }


def ledger(transaction: LedgerTransaction, entries: Iterable[LedgerEntry]) -> dict[str, Any]:
    """Body of moved money: signed micro-units by account, which sum to zero."""
    return {
        "kind": str(transaction.kind),
        "dedupe_key": transaction.dedupe_key,
        "job": transaction.job_id,
        "entries": sorted([str(entry.account.kind), entry.account.currency, entry.amount_micros] for entry in entries),
    }


def usage_facts(
    records: Iterable[UsageRecord], metered: Mapping[tuple[str, str], int], *, sha256: str = ""
) -> list[JournalFact]:
    """Facts of newly billed ``records`` of one attempt, whose lines had ``metered`` microseconds, by ``Rate.line``.

    Beside what its row says a fact has the microseconds before it on its line: the amount is by how much they round
    the line's total up or down; and the digest of the checkpoint or model that holds the work.
    """
    before = dict(metered)
    facts = []
    for record in records:
        line = (record.price_id, record.terms)
        at_price = before.get(line, 0)
        body = usage(record) | {"line_microseconds_before": at_price, "held_sha256": sha256}
        before[line] = at_price + record.to_microseconds - record.from_microseconds
        facts.append(JournalFact(Kind.USAGE, record.id, record.ended_at, body))
    return facts
