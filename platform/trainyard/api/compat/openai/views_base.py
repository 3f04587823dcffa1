"""Base of the OpenAI views: content negotiation accepts everything, and a repeated POST takes effect once.

OpenAI's client sends no idempotency key. It counts its tries in ``x-stainless-retry-count``: a retry gets the response
to the first try, which is found by caller, path and body.
"""

from typing import Any, ClassVar

from rest_framework.request import Request

from trainyard.api.compat.openai.errors import NotServed
from trainyard.api.permissions import AUTHENTICATED
from trainyard.api.v1.jobs.stream import EventStreamNegotiation
from trainyard.api.views import TrainyardView, fingerprint
from trainyard.core import idempotency

RETRIES = "x-stainless-retry-count"


class OpenAIView(TrainyardView):
    content_negotiation_class = EventStreamNegotiation

    def idempotency_key(self, request: Request) -> str | None:
        given = super().idempotency_key(request)
        count = request.headers.get(RETRIES)
        if given or count is None:
            return given
        key = f"openai-{fingerprint(request)}"
        if count == "0":
            idempotency.forget(scope=self.actor.organization_id or self.actor.name, key=key)
        return key


class AnyOtherCallView(OpenAIView):
    """All other calls of OpenAI's API, which are refused: nothing is accepted and then dropped."""

    actions: ClassVar = dict.fromkeys(["GET", "POST", "PUT", "PATCH", "DELETE"], AUTHENTICATED)
    idempotent_post = False

    def get(self, request: Request, path: str) -> Any:
        error = NotServed(
            f"{request.method} /{path} is not answered here.", hint="docs/how-to/move-from-openai.md lists the calls."
        )
        error.status = 404
        raise error

    post = put = patch = delete = get


def newest_after(rows: Any, *, after: str, limit: int, oldest_first: bool = False) -> tuple[list[Any], bool]:
    """A page of ``rows`` by their ids, newest first unless told, behind the id ``after``; and whether more follow."""
    if after:
        rows = rows.filter(**{"pk__gt" if oldest_first else "pk__lt": after})
    found = list(rows.order_by("pk" if oldest_first else "-pk")[: limit + 1])
    return found[:limit], len(found) > limit
