"""Client of the Celery broker's Redis, for commands that Celery does not offer."""

from functools import cache

from django.conf import settings
from redis import Redis


@cache
def broker() -> Redis:
    """Raises ``RedisError`` when used while the server does not answer."""
    return Redis.from_url(settings.ENVIRONMENT.redis_url, socket_connect_timeout=1, socket_timeout=5)
