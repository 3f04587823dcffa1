"""Impersonation: an operator sees an organization as a viewer for a limited time, and can change nothing.

Each impersonation is an event of the organization's audit log, so that its members see who looked, when and why.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from trainyard.core import audit
from trainyard.core.errors import NotFound
from trainyard.core.ids import new_sup_id
from trainyard.core.models import AuditEvent
from trainyard.core.tenancy import current_tenant
from trainyard.tenants.models import Organization, User

LASTS = timedelta(minutes=30)
OPENED, CLOSED = "support_access.open", "support_access.close"


@dataclass(frozen=True, slots=True)
class Impersonation:
    """One impersonation of an organization by an operator, until ``ends_at`` at the latest."""

    id: str
    organization_id: str
    ends_at: datetime


@transaction.atomic
def begin(*, organization_id: str, reason: str, actor: str, now: datetime) -> Impersonation:
    """Lets the operator ``actor`` look at the organization. Raises ``NotFound``."""
    if not Organization.objects.filter(id=organization_id).exists():
        raise NotFound("There is no organization by that id.")
    begun = Impersonation(new_sup_id(), organization_id, now + LASTS)
    ends_at = begun.ends_at.isoformat()
    audit.record(
        action=OPENED,
        target=begun.id,
        actor=actor,
        organization_id=organization_id,
        now=now,
        reason=reason,
        ends_at=ends_at,
    )
    return begun


def end(impersonation: Impersonation, *, actor: str, now: datetime) -> None:
    """Notes that the operator looks no more, where the time was not over already."""
    if now < impersonation.ends_at:
        organization_id = impersonation.organization_id
        audit.record(action=CLOSED, target=impersonation.id, actor=actor, organization_id=organization_id, now=now)


def is_allowed(*, operator_id: str) -> bool:
    """Whether this person still is an operator of the platform."""
    return User.objects.filter(id=operator_id, is_staff=True, is_active=True).exists()


def support_access() -> QuerySet[AuditEvent]:
    """The times that an operator looked at the organization in context."""
    return AuditEvent.objects.filter(organization_id=current_tenant(), action=OPENED)


def closed_at(accesses: Iterable[AuditEvent]) -> dict[str, datetime]:
    """When each of ``accesses``, by id of the access, was ended before its time."""
    ids = [event.target for event in accesses]
    closed = AuditEvent.objects.filter(organization_id=current_tenant(), action=CLOSED, target__in=ids)
    return dict(closed.values_list("target", "created_at"))
