"""Tests reach this machine alone."""

import asyncio
import socket
from pathlib import Path

import pytest

BEYOND = "192.0.2.1"  # TEST-NET-1 of RFC 5737: never a real host
BLOCKED = "A test tried to use socket"


def test_a_connection_beyond_loopback_is_refused() -> None:
    with pytest.raises(UserWarning, match=BLOCKED):
        socket.create_connection((BEYOND, 80))


def test_asyncio_is_guarded_too() -> None:
    with pytest.raises(UserWarning, match=BLOCKED):
        asyncio.run(asyncio.open_connection(BEYOND, 80))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_loopback_is_open(host: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection((host, server.getsockname()[1])).close()


def test_asyncio_reaches_loopback() -> None:
    async def connect() -> None:
        server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
        async with server:
            _, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            writer.close()
            await writer.wait_closed()

    asyncio.run(connect())


def test_unix_sockets_are_open(tmp_path: Path) -> None:
    path = str(tmp_path / "s")
    with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as client:
        server.bind(path)
        server.listen()
        client.connect(path)
