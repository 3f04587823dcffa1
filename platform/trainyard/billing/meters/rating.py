"""Rating of metered events: each is priced at the time of its usage and booked once, however often it is sent."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import connection, transaction

from trainyard.billing.journal import bodies, chain
from trainyard.billing.journal.chain import JournalFact
from trainyard.billing.ledger import Account, book, lock_books
from trainyard.billing.meters.models import MeterCarry, MeteredUsage, MeterPrice
from trainyard.billing.meters.prices import ruling_prices
from trainyard.billing.meters.rated_usage import RatedUsage
from trainyard.billing.models import LedgerTransaction
from trainyard.core.bulk_insert import insert_values
from trainyard.core.ids import new_use_id
from trainyard.core.tenancy import current_tenant

NO_PRICE = "no_price"
FREE = Decimal(0)
NANO_PER_UNIT = 10**9
PICO = 10**12
"""Of a micro-unit: nine decimals of the quantity times nine of the price, less the six of a micro-unit."""
ROWS_AT_ONCE = 1_000
KNOWN_KEYS = "SELECT dedupe_key FROM billing_meteredusage WHERE organization_id = %s AND dedupe_key = ANY(%s)"
SAVE_CARRIES = (
    "UPDATE billing_metercarry AS c SET pico = s.pico FROM unnest(%s::bigint[], %s::bigint[]) AS s(id, pico) "
    "WHERE c.id = s.id"
)
CarryKey = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class MeterEvent:
    """``quantity_nano`` (in 10⁻⁹ of ``unit``) of ``subject`` used over ``[started_at, ended_at)``.

    ``key`` identifies the event for deduplication. ``price`` is an agreed price, such as a plan's fee; without it the
    price book applies.
    """

    kind: MeteredUsage.Kind
    subject: str
    key: str
    quantity_nano: int
    unit: str
    started_at: datetime
    ended_at: datetime
    price: MeterPrice | None = None
    made_by: str = ""


@transaction.atomic
def rate(events: Sequence[MeterEvent], *, now: datetime) -> int:
    """Prices and books ``events`` of the tenant in context that were not yet; returns the micro-units charged.

    The wallet pays as far as it goes, the rest is owed. What has no price is free, and says so.
    """
    books = lock_books()
    fresh = _not_rated(events)
    if not fresh:
        return 0
    rows = _priced(fresh, currency=books[Account.WALLET].currency, now=now)
    insert_values(MeteredUsage, [vars(row) for row in rows])
    facts = [JournalFact(chain.Kind.METERED, row.id, row.started_at, bodies.metered(row)) for row in rows]
    charged = sum(row.amount_micros for row in rows)
    if not charged:
        chain.append(facts)
        return 0
    wallet = books[Account.WALLET]
    from_wallet = max(min(charged, wallet.spendable_micros), 0)
    amounts = {
        Account.REVENUE: charged,
        Account.WALLET: -from_wallet,
        Account.RECEIVABLE: from_wallet - charged,
    }
    book(
        books,
        kind=LedgerTransaction.Kind.USAGE,
        dedupe_key=f"metered:{rows[0].id}",
        amounts={account: amount for account, amount in amounts.items() if amount},
        description="Plan" if rows[0].kind == MeteredUsage.Kind.PLAN else "Storage and predictions",
        facts=facts,
        now=now,
    )
    return charged


def rated_amount(*, quantity_nano: int, price_nano: int, carry_pico: int) -> tuple[int, int]:
    """Micro-units of a row, and what rounding leaves over for the next: whole numbers alone, rounded half to even.

    ``price_nano`` is the price of a unit in 10⁻⁹ of the currency's unit.
    """
    exact = quantity_nano * price_nano + carry_pico
    amount, rest = divmod(exact, PICO)
    if rest * 2 > PICO or (rest * 2 == PICO and amount % 2):
        amount, rest = amount + 1, rest - PICO
    return amount, rest


def _not_rated(events: Sequence[MeterEvent]) -> list[MeterEvent]:
    by_key = {event.key: event for event in events}
    known = _known(list(by_key))
    return [event for key, event in by_key.items() if key not in known]


def _known(keys: list[str]) -> set[str]:
    """The keys among ``keys`` that the tenant in context was charged by."""
    if connection.vendor == "postgresql":
        # As one array: a parameter for each key takes longer to write than to answer.
        with connection.cursor() as cursor:
            cursor.execute(KNOWN_KEYS, [current_tenant(), keys])
            return {key for (key,) in cursor.fetchall()}
    known: set[str] = set()
    for start in range(0, len(keys), ROWS_AT_ONCE):
        some = keys[start : start + ROWS_AT_ONCE]
        known |= set(MeteredUsage.objects.filter(dedupe_key__in=some).values_list("dedupe_key", flat=True))
    return known


def _priced(events: Sequence[MeterEvent], *, currency: str, now: datetime) -> list[RatedUsage]:
    prices = ruling_prices(currency=currency, at=[event.started_at for event in events])
    carries = {_key_of(carry): carry for carry in MeterCarry.objects.filter(kind__in={each.kind for each in events})}
    rows = []
    for event in events:
        price = _ruling(prices, event)
        row = _unrated(event, price, currency=currency, now=now)
        if price:
            key = _key_of(row)
            carry = carries.get(key) or carries.setdefault(key, _fresh_carry(row))
            row.carry_pico = carry.pico
            row.amount_micros, carry.pico = rated_amount(
                quantity_nano=row.quantity_nano,
                price_nano=int(price.per_unit * NANO_PER_UNIT),
                carry_pico=carry.pico,
            )
        rows.append(row)
    _save(list(carries.values()))
    return rows


def _unrated(event: MeterEvent, price: MeterPrice | None, *, currency: str, now: datetime) -> RatedUsage:
    """What is known before the amount is; without a price there is none."""
    return RatedUsage(
        id=new_use_id(),
        organization_id=current_tenant(),
        kind=event.kind,
        subject=event.subject,
        dedupe_key=event.key,
        quantity_nano=event.quantity_nano,
        unit=event.unit,
        unit_price=price.per_unit if price else FREE,
        price_id=price.id if price else "",
        currency=currency,
        carry_pico=0,
        amount_micros=0,
        free_reason="" if price else NO_PRICE,
        made_by=event.made_by,
        started_at=event.started_at,
        ended_at=event.ended_at,
        created_at=now,
    )


def _ruling(prices: Sequence[MeterPrice], event: MeterEvent) -> MeterPrice | None:
    if event.price is not None:
        return event.price
    of_meter = (price for price in prices if (price.kind, price.unit) == (event.kind, event.unit))
    return next((price for price in of_meter if price.effective_from <= event.started_at), None)


def _key_of(row: MeterCarry | RatedUsage) -> CarryKey:
    return (row.kind, row.subject, row.unit, row.price_id)


def _fresh_carry(row: RatedUsage) -> MeterCarry:
    return MeterCarry(
        organization_id=row.organization_id, kind=row.kind, subject=row.subject, unit=row.unit, price_id=row.price_id
    )


def _save(carries: Collection[MeterCarry]) -> None:
    """The books are locked, so nobody else has changed one since it was read."""
    known = [carry for carry in carries if carry.pk is not None]
    MeterCarry.objects.bulk_create([carry for carry in carries if carry.pk is None], batch_size=ROWS_AT_ONCE)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(SAVE_CARRIES, [[carry.pk for carry in known], [carry.pico for carry in known]])
    else:
        MeterCarry.objects.bulk_update(known, ["pico"], batch_size=ROWS_AT_ONCE)
