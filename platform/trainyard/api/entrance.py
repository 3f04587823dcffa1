"""Authentication from the head of a request, before anything of its body is read.

A body is written to disk or memory before Django's views see the request. Callers without authentication or permission
are therefore refused first, and the size limit depends on the route, not on what the request claims.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from typing import Any

from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, ResolverMatch, URLResolver, get_resolver
from rest_framework.exceptions import APIException, MethodNotAllowed
from rest_framework.views import APIView

from trainyard.api.actor import Actor
from trainyard.api.body_limits import ANY_TYPE, JSON_BYTES, Limit, of_json
from trainyard.api.numbers import whole_number
from trainyard.api.problems import as_trainyard_error
from trainyard.core.errors import TrainyardError

BODILESS = frozenset({"GET", "HEAD", "OPTIONS", "DELETE"})
PATHS_KEPT, LONGEST_KEPT = 4_096, 256
ABOUT_THE_BODY = frozenset({b"content-length", b"content-type", b"transfer-encoding"})


class AmbiguousLength(TrainyardError):
    """Two readers of the connection would see different requests (RFC 9112, section 6.1: request smuggling)."""

    code = "ambiguous_length"


@dataclass(frozen=True, slots=True)
class RequestHead:
    """Head of a request, from an ASGI ``scope``: ``limit`` is the maximum size of its body, ``view`` will answer it.

    ``route`` is the resolved path, or ``None`` if no route matches.
    """

    scope: Mapping[str, Any]
    route: ResolverMatch | None
    view: APIView | None
    limit: int
    stated_length: int | None
    has_body: bool
    has_credentials: bool

    @property
    def is_streamed(self) -> bool:
        """Whether the view reads the body as it comes, rather than once all of it is here."""
        return self.has_body and media_type(self.scope) in getattr(self.view, "streamed_types", ())

    @property
    def is_costly(self) -> bool:
        """Whether answering it computes for long: so says the view, and so do uploads and predictions."""
        return self.limit > JSON_BYTES or self.scope["method"] in getattr(self.view, "costly_methods", ())


def head_of(scope: Mapping[str, Any]) -> RequestHead:
    """Raises ``AmbiguousLength``."""
    route = _route(scope["path"])
    view = _view(route)
    length, chunked = header(scope, b"content-length"), header(scope, b"transfer-encoding")
    if length and chunked:
        raise AmbiguousLength(
            "The request states both Content-Length and Transfer-Encoding.", hint="Send one of the two."
        )
    stated = whole_number(length.decode("latin-1")) if length else None
    return RequestHead(
        scope=scope,
        route=route,
        view=view,
        limit=_limit(scope, view),
        stated_length=stated,
        has_body=bool(chunked) or (bool(length) and stated != 0),
        has_credentials=bool(header(scope, b"authorization") or header(scope, b"cookie")),
    )


def check_caller(head: RequestHead) -> Actor | None:
    """Who is asking; raises what the view would raise for somebody unknown, or who may not do this.

    Views look again once the body is here: a key may have been revoked while it came.
    """
    if head.view is None or head.route is None:
        return None
    request, view, arguments = _without_body(head.scope), head.view, head.route.kwargs
    view.setup(request, **arguments)
    view.request = view.initialize_request(request, **arguments)
    try:
        view.perform_authentication(view.request)
        view.check_permissions(view.request)
    except APIException as error:
        told = as_trainyard_error(error)
        if told is not None and isinstance(error, MethodNotAllowed):
            told.allowed_methods = tuple(view.allowed_methods)
        raise told or error from None
    user: Any = view.request.user
    return user if isinstance(user, Actor) else None


def header(scope: Mapping[str, Any], name: bytes) -> bytes:
    """The first header of that name, in lower case; empty when there is none."""
    return next((value for key, value in scope["headers"] if key == name), b"")


def media_type(scope: Mapping[str, Any]) -> str:
    """Media type of the body, without its parameters."""
    return header(scope, b"content-type").split(b";")[0].strip().lower().decode("latin-1")


def _route(path: str) -> ResolverMatch | None:
    resolver = get_resolver()
    return _looked_up(resolver, path) if len(path) <= LONGEST_KEPT else _looked_up.__wrapped__(resolver, path)


@lru_cache(PATHS_KEPT)
def _looked_up(resolver: URLResolver, path: str) -> ResolverMatch | None:
    """Kept: in the event loop, which reads every head, the look-up takes longest, and callers ask the same again."""
    try:
        return resolver.resolve(path)
    except Resolver404:
        return None


def _view(route: ResolverMatch | None) -> APIView | None:
    """One of its own for each request, as REST framework's are."""
    view = getattr(getattr(route, "func", None), "cls", None)
    if route is None or not (isinstance(view, type) and issubclass(view, APIView)):
        return None
    return view(**getattr(route.func, "initkwargs", {}))


def _limit(scope: Mapping[str, Any], view: APIView | None) -> int:
    if scope["method"] in BODILESS:
        return JSON_BYTES
    limits: Mapping[str, Limit] = getattr(view, "body_limits", {})
    return limits.get(media_type(scope), limits.get(ANY_TYPE, of_json))()


def _without_body(scope: Mapping[str, Any]) -> HttpRequest:
    headers = [(name, value) for name, value in scope["headers"] if name not in ABOUT_THE_BODY]
    request = ASGIRequest({**scope, "headers": headers}, BytesIO())
    SessionMiddleware(_no_answer).process_request(request)
    AuthenticationMiddleware(_no_answer).process_request(request)
    return request


def _no_answer(request: HttpRequest) -> HttpResponse:
    return HttpResponse()
