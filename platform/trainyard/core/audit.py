"""The audit trail."""

from datetime import datetime
from typing import Any

from trainyard.core.models import AuditEvent


def record(*, actor: str, action: str, target: str, now: datetime, organization_id: str = "", **data: Any) -> None:
    """Appends one event, in the caller's transaction."""
    AuditEvent.objects.create(
        organization_id=organization_id, actor=actor, action=action, target=target, data=data, created_at=now
    )
