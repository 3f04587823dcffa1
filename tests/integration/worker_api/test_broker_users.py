"""Attack: a worker's broker credential receives its pool's notifications, and can do nothing else there."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import Client
from redis import AuthenticationError, Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import NoPermissionError

from tests.support.jobs import make_worker
from tests.support.platform import Pool
from trainyard.core import scheduler_heartbeat
from trainyard.core.broker import broker
from trainyard.core.time import database_now
from trainyard.pools import broker_users, operations
from trainyard.pools.workers import Enrolled
from trainyard_spec.worker_protocol import broker_password

QUEUE = "pool.default"
ATTACKS: dict[str, tuple[Any, ...]] = {
    "plant what the web reads": ("SET", ":1:periodic-pulse", "x"),
    "call the control plane's tasks": ("LPUSH", "control", "{}"),
    "hear another pool": ("BRPOP", "pool.other", 1),
    "ring": ("LPUSH", QUEUE, "{}"),
    "lead rings elsewhere": ("SADD", "_kombu.binding.pool.default", "x"),
    "read another's answer": ("BLPOP", "prediction:pred_1", 1),
    "list keys": ("KEYS", "*"),
    "run a script": ("EVAL", "return 1", 0),
    "listen to all": ("MONITOR",),
    "subscribe": ("SUBSCRIBE", "x"),
    "load a module": ("CONFIG", "SET", "dir", "/"),
    "make a user": ("ACL", "SETUSER", "mine", "on", "nopass", "+@all", "~*"),
    "empty it": ("FLUSHALL",),
}


@pytest.fixture(autouse=True)
def fresh_client() -> Iterator[None]:
    broker.cache_clear()
    yield
    broker.cache_clear()


@pytest.fixture
def as_worker(redis_server: Redis, enrolled: Enrolled) -> Callable[[], Redis]:
    """Connects to the broker with what a worker's host holds."""
    socket = settings.ENVIRONMENT.redis_url.removeprefix("unix://")
    password = broker_password(enrolled.token)
    return lambda: Redis(unix_socket_path=socket, username=enrolled.worker.id, password=password)


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_workers_credential_does_nothing_else(attack: str, as_worker: Callable[[], Redis]) -> None:
    assert broker_users.grant_all() == 1
    with as_worker() as hacked, pytest.raises(NoPermissionError):
        hacked.execute_command(*ATTACKS[attack])


def test_a_workers_credential_hears_its_pool(as_worker: Callable[[], Redis], redis_server: Redis) -> None:
    broker_users.grant_all()
    redis_server.lpush(f"{QUEUE}\x06\x163", "of a priority")
    redis_server.lpush(QUEUE, "a ring")
    with as_worker() as worker:
        assert worker.brpop([QUEUE, f"{QUEUE}\x06\x163"], timeout=1) == (QUEUE.encode(), b"a ring")
        assert worker.brpop([QUEUE, f"{QUEUE}\x06\x163"], timeout=1)[1] == b"of a priority"


def test_what_lies_in_the_cache_is_never_run(
    redis_server: Redis, as_worker: Callable[[], Redis], anonymous: Client, tmp_path: Path
) -> None:
    """Even for whoever got past the broker's users."""
    proof = tmp_path / "ran"
    bomb = f"cos\nsystem\n(S'touch {proof}'\ntR.".encode()  # a pickle that runs a command when it is read
    scheduler_heartbeat.record()
    cache.set("readyz", [1])
    broker_users.grant_all()
    keys = redis_server.keys("*")
    assert len(keys) == 2
    with as_worker() as hacked:
        for key in keys:
            with pytest.raises(NoPermissionError):
                hacked.set(key, bomb)
    for key in keys:
        redis_server.set(key, bomb)
    assert anonymous.get("/readyz").json()["checks"]["broker"] is True
    for read in (scheduler_heartbeat.is_alive, lambda: cache.get("readyz")):
        with pytest.raises(ValueError, match="Expecting value"):
            read()
    assert not proof.exists()


def test_a_removed_worker_hears_nothing(as_worker: Callable[[], Redis], enrolled: Enrolled) -> None:
    broker_users.grant_all()
    with as_worker() as worker:
        worker.ping()
        operations.remove_worker(worker_id=enrolled.worker.id, actor="tests", now=database_now())
        assert broker_users.grant_all() == 0
        with pytest.raises((AuthenticationError, RedisConnectionError)):
            worker.ping()


def test_joining_and_leaving_are_told_at_once(
    redis_server: Redis, pool: Pool, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        worker = make_worker(pool, now=database_now()).worker
    assert worker.id in redis_server.acl_users()
    with django_capture_on_commit_callbacks(execute=True):
        operations.remove_worker(worker_id=worker.id, actor="tests", now=database_now())
    assert worker.id not in redis_server.acl_users()


def test_a_broker_that_is_down_keeps_nobody_from_joining(pool: Pool, django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        make_worker(pool, now=database_now())


def test_an_acl_file_names_the_same_users(as_worker: Callable[[], Redis], redis_server: Redis) -> None:
    (line,) = broker_users.acl_lines()
    _user, name, *rules = line.split(" ")
    redis_server.execute_command("ACL", "SETUSER", name, *rules)
    with as_worker() as worker:
        assert worker.llen(f"{QUEUE}\x06\x163") == 0
