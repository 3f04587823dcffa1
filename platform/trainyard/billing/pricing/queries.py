"""Reads of price books: list prices, contracted prices and the resulting rates. All instants are timezone-aware."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from trainyard.billing.pricing.models import MAX_PERCENT, ContractedPrice, Price
from trainyard.billing.wallet.currencies import chosen_currencies, currencies_with, default_currency
from trainyard.core.errors import Conflict
from trainyard.core.prepared import Asked, PreparedQuery
from trainyard.core.read_together import read_together

PRICE_DECIMALS = Decimal("0.000000001")


class NoPrice(Conflict):
    code = "no_price"


@dataclass(frozen=True, slots=True)
class RateKey:
    """Organization, pool and kind (on demand or preemptible) for which a rate applies."""

    organization_id: str
    pool_id: str
    preemptible: bool


@dataclass(frozen=True, slots=True)
class Rate:
    """Exact cost of one slot-second for an organization while ``price`` and ``contract`` apply.

    A discounted rate is rounded once, half-even, to nine decimals.
    """

    price: Price
    contract: ContractedPrice | None
    effective_from: datetime

    @property
    def per_slot_second(self) -> Decimal:
        contract = self.contract
        if contract is None:
            return self.price.per_slot_second
        if contract.percent_off is None:
            assert contract.per_slot_second is not None  # noqa: S101  a constraint of the table
            return contract.per_slot_second
        discounted = self.price.per_slot_second * (MAX_PERCENT - contract.percent_off) / MAX_PERCENT
        return discounted.quantize(PRICE_DECIMALS, rounding=ROUND_HALF_EVEN)

    @property
    def currency(self) -> str:
        return self.price.currency

    @property
    def line(self) -> tuple[str, str]:
        """What usage at this rate adds up to one line by: the ids of price and contract."""
        return (self.price.id, self.contract.id if self.contract else "")


@dataclass(frozen=True, slots=True)
class Offer:
    """Present rate of a pool for one organization, if it has a price, and the announced rates, soonest first.

    ``preemptible`` is the rate of preemptible jobs; ``upcoming`` has the rates of both kinds.
    """

    on_demand: Rate | None
    preemptible: Rate | None
    upcoming: list[Rate]


@dataclass(slots=True)
class PriceBook:
    """Present list price of a pool, if it has one, and the announced list prices, soonest first."""

    current: Price | None = None
    upcoming: list[Price] = field(default_factory=list)


@dataclass(slots=True)
class PriceHistory:
    """The prices that may apply to one ``RateKey``, oldest first; a preemptible price overrides an on-demand price."""

    prices: list[Price] = field(default_factory=list)
    contracts: list[ContractedPrice] = field(default_factory=list)

    def rate(self, at: datetime) -> Rate:
        ruling = [each for each in self.prices if each.effective_from <= at]
        price = max(ruling, key=lambda each: (each.preemptible, each.effective_from), default=None)
        if price is None:
            raise NoPrice("This pool has no price yet.", hint="Choose another pool, or ask the operators for a price.")
        in_force = [
            each
            for each in self.contracts
            if each.effective_from <= at and (each.effective_until is None or at < each.effective_until)
        ]
        contract = max(in_force, key=lambda each: (each.pool_id is not None, each.effective_from), default=None)
        begun = price.effective_from if contract is None else max(price.effective_from, contract.effective_from)
        return Rate(price, contract, begun)

    def rates(self, start: datetime, end: datetime | None = None) -> list[Rate]:
        """The rates that rule somewhere in ``[start, end)``, oldest first. Raises ``NoPrice``."""
        edges = {each.effective_from for each in self.prices}
        edges |= {each.effective_from for each in self.contracts}
        edges |= {each.effective_until for each in self.contracts if each.effective_until is not None}
        found = [self.rate(start)]
        for at in sorted(edge for edge in edges if start < edge and (end is None or edge < end)):
            if (rate := self.rate(at)).line != found[-1].line:
                found.append(replace(rate, effective_from=at))
        return found


def rate_at(key: RateKey, *, at: datetime) -> Rate:
    """The rate that rules at ``at``. Raises ``NoPrice`` where none does."""
    return price_history(key, read_together(*asked_prices(key, start=at, end=at))).rate(at)


def rates_at(keys: Collection[RateKey], *, at: datetime) -> dict[RateKey, Rate]:
    """The rate of each of ``keys`` at ``at``, in a fixed number of queries. Raises ``NoPrice``."""
    return {key: book.rate(at) for key, book in _books(keys, start=at, end=at).items()}


def asked_prices(key: RateKey, *, start: datetime, end: datetime) -> tuple[Asked[Any], Asked[Any], Asked[Any]]:
    """What ``price_history`` is made of: all that rules somewhere from ``start`` to ``end``."""
    return (
        _CHOSEN_CURRENCY.asked(organization_id=key.organization_id),
        _PRICES.asked(pool_id=key.pool_id, start=start, end=end),
        _CONTRACTS.asked(organization_id=key.organization_id, start=start, end=end),
    )


def price_history(key: RateKey, found: Sequence[list[Any]]) -> PriceHistory:
    """The prices that bear on ``key``, of what ``asked_prices`` found."""
    chosen, prices, contracts = found
    return _history(key, currencies_with(chosen, [key.organization_id])[key.organization_id], prices, contracts)


def offers(*, organization_id: str, pool_ids: Sequence[str], at: datetime) -> dict[str, Offer]:
    """What each of ``pool_ids`` costs the organization, in a fixed number of queries."""
    keys = [RateKey(organization_id, pool_id, preemptible) for pool_id in pool_ids for preemptible in (False, True)]
    books = _books(keys, start=at)
    return {
        pool_id: _offer(
            books[RateKey(organization_id, pool_id, False)], books[RateKey(organization_id, pool_id, True)], at
        )
        for pool_id in pool_ids
    }


def _offer(on_demand: PriceHistory, preemptible: PriceHistory, at: datetime) -> Offer:
    """A rate of preemptible jobs that is the on-demand one is named once."""
    known = [
        book.rates(max(at, book.prices[0].effective_from)) if book.prices else [] for book in (on_demand, preemptible)
    ]
    upcoming = {(rate.effective_from, rate.line): rate for rates in known for rate in rates if rate.effective_from > at}
    current = [rates[0] if rates and rates[0].effective_from <= at else None for rates in known]
    return Offer(current[0], current[1], sorted(upcoming.values(), key=lambda rate: rate.effective_from))


def list_prices(*, pool_id: str | None = None) -> QuerySet[Price]:
    """Every list price, of one pool where it is named."""
    prices = Price.objects.select_related("pool")
    return prices if pool_id is None else prices.filter(pool_id=pool_id)


def contracted_prices(*, organization_id: str) -> QuerySet[ContractedPrice]:
    """What one organization has agreed on, for operators."""
    return ContractedPrice.across_tenants.filter(organization_id=organization_id).select_related("pool")


def price_books(*, pool_ids: Sequence[str], at: datetime, currency: str | None = None) -> dict[str, PriceBook]:
    """The present and announced on-demand list prices of each of ``pool_ids``."""
    books = {pool_id: PriceBook() for pool_id in pool_ids}
    for price in _ruling_since(at).filter(pool_id__in=pool_ids, preemptible=False):
        if price.currency != (currency or default_currency()):
            continue
        if price.effective_from <= at:
            books[price.pool_id].current = price
        else:
            books[price.pool_id].upcoming.append(price)
    return books


def _books(keys: Collection[RateKey], *, start: datetime, end: datetime | None = None) -> dict[RateKey, PriceHistory]:
    organizations, pools = ({key.organization_id for key in keys}, {key.pool_id for key in keys})
    chosen, prices, contracts = read_together(
        chosen_currencies(organizations), _prices(pools, start, end), _contracts(organizations, start, end)
    )
    currencies = currencies_with(chosen, organizations)
    return {key: _history(key, currencies[key.organization_id], prices, contracts) for key in keys}


def _history(
    key: RateKey, currency: str, prices: Sequence[Price], contracts: Sequence[ContractedPrice]
) -> PriceHistory:
    return PriceHistory(
        [each for each in prices if _bears_on(each, key, currency)],
        [each for each in contracts if _applies_to(each, key)],
    )


def _prices(pool_ids: Collection[str], start: datetime, end: datetime | None) -> QuerySet[Price]:
    begun = Q() if end is None else Q(effective_from__lte=end)
    return _ruling_since(start).filter(begun, pool_id__in=pool_ids)


def _contracts(organization_ids: Collection[str], start: datetime, end: datetime | None) -> QuerySet[ContractedPrice]:
    begun = Q() if end is None else Q(effective_from__lte=end)
    theirs = ContractedPrice.across_tenants.filter(begun, organization_id__in=organization_ids)
    return theirs.exclude(effective_until__lte=start).order_by("effective_from")


def _ruling_since(at: datetime) -> QuerySet[Price]:
    """List prices that rule at ``at`` or later, oldest first."""
    same = {name: OuterRef(name) for name in ("pool", "preemptible", "currency")}
    ruling = Price.objects.filter(effective_from__lte=at, **same).order_by("-effective_from")
    since = Coalesce(Subquery(ruling.values("effective_from")[:1]), "effective_from")
    return Price.objects.filter(effective_from__gte=since).order_by("effective_from")


def _bears_on(price: Price, key: RateKey, currency: str) -> bool:
    return price.pool_id == key.pool_id and price.currency == currency and price.preemptible <= key.preemptible


def _applies_to(contract: ContractedPrice, key: RateKey) -> bool:
    return (
        contract.organization_id == key.organization_id
        and contract.pool_id in (None, key.pool_id)
        and contract.preemptible in (None, key.preemptible)
    )


_CHOSEN_CURRENCY: PreparedQuery[Any] = PreparedQuery(
    lambda *, organization_id: chosen_currencies([organization_id]), "organization_id", across_tenants=True
)
_PRICES: PreparedQuery[Any] = PreparedQuery(
    lambda *, pool_id, start, end: _prices([pool_id], start, end),
    "pool_id",
    moments=("start", "end"),
    across_tenants=True,
)
_CONTRACTS: PreparedQuery[Any] = PreparedQuery(
    lambda *, organization_id, start, end: _contracts([organization_id], start, end),
    "organization_id",
    moments=("start", "end"),
    across_tenants=True,
)
