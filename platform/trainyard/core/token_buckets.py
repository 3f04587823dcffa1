"""Token buckets in Redis, for every process together (the generic cell rate algorithm, ATM Forum, 1996).

A bucket is one number: when it will be full again. It is read, judged and written in one step.
"""

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import structlog
from django.conf import settings
from redis import Redis, RedisError

logger = structlog.get_logger(__name__)

AWAY_SECONDS = 5.0
"""A Redis that did not answer is not asked again for so long: nobody is refused for its fault, or waits for it."""
TAKE = """
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local full_at, refused, answer = {}, false, {}
for i, key in ipairs(KEYS) do
  local each, size = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i])
  local full = math.max(tonumber(redis.call('GET', key) or now), now)
  local wait = full + each - size * each - now
  if wait > 0 then refused = true else full = full + each end
  full_at[i] = full
  answer[#answer + 1] = math.ceil(math.max(wait, 0))
  answer[#answer + 1] = math.floor(size - (full - now) / each + 0.000001)
  answer[#answer + 1] = math.ceil(full - now)
end
if not refused then
  for i, key in ipairs(KEYS) do
    redis.call('SET', key, full_at[i], 'PX', math.max(1, math.ceil(full_at[i] - now)))
  end
end
return answer
"""


@dataclass(frozen=True, slots=True)
class TokenBucket:
    """``key`` names it in Redis; it fills by ``per_second`` tokens and holds ``size`` of them."""

    key: str
    per_second: float
    size: int


@dataclass(frozen=True, slots=True)
class BucketLevel:
    """A bucket after a request: tokens left, seconds until it is full, and until the next token if there is none."""

    bucket: TokenBucket
    remaining: int
    full_in_seconds: int
    wait_seconds: int


class TokenBuckets:
    """Takes tokens; while Redis is away everybody may go on, and nothing is counted."""

    def __init__(self, redis: Redis) -> None:
        self._take = redis.register_script(TAKE)
        self._asks_again_at = 0.0

    def take(self, buckets: Sequence[TokenBucket]) -> list[BucketLevel]:
        """Takes a token from each of ``buckets``, or from none if one is empty; no levels where nobody counts."""
        if not buckets or time.monotonic() < self._asks_again_at:
            return []
        arguments = [figure for bucket in buckets for figure in (1_000 / bucket.per_second, bucket.size)]
        try:
            figures = self._take(keys=[bucket.key for bucket in buckets], args=arguments)
        except RedisError as error:
            self._asks_again_at = time.monotonic() + AWAY_SECONDS
            logger.warning("rate_limits.failed", error=str(error))
            return []
        return [
            BucketLevel(
                bucket, remaining=left, full_in_seconds=math.ceil(full / 1_000), wait_seconds=math.ceil(wait / 1_000)
            )
            for bucket, wait, left, full in zip(buckets, figures[::3], figures[1::3], figures[2::3], strict=True)
        ]


@cache
def token_buckets() -> TokenBuckets:
    """Token buckets of this platform, in the Redis of its cache."""
    address = settings.ENVIRONMENT.effective_cache_url
    return TokenBuckets(Redis.from_url(address, socket_connect_timeout=0.5, socket_timeout=1))
