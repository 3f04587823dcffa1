"""One page of what a search finds: rows as MLflow shows them, held against its conditions, newest first or sorted."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from trainyard.api.compat.mlflow.filters import Attributes, Condition, Order, Values, conditions, order
from trainyard.core.errors import FieldError, InvalidInput

if TYPE_CHECKING:
    from django.db.models import Model, QuerySet

Row = TypeVar("Row", bound="Model")

MOST_A_PAGE = 1_000
BATCH = 500
MOST_SCANNED = 10_000
"""Rows that one page looks at: where they hold less than a page, it is short, and its token goes on behind them."""
MOST_SORTED = 5_000


@dataclass(frozen=True, slots=True)
class Record:
    """A row as MLflow shows it: ``body`` is its JSON, ``values`` what filters and orders may name."""

    id: str
    body: dict[str, Any]
    values: Values


@dataclass(frozen=True, slots=True)
class Search:
    """``after`` is the id that ended the page before; empty for the first."""

    conditions: list[Condition]
    orders: list[Order]
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


def page(rows: "QuerySet[Row]", show: Callable[[Row], Record], search: Search) -> tuple[list[Record], str]:
    """The records, and the token of the next page, which is empty at the end. Raises ``InvalidInput``."""
    return _sorted_page(rows, show, search) if search.orders else _newest_first(rows, show, search)


def _newest_first(rows: "QuerySet[Row]", show: Callable[[Row], Record], search: Search) -> tuple[list[Record], str]:
    # In batches by key: of a long search no answer of the database is held open.
    size = BATCH if search.conditions else search.limit + 1
    found: list[Record] = []
    last, left = search.after, MOST_SCANNED
    while left > 0:
        batch = list((rows.filter(pk__lt=last) if last else rows).order_by("-pk")[:size])
        for record in map(show, batch):
            if not search.meets(record):
                continue
            if len(found) == search.limit:
                return found, found[-1].id
            found.append(record)
        if len(batch) < size:
            return found, ""
        last, left = str(batch[-1].pk), left - size
    return found, last


def _sorted_page(rows: "QuerySet[Row]", show: Callable[[Row], Record], search: Search) -> tuple[list[Record], str]:
    every = list(rows.order_by("-pk")[: MOST_SORTED + 1])
    if len(every) > MOST_SORTED:
        message = f"These are more than {MOST_SORTED:,}, which is as many as are sorted at once."
        raise InvalidInput(
            message,
            hint="Name fewer experiments, or leave out order_by: the newest come first.",
            errors=(FieldError("order_by", "too_many", message),),
        )
    found = [record for record in map(show, every) if search.meets(record)]
    for each in reversed(search.orders):
        with_value = [record for record in found if each.key in record.values]
        with_value.sort(key=lambda record: record.values[each.key], reverse=each.descending)
        found = with_value + [record for record in found if each.key not in record.values]
    start = _place_after(found, search.after)
    rest = found[start : start + search.limit]
    return rest, rest[-1].id if start + search.limit < len(found) else ""


def _place_after(found: list[Record], token: str) -> int:
    if not token:
        return 0
    for place, record in enumerate(found):
        if record.id == token:
            return place + 1
    message = "This page token was not given out by this search, or what it names has changed meanwhile."
    raise InvalidInput(message, errors=(FieldError("page_token", "invalid", message),))
