"""Impersonation: the organization that an operator's session looks at."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from rest_framework.request import Request

from trainyard.tenants.impersonation import Impersonation

_KEY = "trainyard.impersonation"


def remember(request: Request, impersonation: Impersonation) -> None:
    """From now on, and until it ends, the session of ``request`` acts as a viewer of that organization."""
    _save(
        request,
        {
            "id": impersonation.id,
            "organization": impersonation.organization_id,
            "ends_at": impersonation.ends_at.isoformat(),
        },
    )


def forget(request: Request) -> Impersonation | None:
    """The session acts for its operator again. Returns what it looked at, if it did."""
    found = _stored(request._request)  # noqa: SLF001  REST framework has no session of its own
    if found is not None:
        _save(request, None)
    return found


def current(request: HttpRequest, *, now: datetime) -> Impersonation | None:
    """What the session looks at now."""
    found = _stored(request)
    return found if found is not None and now < found.ends_at else None


def _stored(request: HttpRequest) -> Impersonation | None:
    kept: dict[str, Any] | None = request.session.get(_KEY)
    if kept is None:
        return None
    return Impersonation(kept["id"], kept["organization"], datetime.fromisoformat(kept["ends_at"]))


def _save(request: Request, value: dict[str, str] | None) -> None:
    session = request._request.session  # noqa: SLF001
    session[_KEY] = value
    session.save()  # an app's is nobody else's to save
