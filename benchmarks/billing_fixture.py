"""Fixture of the billing benchmark: an organization with very much usage. Needs Django set up."""

import math
import random
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import psutil
from django.db import connection, transaction

from trainyard.billing.invoices import closing
from trainyard.billing.invoices.models import Invoice
from trainyard.billing.journal import bodies, chain
from trainyard.billing.journal.chain import JournalFact
from trainyard.billing.ledger import lock_books
from trainyard.billing.meters.models import MeteredUsage
from trainyard.billing.meters.prices import set_meter_price
from trainyard.billing.meters.rating import NANO_PER_UNIT, MeterEvent, rate
from trainyard.billing.models import (
    JournalEntry,
    LedgerAccount,
    LedgerEntry,
    LedgerTransaction,
    Price,
    UsageRecord,
)
from trainyard.billing.queries import ledger, usage_records, usage_totals
from trainyard.billing.wallet.granting import grant_credit
from trainyard.core.tenancy import tenant_scope
from trainyard.pools.models import Pool
from trainyard.tenants.models import Organization

START = datetime(2026, 1, 1, tzinfo=UTC)
BATCH = 2_000
INTERVALS_OF_A_JOB = 100
PAGE = 50
READS = 20


def measure(events: int, intervals: int) -> dict[str, float]:
    """Figures of rating ``events``, of closing a month of ``intervals``, and of pages of usage before and after."""
    organization = Organization.objects.create(name="Meadow Labs", created_at=START)
    grant_credit(organization_id=organization.id, amount_micros=10**15, kind="payment", actor="bench", now=START)
    with tenant_scope(organization.id):
        figures = {**_rated_per_second(events), "difference": _difference()}
        few = _other_organization()
        figures |= _pages("few", few)
        _train(organization.id, intervals)
        _move_money(organization.id, intervals)
        _analyze()
        figures |= {"closing": _seconds(lambda: _close(organization.id))} | _pages("many", organization.id)
    return figures


def _rated_per_second(events: int) -> dict[str, float]:
    """By the wall clock, by the processor time of this process, and by that of it and the database together."""
    set_meter_price(
        kind="predictions",
        unit="call",
        per_unit=Decimal("0.000012345"),
        currency=None,
        effective_from=START,
        actor="bench",
        now=START,
    )
    batches = [
        [_call(number) for number in range(first, min(first + BATCH, events))] for first in range(0, events, BATCH)
    ]
    database = _database_process()
    client, server = time.process_time(), _processor_seconds(database)
    seconds = _seconds(lambda: [rate(batch, now=START) for batch in batches])
    client, server = time.process_time() - client, _processor_seconds(database) - server
    return {"rated": events / seconds, "rated_processor": events / client, "rated_both": events / (client + server)}


def _database_process() -> psutil.Process | None:
    """The server's process that answers this connection, where the server is on this machine."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    try:
        process = psutil.Process(pid)
    except psutil.Error:
        return None
    return process if "postgres" in process.name() else None


def _processor_seconds(process: psutil.Process | None) -> float:
    return math.nan if process is None else sum(process.cpu_times()[:2])


def _call(number: int) -> MeterEvent:
    at = START + timedelta(seconds=number % 2_000_000)
    return MeterEvent(
        MeteredUsage.Kind.PREDICTIONS, f"mdl_{number % 100}", f"call_{number}", NANO_PER_UNIT, "call", at, at
    )


def _difference() -> float:
    """Micro-units between the ledger's balances and those that a replay of the journal makes."""
    replayed: dict[str, int] = {}
    entries = JournalEntry.objects.filter(kind=JournalEntry.Kind.LEDGER).values_list("body", flat=True)
    for body in entries.iterator():
        for account, _, micros in body["entries"]:
            replayed[account] = replayed.get(account, 0) + micros
    kept = LedgerAccount.objects.values_list("kind", "balance_micros")
    return float(sum(abs(balance - replayed.get(kind, 0)) for kind, balance in kept))


def _other_organization() -> str:
    other = Organization.objects.create(name="Other Labs", created_at=START)
    with tenant_scope(other.id):
        _train(other.id, 1_000)
        _move_money(other.id, 1_000)
    return other.id


def _move_money(organization_id: str, times: int) -> None:
    """Holds and releases of one micro-unit, written in bulk: pages of the ledger are to have something to show."""
    with transaction.atomic():
        books = lock_books()
    for first in range(0, times, BATCH):
        booked = [
            LedgerTransaction(
                organization_id=organization_id,
                kind=LedgerTransaction.Kind.HOLD if number % 2 else LedgerTransaction.Kind.RELEASE,
                dedupe_key=f"bench:{number}",
                description="Reserved for a job",
                created_at=START,
            )
            for number in range(first, min(first + BATCH, times))
        ]
        LedgerTransaction.objects.bulk_create(booked)
        signs = {LedgerTransaction.Kind.HOLD: 1, LedgerTransaction.Kind.RELEASE: -1}
        LedgerEntry.objects.bulk_create(
            LedgerEntry(transaction=each, account=books[kind], amount_micros=side * signs[each.kind])
            for each in booked
            for kind, side in ((LedgerAccount.Kind.WALLET, -1), (LedgerAccount.Kind.HELD, 1))
        )


def _train(organization_id: str, intervals: int) -> None:
    """Usage as checkpoints bill it, written in bulk: how fast that goes is not what is asked here."""
    pool, _ = Pool.objects.get_or_create(name="bench", defaults={"slot_kind": "gpu", "created_at": START})
    price, _ = Price.objects.get_or_create(
        pool=pool,
        effective_from=START,
        currency="USD",
        defaults={"per_slot_second": Decimal("0.0005"), "created_at": START},
    )
    lengths = random.Random(0)
    for first in range(0, intervals, BATCH):
        records = [
            _interval(organization_id, price, number, lengths.randrange(1, 6 * 10**7))
            for number in range(first, min(first + BATCH, intervals))
        ]
        UsageRecord.objects.bulk_create(records)
        _journal(records)


def _interval(organization_id: str, price: Price, number: int, length: int) -> UsageRecord:
    job, place = divmod(number, INTERVALS_OF_A_JOB)
    begin = place * 6 * 10**7
    return UsageRecord(
        organization_id=organization_id,
        job_id=f"job_{job}",
        attempt_id=f"att_{organization_id[-8:]}_{job}",
        fence=1,
        slots=1,
        price=price,
        unit_price=price.per_slot_second,
        training_started_at=START + timedelta(minutes=job % 40_000),
        from_microseconds=begin,
        to_microseconds=begin + length,
        amount_micros=length // 2_000,
        billed_by="ckpt_1",
        created_at=START,
    )


def _journal(records: list[UsageRecord]) -> None:
    with transaction.atomic():
        chain.append(
            [JournalFact(chain.Kind.USAGE, record.id, record.ended_at, bodies.usage(record)) for record in records]
        )


def _close(organization_id: str) -> None:
    closing.close_due(calendar=START + timedelta(days=31), now=START + timedelta(days=31))
    assert Invoice.objects.filter(organization_id=organization_id, finalized_at__isnull=False).exists()


def _pages(which: str, organization_id: str) -> dict[str, float]:
    with tenant_scope(organization_id):
        usage = usage_records().select_related("price__pool")
        return {
            f"usage_{which}": _median(lambda: list(usage.order_by("-id")[:PAGE])),
            f"totals_{which}": _median(usage_totals),
            f"ledger_{which}": _median(lambda: list(ledger().order_by("-id")[:PAGE])),
        }


def _median(read: Callable[[], object]) -> float:
    return sorted(_seconds(read) for _ in range(READS))[READS // 2]


def _seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def _analyze() -> None:
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
