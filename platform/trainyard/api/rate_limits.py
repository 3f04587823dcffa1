"""Rate limits by address, by API key or person, and by organization, whose plan may set its own.

Headers: https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/. Workers are limited by ``admission``
instead.
"""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from trainyard.api.actor import Actor
from trainyard.core.errors import TrainyardError
from trainyard.core.subscribers import subscriber_of
from trainyard.core.token_buckets import BucketLevel, TokenBucket, token_buckets

BURST_SECONDS = 20
"""A bucket holds what comes in so many seconds."""
LEVELS = "trainyard_rate_levels"
"""Where a request keeps the levels of its buckets, for the headers of its answer."""


class RateLimited(TrainyardError):
    """The caller has sent too many requests; nothing was done."""

    status = 429
    code = "rate_limited"


class RateThrottle(BaseThrottle):
    """Raises ``RateLimited`` when the token bucket is empty."""

    def allow_request(self, request: Request, view: Any) -> bool:
        levels = token_buckets().take(_buckets(request))
        setattr(request._request, LEVELS, levels)  # noqa: SLF001  it outlives REST framework's
        empty = max(levels, key=lambda level: level.wait_seconds, default=None)
        if empty is not None and empty.wait_seconds:
            raise RateLimited(
                f"More than {empty.bucket.per_second:g} requests a second came from your {_name(empty.bucket)}.",
                hint="Wait for as long as Retry-After says, and ask less often.",
                retry_after_seconds=empty.wait_seconds,
            )
        return True


def check_pace(name: str, *, per_minute: float, burst: int) -> None:
    """Counts one of what may be tried only so often, beside the request itself. Raises ``RateLimited``."""
    for level in token_buckets().take([TokenBucket(f"pace:{name}", per_second=per_minute / 60, size=burst)]):
        if level.wait_seconds:
            raise RateLimited(
                "This was tried too often.",
                hint="Wait for as long as Retry-After says.",
                retry_after_seconds=level.wait_seconds,
            )


def rate_headers(levels: Sequence[BucketLevel]) -> dict[str, str]:
    """``RateLimit`` and ``RateLimit-Policy`` of an answer; none where nothing was counted."""
    if not levels:
        return {}
    return {
        "RateLimit-Policy": ", ".join(
            f'"{_name(level.bucket)}";q={level.bucket.size};w={BURST_SECONDS}' for level in levels
        ),
        "RateLimit": ", ".join(
            f'"{_name(level.bucket)}";r={level.remaining};t={level.full_in_seconds}' for level in levels
        ),
    }


def _buckets(request: Request) -> list[TokenBucket]:
    known = {"address": subscriber_of(request.META.get("REMOTE_ADDR", ""))}
    if isinstance(actor := request.user, Actor):
        known |= {"key": actor.name, "organization": actor.organization_id}
    rates: dict[str, float] = {
        "address": settings.ENVIRONMENT.requests_per_second_and_address,
        "key": settings.ENVIRONMENT.requests_per_second_and_key,
        "organization": settings.ENVIRONMENT.requests_per_second_and_organization,
    }
    if isinstance(actor, Actor) and actor.requests_per_second is not None:
        rates["organization"] = actor.requests_per_second
    return [
        TokenBucket(f"rate:{kind}:{name}", per_second=rates[kind], size=max(1, round(rates[kind] * BURST_SECONDS)))
        for kind, name in known.items()
        if name and rates[kind]
    ]


def _name(bucket: TokenBucket) -> str:
    return bucket.key.split(":", 2)[1]
