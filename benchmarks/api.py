"""The calls that are made most, on SQLite and PostgreSQL, beside a bare REST framework view that reads one row.

``make bench ARGS=api``. Requests per second go by turns, so that both meet the same machine; where other work disturbs
them, the processor time that the server and its database spend on a request is the steadier figure.
"""

import json
import statistics
from collections.abc import Callable
from contextlib import ExitStack
from multiprocessing import get_context
from typing import NamedTuple

from rich.console import Console
from rich.table import Table

from benchmarks.control_plane.processor_time import database_seconds, web_seconds
from benchmarks.control_plane.requests_client import CONNECTIONS, Answered, Asked, ask
from benchmarks.control_plane.testbed import Testbed, counting_control_plane, on_each_database
from tests.support.web_server import ROOT, ROOTS, environment_of, serving

JOBS = 60
"""More than the fifty of a page."""
POINTS, POINTS_A_REPORT = 1_000, 50
ROUNDS, SECONDS, WARM_UP_SECONDS = 5, 2.0, 1.0
BARE = "bare view, one indexed read"
AIMS = {"GET /jobs/{id}": 1.5, "GET /jobs": 3.0, "GET /jobs/{id}/metrics": 3.0}
"""How many times the bare view's a request may take."""
MANY = "1000000"
COUNTED = {f"TRAINYARD_REQUESTS_PER_SECOND_AND_{kind}": MANY for kind in ("KEY", "ORGANIZATION", "ADDRESS")}
"""Requests are counted as in production, and none is refused."""


class Measured(NamedTuple):
    """One call over all rounds; ``processor_ms`` a request, of the server and the database."""

    per_second: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    processor_ms: float
    errors: int


class Server(NamedTuple):
    """``used`` tells the seconds of processor time that the process and its database have used."""

    asked: Asked
    used: Callable[[], float]


def report() -> None:
    """Prints a table for each database."""
    on_each_database(_measure)


def _measure(database: str) -> None:
    with ExitStack() as stack:
        testbed = stack.enter_context(counting_control_plane(database, TRAINYARD_MAX_QUEUED_JOBS=MANY, **COUNTED))
        servers = _servers(testbed, stack)
        caller = stack.enter_context(get_context("spawn").Pool(1))

        def call(server: Server, seconds: float) -> Answered:
            answered: Answered = caller.apply(ask, (server.asked, seconds))
            return answered

        _print(database, _rounds(servers, call, before_each=testbed.seeding.look_at_tables))


def _servers(testbed: Testbed, stack: ExitStack) -> dict[str, Server]:
    """What is asked, the bare view first."""
    jobs = [testbed.seeding.queued_job() for _ in range(JOBS)]
    measured = testbed.seeding.running_job()
    testbed.seeding.measured(measured, points=POINTS, at_once=POINTS_A_REPORT)
    environment = environment_of(
        testbed.web.data_dir, TRAINYARD_DATABASE_URL=testbed.database_url, TRAINYARD_LOG_LEVEL="WARNING"
    ) | {"DJANGO_SETTINGS_MODULE": "benchmarks.control_plane.bare_settings", "PYTHONPATH": f"{ROOTS}:{ROOT}"}
    pid, bare = stack.enter_context(serving(testbed.web.data_dir / "bare.log", environment))
    key = {"Authorization": testbed.web.client.headers["Authorization"]}
    api = str(testbed.web.client.base_url).rstrip("/")
    body = json.dumps(testbed.seeding.spec(limits={"max_cost": "0.01"})).encode()
    asked = {
        "GET /jobs/{id}": Asked("GET", f"{api}/jobs/{jobs[0].id}", key),
        "GET /jobs": Asked("GET", f"{api}/jobs", key),
        "GET /jobs/{id}/metrics": Asked("GET", f"{api}/jobs/{measured.job_id}/metrics", key),
        "POST /jobs": Asked("POST", f"{api}/jobs", key, body),
    }
    yardstick = Server(Asked("GET", f"{bare}/api/v1/bare/{jobs[0].id}", {}), _used(pid, testbed.database_url))
    ours = _used(testbed.web.pid, testbed.database_url)
    return {BARE: yardstick} | {name: Server(one, ours) for name, one in asked.items()}


def _used(pid: int, database_url: str) -> Callable[[], float]:
    return lambda: web_seconds(pid) + (database_seconds(database_url) if database_url else 0.0)


def _rounds(
    servers: dict[str, Server], call: Callable[[Server, float], Answered], *, before_each: Callable[[], None]
) -> dict[str, Measured]:
    """By turns. Every round submits jobs, so that ``before_each`` has the database count its rows anew."""
    answers: dict[str, list[Answered]] = {name: [] for name in servers}
    used = dict.fromkeys(servers, 0.0)
    before_each()
    for server in servers.values():
        call(server, WARM_UP_SECONDS)
    for _ in range(ROUNDS):
        before_each()
        for name, server in servers.items():
            before = server.used()
            answers[name].append(call(server, SECONDS))
            used[name] += server.used() - before
    return {name: _measured(rounds, used[name]) for name, rounds in answers.items()}


def _measured(rounds: list[Answered], used: float) -> Measured:
    seconds = [one for answered in rounds for one in answered.seconds]
    quantiles = statistics.quantiles(seconds, n=100)
    return Measured(
        per_second=statistics.median(len(answered.seconds) / answered.lasted for answered in rounds),
        p50_ms=quantiles[49] * 1e3,
        p95_ms=quantiles[94] * 1e3,
        p99_ms=quantiles[98] * 1e3,
        processor_ms=used / len(seconds) * 1e3,
        errors=sum(answered.errors for answered in rounds),
    )


def _print(database: str, measured: dict[str, Measured]) -> None:
    columns = ("requests/s", "p50", "p95", "p99", "processor time", "times the bare view", "by processor time", "aim")
    table = Table(database, *columns, box=None)
    bare = measured[BARE]
    for name, one in measured.items():
        aim = f"{AIMS[name]:.1f}" if name in AIMS else ""
        times = (f"{one.p50_ms:.1f} ms", f"{one.p95_ms:.1f} ms", f"{one.p99_ms:.1f} ms", f"{one.processor_ms:.2f} ms")
        ratios = (f"{bare.per_second / one.per_second:.2f}", f"{one.processor_ms / bare.processor_ms:.2f}")
        table.add_row(name, f"{one.per_second:,.0f}", *times, *ratios, aim)
        if one.errors:
            raise SystemExit(f"{one.errors} answers to {name} were errors.")
    console = Console(width=140)
    console.print(f"{CONNECTIONS} connections, {ROUNDS} rounds by turns of {SECONDS:.0f} s each, one web process")
    console.print(table)
