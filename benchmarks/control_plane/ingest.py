"""Metric points stored per second, beside MLflow's tracking server: both on PostgreSQL, asked by turns."""

import statistics
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import httpx
from rich.console import Console
from rich.table import Table

from benchmarks.control_plane import mlflow_server
from benchmarks.control_plane.processor_time import database_seconds, web_seconds
from benchmarks.control_plane.seeded_job import SeededJob
from benchmarks.control_plane.testbed import control_plane
from tests.support.servers import postgres_database

SERIES, STEPS = 10, 100
POINTS = SERIES * STEPS
"""A request: 1,000, the most that ``log_batch`` takes."""
BATCHES, ROUNDS = 10, 7
AIM_RATIO = 20.0
CLIENT = Path(__file__).with_name("mlflow_client.py")


class Rounds(NamedTuple):
    """Points per second of each round, on the clock, and of the server's and the database's processor time in all."""

    server: str
    rates: list[float]
    per_processor_second: float


def report() -> None:
    """Prints the points per second of both, and their ratios."""
    mlflow_server.build()
    with (
        control_plane() as testbed,
        postgres_database() as database,
        mlflow_server.tracking_server(database) as (address, pid),
    ):
        job = testbed.seeding.running_job()

        def used() -> tuple[float, float]:
            ours = web_seconds(testbed.web.pid) + database_seconds(testbed.database_url)
            return ours, web_seconds(pid) + database_seconds(database)

        with testbed.worker(job.token) as worker:
            both = _measure(worker, job, address, used)
    columns = ("points/s, median", "slowest round", "fastest", "points per second of processor time")
    table = Table("server", *columns, box=None)
    for name, rates, per_processor_second in both:
        figures = (statistics.median(rates), min(rates), max(rates), per_processor_second)
        table.add_row(name, *(f"{figure:,.0f}" for figure in figures))
    console = Console()
    console.print(f"{ROUNDS} rounds by turns of {BATCHES} requests of {POINTS:,} points each, one client, PostgreSQL")
    console.print(table)
    ours, theirs = both
    on_the_clock = statistics.median(ours.rates) / statistics.median(theirs.rates)
    by_time = ours.per_processor_second / theirs.per_processor_second
    console.print(f"{on_the_clock:.1f} times as many points per second; aim: {AIM_RATIO:.0f}")
    console.print(f"{by_time:.1f} times as many per second of processor time of server and database")


def _measure(
    worker: httpx.Client, job: SeededJob, address: str, used: Callable[[], tuple[float, float]]
) -> list[Rounds]:
    """The rounds of both; the first one of each warms up."""
    script = [mlflow_server.PYTHON, CLIENT, address, str(SERIES), str(STEPS)]
    with subprocess.Popen(script, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as client:
        assert client.stdin is not None
        assert client.stdout is not None
        seconds: list[tuple[float, float]] = []
        before = used()
        for number in range(ROUNDS + 1):
            ours = _report(worker, job, first=number * BATCHES)
            print(BATCHES, file=client.stdin, flush=True)
            seconds.append((ours, float(client.stdout.readline())))
            if number == 0:
                before = used()
        after = used()
        client.stdin.close()
        assert int(client.stdout.readline()) == (ROUNDS + 1) * BATCHES * STEPS
    return [
        Rounds(
            name,
            [POINTS * BATCHES / one[side] for one in seconds[1:]],
            ROUNDS * BATCHES * POINTS / (after[side] - before[side]),
        )
        for side, name in enumerate(("Trainyard", "MLflow"))
    ]


def _report(worker: httpx.Client, job: SeededJob, *, first: int) -> float:
    began = time.perf_counter()
    for number in range(first, first + BATCHES):
        steps = range(number * STEPS, (number + 1) * STEPS)
        values = {f"series_{series}": [1 / (step + 1) for step in steps] for series in range(SERIES)}
        message = {"type": "metrics", "steps": list(steps), "values": values}
        body = {"fence": job.fence, "sequence": job.sequence + number + 1, "messages": [message]}
        worker.post(f"/attempts/{job.attempt_id}/reports", json=body).raise_for_status()
    return time.perf_counter() - began
