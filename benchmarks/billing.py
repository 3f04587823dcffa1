"""How fast usage is rated, a month becomes an invoice, and pages of usage are read, on PostgreSQL."""

import os
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from tempfile import TemporaryDirectory

import django
import psycopg
from django.core.management import call_command
from rich.console import Console
from rich.table import Table

from scripts.postgres import postgres, with_database

RATED_AIM, CLOSING_AIM_SECONDS = 5_000, 5.0
EVENTS = int(os.environ.get("BENCH_EVENTS", "1000000"))
INTERVALS = int(os.environ.get("BENCH_INTERVALS", "100000"))


def report() -> None:
    """Prints the figures beside what is aimed at."""
    console = Console()
    with postgres() as address:
        if address is None:
            console.print("There is no PostgreSQL here, so nothing was measured.")
            return
        figures = _on_postgres(address)
    console.print(f"{EVENTS:,} events rated, then a month of {INTERVALS:,} intervals closed, on PostgreSQL:")
    table = Table("what", "measured", "aim", box=None)
    table.add_row("events rated", f"{figures['rated']:,.0f} /s", f"≥ {RATED_AIM:,} /s")
    table.add_row("the same, a second of the client's processor", f"{figures['rated_processor']:,.0f} /s", "")
    both = f"{figures['rated_both']:,.0f} /s"
    table.add_row("the same, a second of client's and database's", both, f"≥ {RATED_AIM:,} /s")
    table.add_row("the month's invoice", f"{figures['closing']:.2f} s", f"≤ {CLOSING_AIM_SECONDS:.0f} s")
    table.add_row("ledger against replay of the journal", f"{figures['difference']:.0f} micro-units", "0")
    for name, what in (("usage", "a page of usage"), ("totals", "totals of usage"), ("ledger", "a page of ledger")):
        few, many = (figures[f"{name}_{which}"] * 1e3 for which in ("few", "many"))
        table.add_row(f"{what}, few rows and many", f"{few:.1f} ms, {many:.1f} ms", "flat")
    console.print(table)


def _on_postgres(address: str) -> dict[str, float]:
    name = f"trainyard_bench_{os.getpid()}"
    scratch = TemporaryDirectory(prefix="trainyard-bench-")
    with scratch as directory, psycopg.connect(address, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
        try:
            with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
                return process.submit(_measure, with_database(address, name), directory).result()
        finally:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _measure(address: str, directory: str) -> dict[str, float]:
    """In a process of its own: Django knows one set of databases a process."""
    os.environ |= {
        "TRAINYARD_DATABASE_URL": address,
        "TRAINYARD_DATA_DIR": directory,
        "TRAINYARD_SECRET_KEY": "benchmark " * 4,
        "TRAINYARD_LOG_LEVEL": "ERROR",
        "DJANGO_SETTINGS_MODULE": "trainyard.config.settings",
    }
    django.setup()
    call_command("migrate", verbosity=0)
    from benchmarks.billing_fixture import measure

    return measure(EVENTS, INTERVALS)
