"""The authenticated caller of a request."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Actor:
    """An authenticated caller. ``organization_id`` and ``role`` are empty for an operator without an organization.

    ``name`` is the id of the user or key, as the audit trail and ``created_by`` show it; ``ends_at`` is when that key
    expires, if it does, and ``scopes`` are what it is limited to, if it is. Somebody who ``lacks_second_factor`` has a
    role in an organization that asks for one. ``requests_per_second`` is what its organization's plan allows that,
    where it says so. Somebody who ``is_impersonating`` is an operator who looks at an
    organization as one of its viewers until ``ends_at``, and changes nothing.
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
