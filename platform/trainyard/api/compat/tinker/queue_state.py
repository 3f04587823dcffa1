"""Why an operation is not done yet, in the form in which the client prints it for its user."""

from datetime import datetime
from typing import Any

from trainyard.training_sessions import waiting
from trainyard.training_sessions.models import Operation


def try_again(operation: Operation, *, now: datetime) -> dict[str, Any]:
    """The body that has the client ask once more."""
    body = {"type": "try_again", "request_id": operation.id, "queue_state": "active"}
    reason = waiting.reason(operation, now=now)
    return body if reason is None else {**body, "queue_state": "paused_capacity", "queue_state_reason": reason}
