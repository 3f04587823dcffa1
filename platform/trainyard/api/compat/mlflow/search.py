"""One page of search results: rows in MLflow's form that meet the conditions, newest first or sorted."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from heapq import merge
from itertools import chain
from typing import TYPE_CHECKING, Any

from trainyard.api.compat.mlflow.filters import Attributes, Condition, OrderBy, Values, conditions, order
from trainyard.core.errors import FieldError, InvalidInput

if TYPE_CHECKING:
    from django.db.models import QuerySet

MOST_A_PAGE = 1_000
BATCH = 500
MOST_SCANNED = 10_000
"""Rows that one page looks at: where they hold less than a page, it is short, and its token goes on behind them."""
MOST_SORTED = 5_000


@dataclass(frozen=True, slots=True)
class Record:
    """A row in MLflow's form: ``body`` is its JSON, ``values`` are the values that filters and orders may name."""

    id: str
    body: dict[str, Any]
    values: Values


@dataclass(frozen=True, slots=True)
class SearchSource:
    """Rows of one table, converted in batches. Their ids begin with ``prefix``, and the rest sorts by time."""

    prefix: str
    rows: "QuerySet[Any]"
    show: Callable[[Sequence[Any]], list[Record]]

    def newest(self, *, after: str, size: int) -> Iterator[Record]:
        """All that are older than the id ``after``, newest first: no answer of the database is held open for long."""
        last = f"{self.prefix}{_age(after)}" if after else ""
        while True:
            batch = list((self.rows.filter(pk__lt=last) if last else self.rows).order_by("-pk")[:size])
            yield from self.show(batch)
            if len(batch) < size:
                return
            last = str(batch[-1].pk)


@dataclass(frozen=True, slots=True)
class Search:
    """A search. ``after`` is the last id of the previous page, and empty for the first page."""

    conditions: list[Condition]
    orders: list[OrderBy]
    limit: int
    after: str

    def meets(self, record: Record) -> bool:
        return all(condition.holds(record.values) for condition in self.conditions)


def search_of(asked: dict[str, Any], attributes: Attributes) -> Search:
    """What a validated body asks for. Raises ``InvalidInput``."""
    return Search(
        conditions=conditions(asked["filter"], attributes),
        orders=[order(each, attributes) for each in asked["order_by"]],
        limit=min(asked["max_results"], MOST_A_PAGE),
        after=asked["page_token"],
    )


def page(sources: Sequence[SearchSource], search: Search) -> tuple[list[Record], str]:
    """The records, and the token of the next page, which is empty at the end. Raises ``InvalidInput``."""
    return _sorted_page(sources, search) if search.orders else _newest_first(sources, search)


def _newest_first(sources: Sequence[SearchSource], search: Search) -> tuple[list[Record], str]:
    size = BATCH if search.conditions else search.limit + 1
    found: list[Record] = []
    last = search.after
    every = merge(
        *(source.newest(after=search.after, size=size) for source in sources),
        key=lambda record: _age(record.id),
        reverse=True,
    )
    for scanned, record in enumerate(every):
        if scanned == MOST_SCANNED:
            return found, last
        if search.meets(record):
            if len(found) == search.limit:
                return found, found[-1].id
            found.append(record)
        last = record.id
    return found, ""


def _sorted_page(sources: Sequence[SearchSource], search: Search) -> tuple[list[Record], str]:
    every = [list(source.rows.order_by("-pk")[: MOST_SORTED + 1]) for source in sources]
    if sum(map(len, every)) > MOST_SORTED:
        message = f"These are more than {MOST_SORTED:,}, which is as many as are sorted at once."
        raise InvalidInput(
            message,
            hint="Name fewer experiments, or leave out order_by: the newest come first.",
            errors=(FieldError("order_by", "too_many", message),),
        )
    shown = chain.from_iterable(source.show(rows) for source, rows in zip(sources, every, strict=True))
    newest_first = sorted(shown, key=lambda record: _age(record.id), reverse=True)
    found = [record for record in newest_first if search.meets(record)]
    for each in reversed(search.orders):
        with_value = [record for record in found if each.key in record.values]
        with_value.sort(key=lambda record: record.values[each.key], reverse=each.descending)
        found = with_value + [record for record in found if each.key not in record.values]
    start = _place_after(found, search.after)
    rest = found[start : start + search.limit]
    return rest, rest[-1].id if start + search.limit < len(found) else ""


def _age(record_id: str) -> str:
    """What follows the prefix of an id: it sorts by the time of its creation, in every table alike."""
    return record_id.partition("_")[2]


def _place_after(found: list[Record], token: str) -> int:
    if not token:
        return 0
    for place, record in enumerate(found):
        if record.id == token:
            return place + 1
    message = "This page token was not given out by this search, or what it names has changed meanwhile."
    raise InvalidInput(message, errors=(FieldError("page_token", "invalid", message),))
