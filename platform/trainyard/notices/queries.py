"""Notices of a person: what happened to their organization, as far as their role reads it, or to the platform."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from trainyard.core.domain_events import PLATFORM_ORGANIZATION
from trainyard.core.errors import NotFound
from trainyard.core.models import DomainEvent
from trainyard.notices.models import ReadMark
from trainyard.tenants.permissions import is_allowed
from trainyard_spec.states import Reason
from trainyard_spec.webhook_events import WebhookEvent

NOTICED: Mapping[WebhookEvent, str] = {
    WebhookEvent.JOB_SUCCEEDED: "jobs.read",
    WebhookEvent.JOB_FAILED: "jobs.read",
    WebhookEvent.JOB_PAUSED: "jobs.read",
    WebhookEvent.DATASET_VERSION_REJECTED: "datasets.read",
    WebhookEvent.DATASET_IMPORT_FAILED: "datasets.read",
    WebhookEvent.BUDGET_ALERTED: "billing.read",
    WebhookEvent.WALLET_LOW_BALANCE: "billing.read",
    WebhookEvent.INVOICE_FINALIZED: "billing.read",
    WebhookEvent.INVOICE_OVERDUE: "billing.read",
    WebhookEvent.INVITATION_ACCEPTED: "organization.read",
}
"""What members are told of, and what they must be allowed to read for it."""

NOTICED_BY_OPERATORS = (WebhookEvent.WORKER_LOST, WebhookEvent.WORKER_QUARANTINED)
ASKED_FOR = {"type": WebhookEvent.JOB_PAUSED, "data__reason": Reason.USER_PAUSED}
"""A job that somebody paused is news to nobody."""


@dataclass(frozen=True, slots=True)
class NoticeReader:
    """Whose notices they are. ``organization_id`` and ``role`` are empty for an operator without an organization."""

    user_id: str
    organization_id: str
    role: str
    is_operator: bool


def notices(reader: NoticeReader) -> QuerySet[DomainEvent]:
    """Every event that ``reader`` is told of, while it is kept (``webhooks.fan_out.KEPT_FOR``).

    An operator's are read in ``platform_scope``: those of workers belong to no organization.
    """
    own = [event for event, action in NOTICED.items() if is_allowed(action, role=reader.role, scopes=None)]
    wanted = Q(organization_id=reader.organization_id, type__in=own if reader.organization_id else [])
    if reader.is_operator:
        wanted |= Q(organization_id=PLATFORM_ORGANIZATION, type__in=NOTICED_BY_OPERATORS)
    return DomainEvent.objects.filter(wanted).exclude(**ASKED_FOR)


def read_through(reader: NoticeReader) -> int:
    """The sequence up to which ``reader`` has read; 0 where they have read nothing yet."""
    marks = ReadMark.across_tenants.filter(organization_id=reader.organization_id, user_id=reader.user_id)
    return marks.values_list("read_through", flat=True).first() or 0


def notice(reader: NoticeReader, notice_id: str) -> DomainEvent:
    """Raises ``NotFound``."""
    found = notices(reader).filter(id=notice_id).first()
    if found is None:
        raise NotFound("There is no notice by that id.")
    return found
