"""Entity tags of objects that several people edit: optimistic concurrency by ``ETag`` and ``If-Match`` (RFC 9110)."""

import re

from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from trainyard.core.errors import PreconditionFailed

_TAG = re.compile(r'"([1-9][0-9]{0,8})"')

IF_MATCH = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    description="`ETag` of the object as it was read; if it has changed since, the response is 412 and nothing "
    "changes.",
)


def etag_headers(revision: int) -> dict[str, str]:
    """The ``ETag`` of an object as ``revision`` of it is."""
    return {"ETag": f'"{revision}"'}


def expected_revision(request: Request) -> int | None:
    """The revision that ``If-Match`` names; ``None`` where any will do. Raises ``PreconditionFailed``."""
    value = request.headers.get("If-Match", "*").strip()
    if value == "*":
        return None
    found = _TAG.fullmatch(value)
    if found is None:
        raise PreconditionFailed(f"If-Match names no ETag of this object: {value}.", hint="Read the object again.")
    return int(found.group(1))
