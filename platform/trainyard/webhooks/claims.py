"""Claims of due deliveries: who attempts each, and what comes of it.

An attempt is claimed by a token with an expiry: whoever finishes must still hold it, so a deliverer may die at any
point, and another takes over. An event may so be sent twice, under one id, and is never lost.
"""

import random
import secrets
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from trainyard.core import audit
from trainyard.webhooks.channels import DeliveryOutcome
from trainyard.webhooks.models import Delivery, WebhookEndpoint
from trainyard.webhooks.retries import Breaker, next_attempt_at

logger = structlog.get_logger(__name__)

MARGIN = timedelta(seconds=20)
"""A claim lasts so much longer than an attempt may take."""
MOST_PER_ENDPOINT = 2
MOST_PER_OWNER = 8
"""Attempts at one time: whose endpoints answer slowly waits for them, and nobody else does."""
ENDPOINTS_LOOKED_AT = 500


@dataclass(frozen=True, slots=True)
class Claimed:
    """``delivery`` has its ``endpoint`` and ``event``."""

    delivery: Delivery
    token: str


def claim(*, most: int, now: datetime) -> list[Claimed]:
    """Claims up to ``most`` deliveries that are due, at most a few of each endpoint and of each owner."""
    return [claimed for claimed in _candidates(most, now=now) if claimed is not None]


def settle(claimed: Claimed, outcome: DeliveryOutcome, *, started_at: datetime, now: datetime) -> bool:
    """Stores what came of an attempt, if its claim still holds; returns whether it did."""
    delivery = claimed.delivery
    attempts = delivery.attempts_count + 1
    set_: dict[str, Any] = {
        "attempts_count": attempts,
        "attempts": [*delivery.attempts, _entry(outcome, started_at=started_at, now=now)],
        "claim_token": "",
        "claim_expires_at": None,
        **_next(delivery, outcome, attempts=attempts, now=now),
    }
    with transaction.atomic():
        held = Delivery.across_tenants.filter(id=delivery.id, claim_token=claimed.token)
        if held.update(**set_) != 1:
            return False
        _note(delivery, outcome, now=now)
    log = logger.bind(delivery_id=delivery.id, endpoint_id=delivery.endpoint_id, event=delivery.event.type)
    log.info("webhook.attempted", delivered=outcome.delivered, status=outcome.status, error=outcome.error)
    return True


def give_up(*, now: datetime) -> int:
    """Ends deliveries whose time passed while their endpoint was left alone; returns how many."""
    overdue = _unclaimed(now).filter(gives_up_at__lte=now)
    return overdue.update(state=Delivery.State.FAILED, finished_at=now)


def _candidates(most: int, *, now: datetime) -> Iterator[Claimed | None]:
    running = Delivery.across_tenants.filter(state=Delivery.State.PENDING, claim_expires_at__gt=now)
    of_endpoint: Counter[str] = Counter()
    of_owner: Counter[str] = Counter()
    for endpoint_id, owner in running.values_list("endpoint_id", "organization_id"):
        of_endpoint[endpoint_id] += 1
        of_owner[owner] += 1
    left = most
    endpoints = list(_endpoints_with_work(now).order_by("?")[:ENDPOINTS_LOOKED_AT])
    # First those of owners with the fewest attempts at work.
    for endpoint in sorted(endpoints, key=lambda one: (of_owner[one.organization_id], of_endpoint[one.id])):
        at_once = 1 if endpoint.failures else MOST_PER_ENDPOINT
        room = min(left, at_once - of_endpoint[endpoint.id], MOST_PER_OWNER - of_owner[endpoint.organization_id])
        for delivery in _due(now).filter(endpoint=endpoint).order_by("next_attempt_at", "event_id")[: max(room, 0)]:
            left -= 1
            of_owner[endpoint.organization_id] += 1
            yield _claim(delivery, now=now)


def _endpoints_with_work(now: datetime) -> QuerySet[WebhookEndpoint]:
    closed = Q(open_until=None) | Q(open_until__lte=now)
    working = WebhookEndpoint.across_tenants.filter(closed, enabled=True)
    return working.filter(Exists(_due(now).filter(endpoint=OuterRef("id"))))


def _unclaimed(now: datetime) -> QuerySet[Delivery]:
    free = Q(claim_expires_at=None) | Q(claim_expires_at__lte=now)
    return Delivery.across_tenants.filter(free, state=Delivery.State.PENDING)


def _due(now: datetime) -> QuerySet[Delivery]:
    """Deliveries that may be attempted: of an object none before the one before it was delivered, or given up."""
    earlier = Delivery.across_tenants.filter(
        Q(event_id__lt=OuterRef("event_id")) | Q(event_id=OuterRef("event_id"), id__lt=OuterRef("id")),
        endpoint=OuterRef("endpoint"),
        object_id=OuterRef("object_id"),
        state=Delivery.State.PENDING,
    )
    return _unclaimed(now).filter(next_attempt_at__lte=now).exclude(Exists(earlier))


def _claim(delivery: Delivery, *, now: datetime) -> Claimed | None:
    token = secrets.token_hex(16)
    expires_at = now + timedelta(seconds=settings.ENVIRONMENT.webhook_seconds) + MARGIN
    free = _unclaimed(now).filter(id=delivery.id)
    if free.update(claim_token=token, claim_expires_at=expires_at) != 1:
        return None
    loaded = Delivery.across_tenants.select_related("endpoint", "event").get(id=delivery.id)
    return Claimed(loaded, token)


def _next(delivery: Delivery, outcome: DeliveryOutcome, *, attempts: int, now: datetime) -> dict[str, Any]:
    if outcome.delivered:
        return {"state": Delivery.State.DELIVERED, "finished_at": now}
    at = next_attempt_at(attempts=attempts, now=now, retry_after=outcome.retry_after, draw=random.Random(delivery.id))  # noqa: S311  jitter
    if at > delivery.gives_up_at or outcome.is_gone:
        return {"state": Delivery.State.FAILED, "finished_at": now}
    return {"next_attempt_at": at}


def _note(delivery: Delivery, outcome: DeliveryOutcome, *, now: datetime) -> None:
    """Lets the endpoint's circuit breaker know."""
    rows = WebhookEndpoint.across_tenants.filter(id=delivery.endpoint_id)
    if outcome.delivered:
        rows.filter(failures__gt=0).update(failures=0, failing_since=None, open_until=None)
        return
    endpoint = rows.select_for_update().first()
    if endpoint is None:
        return
    breaker = Breaker(endpoint.failures, endpoint.failing_since, endpoint.open_until).failed(now=now)
    rows.update(failures=breaker.failures, failing_since=breaker.failing_since, open_until=breaker.open_until)
    if outcome.is_gone or breaker.is_given_up(now=now):
        _disable(endpoint, reason="gone" if outcome.is_gone else "failing", now=now)


def _disable(endpoint: WebhookEndpoint, *, reason: str, now: datetime) -> None:
    switched_off = WebhookEndpoint.across_tenants.filter(id=endpoint.id, enabled=True)
    if switched_off.update(enabled=False, disabled_reason=reason, revision=F("revision") + 1) != 1:
        return
    audit.record(
        action="webhook_endpoint.disable",
        target=endpoint.id,
        organization_id=endpoint.organization_id,
        now=now,
        reason=reason,
    )
    logger.warning("webhook_endpoint.disabled", endpoint_id=endpoint.id, reason=reason)


def _entry(outcome: DeliveryOutcome, *, started_at: datetime, now: datetime) -> dict[str, Any]:
    """As ``Delivery.attempts`` holds it."""
    return {
        "at": started_at.isoformat(),
        "duration_ms": round((now - started_at).total_seconds() * 1_000),
        "status": outcome.status,
        "error": outcome.error,
        "detail": outcome.detail,
        "response_excerpt": outcome.excerpt,
    }
