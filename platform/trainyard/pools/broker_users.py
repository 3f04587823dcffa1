"""Broker users: one Redis user for each worker, who may consume its pool's queue and nothing else (Redis ACL).

Source: https://valkey.io/topics/acl/. A worker that was broken into could otherwise read and write every key of the
broker: call the control plane's tasks, and notify other pools. The user is the worker's id, and its password follows
from the worker's token (``broker_password``), so that nothing more is handed out or stored.

Redis may forget its users at a restart: ``grant_all`` is run every few seconds and sets them all again.
"""

from collections.abc import Iterator
from typing import Any

import structlog
from django.db.models import QuerySet
from redis import Redis, RedisError

from trainyard.core.broker import broker
from trainyard.core.ids import WORKER_PREFIX
from trainyard.core.secrets import digest
from trainyard.pools.models import Worker

logger = structlog.get_logger(__name__)

CONSUMING = ("+brpop", "+llen")
# Not client|setinfo: Redis before 7.2 refuses a user that may call what it does not know, and clients do without.
SESSION = ("+auth", "+hello", "+ping", "+select", "+client|setname")
CONNECTING = (*SESSION, "+multi", "+exec", "+discard")


def rules_of(worker: Worker) -> tuple[str, ...]:
    """The arguments of ``ACL SETUSER`` after the user's name. ``reset`` takes back whatever it could do before."""
    queue = worker.pool.queue
    # Kombu reads a queue of each priority, whose names go on after a separator.
    keys = (f"~{queue}", f"~{queue}\x06*")
    return ("reset", "on", f"#{digest(worker.token_sha256)}", *keys, *CONSUMING, *CONNECTING)


def grant(worker: Worker) -> None:
    """Lets one worker consume its pool's queue. A broker that is down is told by the next ``grant_all``."""
    try:
        _acl(broker(), "SETUSER", worker.id, *rules_of(worker))
    except RedisError as error:
        logger.warning("broker_user.grant_failed", worker_id=worker.id, error=str(error))


def revoke(worker_id: str) -> None:
    """Takes a worker's user away, which also ends its connections."""
    try:
        _acl(broker(), "DELUSER", worker_id)
    except RedisError as error:
        logger.warning("broker_user.revoke_failed", worker_id=worker_id, error=str(error))


def grant_all() -> int:
    """Sets the users of all workers and takes away those of removed ones; returns how many workers there are."""
    workers = list(enrolled())
    try:
        _set_users(workers)
    except RedisError as error:
        logger.warning("broker_users.grant_failed", error=str(error), hint="docs/how-to/deploy.md, Add a worker")
        return 0
    return len(workers)


def _set_users(workers: list[Worker]) -> None:
    unknown = {name for name in _users() if name.startswith(WORKER_PREFIX)} - {worker.id for worker in workers}
    with broker().pipeline(transaction=False) as pipeline:
        for worker in workers:
            _acl(pipeline, "SETUSER", worker.id, *rules_of(worker))
        for name in sorted(unknown):
            _acl(pipeline, "DELUSER", name)
        pipeline.execute()


def acl_lines() -> Iterator[str]:
    """Lines of an ACL file, for a Redis whose users the control plane may not set."""
    for worker in enrolled():
        # A file has no quotes: a pattern's any-character stands for the separator, which is not printable.
        _reset, *rules = (rule.replace("\x06", "?") for rule in rules_of(worker))
        yield " ".join(("user", worker.id, *rules))


def enrolled() -> QuerySet[Worker]:
    """Workers that were not removed, with their pools."""
    return Worker.objects.enrolled().select_related("pool").order_by("id")


def _users() -> list[str]:
    names: list[bytes] = _acl(broker(), "USERS")
    return [name.decode() for name in names]


def _acl(client: Redis, *arguments: str) -> Any:
    return client.execute_command("ACL", *arguments)  # type: ignore[no-untyped-call]  # redis-py leaves this one out
