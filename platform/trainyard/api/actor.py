"""The authenticated caller of a request."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Actor:
    """An authenticated caller. ``organization_id`` and ``role`` are empty for an operator without an organization.

    ``name`` is the id of the user or API key, as in the audit log and ``created_by``. For an API key, ``ends_at`` is
    its expiry and ``scopes`` its limits, if it has any. ``lacks_second_factor``: the organization requires one, and
    this session was opened without. ``requests_per_second`` is the limit of the organization's plan, if it sets one.
    ``is_impersonating``: an operator sees the organization as a viewer until ``ends_at``, and can change nothing.
    """

    name: str
    organization_id: str = ""
    role: str = ""
    is_operator: bool = False
    is_authenticated: bool = True
    ends_at: datetime | None = None
    scopes: frozenset[str] | None = None
    is_person: bool = False
    showed_second_factor: bool = False
    lacks_second_factor: bool = False
    requests_per_second: int | None = None
    is_impersonating: bool = False
