"""How long a claim takes where 10,000 jobs wait, on each database that there is."""

import os
import statistics
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from tempfile import TemporaryDirectory
from typing import NamedTuple

import django
import psycopg
from django.core.management import call_command
from rich.console import Console
from rich.table import Table

from scripts.postgres import postgres, with_database

CLAIM_AIM_SECONDS = 0.020


class Claims(NamedTuple):
    """Seconds that each claim took: on the wall, and of the process's own time, which holds SQLite's but not that of
    a server."""

    database: str
    wall: list[float]
    own: list[float]


def report() -> None:
    """Prints the median and the 95th percentile of claims, beside the aim."""
    console = Console()
    console.print("Claims from 10,000 queued jobs of 100 organizations, 350 jobs running on 50 workers:")
    table = Table("database", "p50", "p95", "processor time, p50", "p95", "ratio to the aim", box=None)
    for claims in _measurements():
        middle, late = _p50_and_p95(claims.wall)
        figures = (middle, late, *_p50_and_p95(claims.own))
        table.add_row(
            claims.database, *(f"{seconds * 1e3:.1f} ms" for seconds in figures), f"{middle / CLAIM_AIM_SECONDS:.2f}"
        )
    console.print(table)


def _p50_and_p95(seconds: list[float]) -> tuple[float, float]:
    cuts = statistics.quantiles(seconds, n=20)
    return cuts[9], cuts[18]


def _measurements() -> Iterator[Claims]:
    with TemporaryDirectory(prefix="trainyard-bench-") as directory:
        yield _apart("SQLite", f"sqlite:///{directory}/claims.sqlite3", directory)
        with postgres() as address:
            if address is not None:
                yield from _on_postgres(address, directory)


def _on_postgres(address: str, directory: str) -> Iterator[Claims]:
    name = f"trainyard_bench_{os.getpid()}"
    with psycopg.connect(address, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
        try:
            yield _apart("PostgreSQL", with_database(address, name), directory)
        finally:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _apart(name: str, address: str, directory: str) -> Claims:
    """In a process of its own: Django knows one set of databases a process."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        return Claims(name, *process.submit(_measure, address, directory).result())


def _measure(address: str, directory: str) -> tuple[list[float], list[float]]:
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "trainyard.config.settings",
        "TRAINYARD_DATABASE_URL": address,
        "TRAINYARD_DATA_DIR": directory,
        "TRAINYARD_SECRET_KEY": "benchmark " * 4,
        "TRAINYARD_LOG_LEVEL": "ERROR",
    }
    django.setup()
    call_command("migrate", verbosity=0)
    from benchmarks import claim_fixture  # models can be imported only now

    return claim_fixture.claim_seconds()
