"""Request ids: in a response header, in problem documents and in every log line."""

import re
from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponseBase

from trainyard.core.ids import new_id

HEADER = "X-Request-Id"
_ACCEPTED = re.compile(r"[A-Za-z0-9_.-]{8,64}")


class RequestIdMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        given = request.headers.get(HEADER, "")
        request_id = given if _ACCEPTED.fullmatch(given) else new_id("req")
        request.META["trainyard.request_id"] = request_id
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            response = self.get_response(request)
        response.headers[HEADER] = request_id
        return response


def request_id_of(request: HttpRequest) -> str:
    """The id of ``request``; empty outside the middleware."""
    return str(request.META.get("trainyard.request_id", ""))
