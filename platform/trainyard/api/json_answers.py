"""JSON responses without serializers, for the most frequent calls, where serializers take most of the time.

They have an entity tag, so that a client that has the response already gets a 304 (RFC 9110, section 13.1.2).
"""

from hashlib import blake2b
from typing import Any

from django.http import HttpResponse
from django.utils.http import parse_etags
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from pydantic_core import to_json
from rest_framework.request import Request

IF_NONE_MATCH = OpenApiParameter(
    "If-None-Match",
    str,
    OpenApiParameter.HEADER,
    description="`ETag` of an earlier response; if nothing has changed, the response is an empty 304.",
)
NOT_MODIFIED = OpenApiResponse(description="Nothing has changed since the response with this `ETag`.")
_TAG_BYTES = 16


def json_answer(request: Request, body: dict[str, Any], *, besides: dict[str, Any] | None = None) -> HttpResponse:
    """``body`` as JSON, or 304 where the caller has it; texts, numbers, lists and objects alone.

    ``besides`` is answered with it and changes each time: two answers that differ in it alone count as the same.
    """
    content = _written(body)
    tag = f'W/"{blake2b(content, digest_size=_TAG_BYTES).hexdigest()}"'
    known = parse_etags(request.headers.get("If-None-Match", ""))
    headers = {"ETag": tag}
    if tag in known or tag.removeprefix("W/") in known or known == ["*"]:
        return HttpResponse(status=304, headers=headers)
    if besides:
        content = content[:-1] + b"," + _written(besides)[1:]  # two objects that are not empty, as one
    return HttpResponse(content, content_type="application/json", headers=headers)


def _written(body: dict[str, Any]) -> bytes:
    # JSON has no number that is none (RFC 8259, section 6).
    return to_json(body, inf_nan_mode="null")
