"""Testbed of a measurement: a web process and a PostgreSQL database of its own, and rows to begin with."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import django
import httpx

from scripts.postgres import postgres
from tests.support.redis_server import running_redis
from tests.support.servers import postgres_database
from tests.support.web_server import WebServer, environment_of, serving, web_server

if TYPE_CHECKING:
    from benchmarks.control_plane.seeding import Seeding


@dataclass(frozen=True, slots=True)
class Testbed:
    """``web.client`` is a customer's, of the organization that ``seeding`` fills."""

    web: WebServer
    seeding: "Seeding"
    database_url: str

    @property
    def worker_url(self) -> str:
        return str(self.web.client.base_url).replace("/api/v1", "/api/worker/v1")

    @contextmanager
    def worker_api(self) -> Iterator[str]:
        """The address of a process for workers' calls alone, as ``worker-api`` of docker-compose.yml is one."""
        environment = environment_of(self.web.data_dir, TRAINYARD_DATABASE_URL=self.database_url)
        with serving(self.web.data_dir / "worker-api.log", environment) as (_, base_url):
            yield f"{base_url}/api/worker/v1"

    def worker(self, token: str) -> httpx.Client:
        """A client of the worker API."""
        return httpx.Client(base_url=self.worker_url, headers={"Authorization": f"Bearer {token}"}, timeout=60)


@contextmanager
def control_plane(*options: str, **web_settings: str) -> Iterator[Testbed]:
    """Runs the web process on a new PostgreSQL database, to which this process's Django is bound: once a process."""
    with postgres() as server:
        if server is None:
            sys.exit("No PostgreSQL answers. Name one that may create databases in TEST_POSTGRES_URL.")
        os.environ["TEST_POSTGRES_URL"] = server
        with postgres_database() as address, _served(address, *options, **web_settings) as testbed:
            yield testbed


@contextmanager
def embedded_control_plane(*options: str, **web_settings: str) -> Iterator[Testbed]:
    """As ``control_plane``, on SQLite."""
    with _served("", *options, **web_settings) as testbed:
        yield testbed


DATABASES: dict[str, Callable[..., AbstractContextManager[Testbed]]] = {
    "SQLite": embedded_control_plane,
    "PostgreSQL": control_plane,
}


def on_each_database(measure: Callable[[str], None]) -> None:
    """Calls ``measure`` with the name of each of ``DATABASES``, in a process of its own: Django is bound to one."""
    for name in DATABASES:
        process = get_context("spawn").Process(target=measure, args=(name,))
        process.start()
        process.join()
        if process.exitcode:
            raise SystemExit(process.exitcode)


@contextmanager
def counting_control_plane(database: str, *options: str, **web_settings: str) -> Iterator[Testbed]:
    """On one of ``DATABASES``, with a Redis of its own: requests are counted, as wherever the platform runs."""
    with TemporaryDirectory(prefix="trainyard-bench-") as directory:
        socket = Path(directory) / "redis.sock"
        with (
            running_redis(socket),
            DATABASES[database](*options, TRAINYARD_REDIS_URL=f"unix://{socket}", **web_settings) as testbed,
        ):
            yield testbed


@contextmanager
def _served(database_url: str, *options: str, **web_settings: str) -> Iterator[Testbed]:
    with (
        TemporaryDirectory(prefix="trainyard-bench-") as directory,
        web_server(Path(directory), *options, TRAINYARD_DATABASE_URL=database_url, **web_settings) as web,
    ):
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "trainyard.config.settings",
            "TRAINYARD_DATABASE_URL": database_url,
            "TRAINYARD_DATA_DIR": directory,
            "TRAINYARD_LOG_LEVEL": "WARNING",
        }
        django.setup()
        from benchmarks.control_plane.seeding import Seeding  # models exist only from here on

        with Seeding.begun() as seeding:
            yield Testbed(web, seeding, database_url)
