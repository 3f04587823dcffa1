"""Delivers what is due, each attempt in a thread of its own that holds no database connection while it waits."""

import threading
from collections.abc import Callable
from datetime import datetime

import structlog
from django.conf import settings

from trainyard.core.connections import release_connections
from trainyard.core.outbound.addresses import Resolver, system_resolver
from trainyard.core.tenancy import platform_scope
from trainyard.webhooks import channels, claims, fan_out
from trainyard.webhooks.claims import Claimed

logger = structlog.get_logger(__name__)

Clock = Callable[[], datetime]

_looking = threading.Lock()
_busy: set[threading.Thread] = set()


def deliver_due(*, clock: Clock) -> int:
    """Begins what is due and there is room for; returns how many attempts. They go on after this has returned.

    A process that ends takes its attempts with it: their claims expire, and another makes them again.
    """
    with _looking:
        fan_out.fan_out(now=clock())
        claims.give_up(now=clock())
        _busy.difference_update([thread for thread in _busy if not thread.is_alive()])
        claimed = claims.claim(most=settings.ENVIRONMENT.webhook_deliveries_at_once - len(_busy), now=clock())
        for each in claimed:
            thread = threading.Thread(target=_run, args=(each, clock), name=f"webhook-{each.delivery.id}")
            thread.daemon = True  # the end of the process waits for no customer's server
            _busy.add(thread)
            thread.start()
    return len(claimed)


def attempt(claimed: Claimed, *, clock: Clock, resolver: Resolver = system_resolver) -> bool:
    """Makes one attempt and stores what came of it; returns whether the claim still held."""
    started_at = clock()
    release_connections()
    outcome = channels.deliver(claimed.delivery, now=started_at, resolver=resolver)
    return claims.settle(claimed, outcome, started_at=started_at, now=clock())


def _run(claimed: Claimed, clock: Clock) -> None:
    try:
        with platform_scope():
            attempt(claimed, clock=clock)
    except Exception:  # the claim expires, and the attempt is made again
        logger.exception("webhook.attempt_failed", delivery_id=claimed.delivery.id)
    finally:
        release_connections()
