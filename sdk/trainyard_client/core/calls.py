"""The requests that resources are made of: one object, a list by its pages, a change."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from trainyard_client.core.retries import retrying
from trainyard_client.core.steps import Flow, Item, Request, Steps, exchange
from trainyard_client.errors import ApiError, OutsideApi
from trainyard_client.types.answer import Answer

if TYPE_CHECKING:
    import httpx

A = TypeVar("A", bound=Answer)
T = TypeVar("T")

PAGE_SIZE = 200


def send(request: Request, *, for_seconds: float | None = None) -> Steps[httpx.Response]:
    """The response to ``request``, after retries. Raises ``ApiError`` and ``Unreachable``."""

    def attempt(tries: int) -> Steps[httpx.Response]:
        response = yield from exchange(request)
        gone_already = tries > 0 and request.method == "DELETE" and response.status_code == 404
        if response.is_error and not gone_already:
            raise ApiError.from_response(response)
        return response

    return retrying(attempt, for_seconds=for_seconds)


def get_json(path: str, *, for_seconds: float | None = None, **query: Any) -> Steps[Any]:
    """The JSON at ``path``; what is ``None`` in ``query`` is not asked for.

    It is tried for as long as the client's policy says, or for ``for_seconds``.
    """
    response = yield from send(Request("GET", path, params=given(query)), for_seconds=for_seconds)
    return response.json()


def get(kind: type[A], path: str, *, for_seconds: float | None = None, **query: Any) -> Steps[A]:
    """The object at ``path``; see ``get_json``."""
    return kind((yield from get_json(path, for_seconds=for_seconds, **query)))


def post_json(path: str, body: Mapping[str, Any] | None = None, *, idempotency_key: str | None = None) -> Steps[Any]:
    """What a POST of ``body`` answers. It carries an idempotency key, so that it may be sent again."""
    request = Request("POST", path, json=dict(body or {}), headers=once(idempotency_key))
    response = yield from send(request)
    return response.json() if response.content else None


def post(
    kind: type[A], path: str, body: Mapping[str, Any] | None = None, *, idempotency_key: str | None = None
) -> Steps[A]:
    """The object that a POST of ``body`` answers."""
    return kind((yield from post_json(path, body, idempotency_key=idempotency_key)))


def patch(kind: type[A], path: str, body: Mapping[str, Any], *, method: str = "PATCH") -> Steps[A]:
    """The object after a change of what ``body`` names."""
    response = yield from send(Request(method, path, json=dict(body)))
    return kind(response.json())


def raw(verb: str, path: str, body: Any = None, *, query: Mapping[str, Any] | None = None) -> Steps[Any]:
    """What any operation answers; a POST carries an idempotency key. Raises ``OutsideApi``."""
    below = path.removeprefix("/")
    if "://" in below or below.startswith("/") or ".." in below.split("/"):
        raise OutsideApi(f"{path} is no path of the API.")
    is_post = verb.upper() == "POST"
    headers = {"Accept": "*/*"} | (once() if is_post else {})
    sent = {} if is_post and body is None else body
    response = yield from send(Request(verb.upper(), below, params=dict(query or {}), json=sent, headers=headers))
    if not response.content:
        return None
    return response.json() if "json" in response.headers.get("Content-Type", "") else response.text


def delete(path: str) -> Steps[None]:
    """Deletes the object at ``path``."""
    yield from send(Request("DELETE", path))


def pages(kind: type[A], path: str, *, limit: int | None = None, **query: Any) -> Flow[A]:
    """Every item of the list at ``path``, or the first ``limit``, fetched a page at a time."""
    left, cursor = limit, None
    while left is None or left > 0:
        size = PAGE_SIZE if left is None else min(left, PAGE_SIZE)
        page = yield from get_json(path, cursor=cursor, limit=size, **query)
        items = page["data"][:left]
        for item in items:
            yield Item(kind(item))
        left = None if left is None else left - len(items)
        cursor = page.get("next_cursor")
        if cursor is None:
            return


def whole(kind: type[A], path: str) -> Steps[list[A]]:
    """Every item of a list that has no pages."""
    return [kind(item) for item in (yield from get_json(path))["data"]]


def collect(flow: Flow[T]) -> Steps[list[T]]:
    """All that ``flow`` tells, in a list."""
    found: list[T] = []
    step: Callable[[], Any] = partial(next, flow)
    while True:
        try:
            effect = step()
        except StopIteration:
            return found
        if isinstance(effect, Item):
            found.append(effect.value)
            step = partial(flow.send, None)
            continue
        try:
            answer = yield effect
        except BaseException as error:
            step = partial(flow.throw, error)
        else:
            step = partial(flow.send, answer)


def once(key: str | None = None) -> dict[str, str]:
    """The header that makes a POST safe to send again."""
    return {"Idempotency-Key": key or str(uuid.uuid4())}


def given(values: Mapping[str, Any]) -> dict[str, Any]:
    """``values`` without those that are ``None``."""
    return {name: value for name, value in values.items() if value is not None}
