"""Cursor pagination: by primary key, which sorts by creation, or by another key and then by primary key."""

import base64
import json
from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import Q
from rest_framework.request import Request
from rest_framework.serializers import Serializer

from trainyard.api.numbers import whole_number
from trainyard.api.schema import DEFAULT_LIMIT, MAX_LIMIT, PAGE_PARAMETERS
from trainyard.api.serializers import Texts, validated
from trainyard.core.errors import FieldError, InvalidInput

if TYPE_CHECKING:
    from django.db.models import Model, QuerySet

Row = TypeVar("Row", bound="Model")


class Page(Generic[Row]):
    """One page of ``rows``, and the cursor of the next page or ``None`` on the last."""

    def __init__(self, rows: list[Row], next_cursor: str | None) -> None:
        self.rows = rows
        self.next_cursor = next_cursor

    def body(self, data: Any) -> dict[str, Any]:
        """The list envelope around the serialized rows."""
        return {"data": data, "next_cursor": self.next_cursor}


def paginate(queryset: "QuerySet[Row]", request: Request, *, oldest_first: bool = False) -> Page[Row]:
    """The page of ``queryset``, newest first unless told, that the query parameters ``limit`` and ``cursor`` ask for.

    Raises ``InvalidInput`` for a limit that is no number from 1 to 200 and for a cursor that was never given out.
    """
    limit = _limit(request.query_params.get("limit"))
    cursor = request.query_params.get("cursor")
    if cursor:
        queryset = queryset.filter(**{"pk__gt" if oldest_first else "pk__lt": _decoded_pk(cursor, queryset)})
    return page_of(list(queryset.order_by("pk" if oldest_first else "-pk")[: limit + 1]), limit=limit)


def page_of(rows: list[Row], *, limit: int = DEFAULT_LIMIT) -> Page[Row]:
    """The page of rows by primary key that were read to one beyond ``limit``."""
    return Page(rows[:limit], _encode(str(rows[limit - 1].pk)) if len(rows) > limit else None)


def counted_page(request: Request) -> tuple[int, int]:
    """How many rows to pass over, and the page's limit, in a list that is no query set and never changes.

    Raises what ``paginate`` raises.
    """
    cursor = request.query_params.get("cursor")
    begin = whole_number(_decoded(cursor)) if cursor else 0
    if begin is None:
        raise _bad_cursor()
    return begin, _limit(request.query_params.get("limit"))


def counted_body(data: Any, *, begin: int, total: int) -> dict[str, Any]:
    """The list envelope around ``data``, the rows from ``begin`` on of ``total``."""
    end = begin + len(data)
    return {"data": data, "next_cursor": _encode(str(end)) if data and end < total else None}


def paginate_by_key(queryset: "QuerySet[Row]", request: Request, *, descending: bool) -> Page[Row]:
    """As ``paginate``, by ``sort_key``, which each row has: a text, a number or a time, never null."""
    limit = _limit(request.query_params.get("limit"))
    cursor = request.query_params.get("cursor")
    side, sign = ("lt", "-") if descending else ("gt", "")
    if cursor:
        key, pk = _decoded_key(cursor)
        beyond = Q(**{f"sort_key__{side}": key}) | Q(**{"sort_key": key, f"pk__{side}": pk})
        queryset = queryset.filter(beyond)
    rows = list(queryset.order_by(f"{sign}sort_key", f"{sign}pk")[: limit + 1])
    more = len(rows) > limit
    rows = rows[:limit]
    return Page(rows, _encoded_key(rows[-1]) if more else None)


def _encoded_key(row: Any) -> str:
    key = row.sort_key
    if isinstance(key, datetime):
        key = {"time": key.isoformat()}
    return base64.urlsafe_b64encode(json.dumps([key, row.pk]).encode()).decode().rstrip("=")


def _decoded_key(cursor: str) -> tuple[Any, str]:
    try:
        key, pk = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
        if isinstance(key, dict):
            key = datetime.fromisoformat(key["time"])
        if not isinstance(key, str | int | float | datetime) or not isinstance(pk, str) or "\0" in f"{key}{pk}":
            raise ValueError(key)
    except (ValueError, TypeError, KeyError):
        raise _bad_cursor() from None
    return key, pk


def filters(serializer: type[Serializer[Any]], request: Request) -> dict[str, Any]:
    """The query parameters besides paging's own, as the strict ``serializer`` reads them."""
    paging = {parameter.name for parameter in PAGE_PARAMETERS}
    stated = request.query_params.items()
    return validated(serializer, Texts({name: str(value) for name, value in stated if name not in paging}))


def _limit(value: str | None) -> int:
    if value is None:
        return DEFAULT_LIMIT
    limit = whole_number(value)
    if limit is None or not 1 <= limit <= MAX_LIMIT:
        raise InvalidInput(
            "The page size is not valid.",
            errors=(FieldError("limit", "invalid", f"limit must be a number from 1 to {MAX_LIMIT}."),),
        )
    return limit


def _encode(key: str) -> str:
    return base64.urlsafe_b64encode(key.encode()).decode().rstrip("=")


def _decoded_pk(cursor: str, queryset: "QuerySet[Row]") -> Any:
    """As the primary key of ``queryset``: a text, or a number."""
    try:
        return queryset.model._meta.pk.to_python(_decoded(cursor))
    except ValidationError:
        raise _bad_cursor() from None


def _decoded(cursor: str) -> str:
    try:
        key = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode("ascii")
        if not key.isprintable():
            raise ValueError(key)
    except ValueError:
        raise _bad_cursor() from None
    return key


def _bad_cursor() -> InvalidInput:
    return InvalidInput(
        "The cursor is not valid.",
        hint="Use next_cursor of the previous page as it is.",
        errors=(FieldError("cursor", "invalid", "This cursor was not given out by this list."),),
    )
