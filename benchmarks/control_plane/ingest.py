"""Metric points stored per second, beside MLflow's tracking server: both on PostgreSQL, asked by turns."""

import statistics
import subprocess
import time
from pathlib import Path

import httpx
from rich.console import Console
from rich.table import Table

from benchmarks.control_plane import mlflow_server
from benchmarks.control_plane.running_job import RunningJob
from benchmarks.control_plane.stand import control_plane
from tests.support.servers import postgres_database

SERIES, STEPS = 10, 100
"""1,000 points a request, the most that ``log_batch`` takes."""
BATCHES, ROUNDS = 10, 7
AIM_RATIO = 20.0
CLIENT = Path(__file__).with_name("mlflow_client.py")


def report() -> None:
    """Prints the points per second of both, and their ratio."""
    mlflow_server.build()
    with control_plane() as stand, postgres_database() as database, mlflow_server.tracking_server(database) as address:
        job = stand.seeding.running_job()
        with stand.worker(job.token) as worker:
            ours, theirs = _measure(worker, job, address)
    table = Table("server", "points/s, median", "slowest round", "fastest", box=None)
    for name, rates in (("Trainyard", ours), ("MLflow", theirs)):
        table.add_row(name, *(f"{rate:,.0f}" for rate in (statistics.median(rates), min(rates), max(rates))))
    console = Console()
    points = SERIES * STEPS
    console.print(f"{ROUNDS} rounds by turns of {BATCHES} requests of {points:,} points each, one client, PostgreSQL")
    console.print(table)
    ratio = statistics.median(ours) / statistics.median(theirs)
    console.print(f"{ratio:.1f} times as many points per second; aim: {AIM_RATIO:.0f}")


def _measure(worker: httpx.Client, job: RunningJob, address: str) -> tuple[list[float], list[float]]:
    """Points per second of each round; the first one of each warms up."""
    script = [mlflow_server.PYTHON, CLIENT, address, str(SERIES), str(STEPS)]
    with subprocess.Popen(script, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as client:
        assert client.stdin is not None
        assert client.stdout is not None
        ours, theirs = [], []
        for number in range(ROUNDS + 1):
            ours.append(_report(worker, job, first=number * BATCHES))
            print(BATCHES, file=client.stdin, flush=True)
            theirs.append(float(client.stdout.readline()))
        client.stdin.close()
        assert int(client.stdout.readline()) == (ROUNDS + 1) * BATCHES * STEPS
    points = SERIES * STEPS * BATCHES
    return [points / seconds for seconds in ours[1:]], [points / seconds for seconds in theirs[1:]]


def _report(worker: httpx.Client, job: RunningJob, *, first: int) -> float:
    began = time.perf_counter()
    for number in range(first, first + BATCHES):
        steps = range(number * STEPS, (number + 1) * STEPS)
        values = {f"series_{series}": [1 / (step + 1) for step in steps] for series in range(SERIES)}
        message = {"type": "metrics", "steps": list(steps), "values": values}
        body = {"fence": job.fence, "sequence": job.sequence + number + 1, "messages": [message]}
        worker.post(f"/attempts/{job.attempt_id}/reports", json=body).raise_for_status()
    return time.perf_counter() - began
