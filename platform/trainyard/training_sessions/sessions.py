"""Writes about sessions: opened, heard of."""

from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import structlog
from django.db import transaction

from trainyard.billing import holds
from trainyard.core.errors import NotFound
from trainyard.core.money import format_micros, to_micros
from trainyard.jobs.accounting import key_caps
from trainyard.jobs.accounting.key_caps import KeyCapReached
from trainyard.training_sessions.errors import SessionFinished, invalid
from trainyard.training_sessions.models import TrainingSession

logger = structlog.get_logger(__name__)

DEFAULT_MAX_COST = Decimal(20)
MAX_COST = "max_cost"
"""Of a session's ``user_metadata``: what it may cost at most."""
LONGEST_COST = Decimal(1_000_000)


@transaction.atomic
def open_session(
    *,
    created_by: str,
    tags: list[str],
    user_metadata: dict[str, Any] | None,
    sdk_version: str,
    project_id: str,
    display_name: str,
    now: datetime,
) -> TrainingSession:
    """A session of the tenant in context. Raises ``InvalidInput``, and ``KeyCapReached`` where nothing is left."""
    session = TrainingSession.objects.create(
        created_by=created_by,
        display_name=display_name[:200],
        tags=tags,
        user_metadata=user_metadata,
        project_id=project_id[:200],
        sdk_version=sdk_version[:40],
        cap_micros=_cap_micros(user_metadata or {}, created_by=created_by, now=now),
        created_at=now,
        last_heartbeat_at=now,
    )
    logger.info("training_session.opened", session_id=session.id, sdk_version=session.sdk_version)
    return session


def record_heartbeat(*, session_id: str, now: datetime) -> None:
    """Raises ``NotFound`` and ``SessionFinished``."""
    if TrainingSession.objects.filter(id=session_id, finished_at=None).update(last_heartbeat_at=now) != 1:
        session(session_id)
        raise finished()


@transaction.atomic
def finish(*, session_id: str, now: datetime) -> None:
    """Ends the session; again changes nothing. What was called before is still executed. Raises ``NotFound``."""
    found = session(session_id)
    if TrainingSession.objects.filter(id=found.id, finished_at=None).update(finished_at=now) == 1:
        holds.release_hold(job_id=found.id, now=now)
        logger.info("training_session.finished", session_id=found.id)


def check_takes_calls(session_id: str) -> None:
    """Raises ``SessionFinished``."""
    if not TrainingSession.objects.filter(id=session_id, finished_at=None).exists():
        raise finished()


def check_open(found: TrainingSession) -> None:
    """``check_takes_calls`` of a session that was just read."""
    if found.finished_at is not None:
        raise finished()


def session(session_id: str) -> TrainingSession:
    """Raises ``NotFound``."""
    found = TrainingSession.objects.filter(id=session_id).first()
    if found is None:
        raise no_session()
    return found


def finished() -> SessionFinished:
    return SessionFinished("The session is finished.", hint="Open another one; saved weights can be loaded there.")


def no_session() -> NotFound:
    return NotFound("There is no training session by that id.")


def _cap_micros(user_metadata: dict[str, Any], *, created_by: str, now: datetime) -> int:
    """What is stated; else what a session may cost by itself, or what is left of its key's month if that is less."""
    stated, left = user_metadata.get(MAX_COST), key_caps.left_micros(created_by=created_by, now=now)
    cap = to_micros(DEFAULT_MAX_COST if stated is None else _max_cost(stated))
    if left is None or cap <= left:
        return cap
    if stated is not None:
        raise invalid(
            f"user_metadata.{MAX_COST}",
            f"The session may cost {format_micros(cap)}, and this API key may spend {format_micros(left)} more this "
            "month.",
            hint=f"State a lower {MAX_COST}, or use a key with a higher monthly_cap.",
        )
    if not left:
        raise KeyCapReached("This API key has spent what it may this month.", hint="Use a key with a higher cap.")
    return left


def _max_cost(stated: Any) -> Decimal:
    try:
        cost = Decimal(str(stated))
    except InvalidOperation:
        cost = Decimal("NaN")
    if not cost.is_finite() or not 0 < cost <= LONGEST_COST or cost != round(cost, 6):
        raise invalid(
            f"user_metadata.{MAX_COST}",
            f"{MAX_COST} must be an amount above 0, at most {LONGEST_COST:,}, with at most six decimals.",
        )
    return cost
