"""Whether a long history slows the list of jobs: platforms with few and many jobs, asked by turns."""

import statistics
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import NamedTuple

import httpx
from rich.console import Console
from rich.table import Table

from benchmarks.control_plane.testbed import control_plane

FEW, MANY = 1_000, 1_000_000
ROUNDS = 100
WARM_UP = 10
AIM_RATIO = 1.3
QUESTIONS = {
    "newest": "/jobs",
    "failed, one in ten": "/jobs?state=failed",
    "of an architecture that none has": "/jobs?architecture=cnn",
}


class JobHistory(NamedTuple):
    """Jobs that are over, and how many organizations share them."""

    name: str
    jobs: int
    organizations: int


HISTORIES = (
    JobHistory(f"{FEW:,}, one organization", FEW, 1),
    JobHistory(f"{MANY:,}, one organization", MANY, 1),
    JobHistory(f"{MANY:,}, 1,000 organizations", MANY, 1_000),
)


def report() -> None:
    """Prints the p95 of every question to every history, and its ratio to that of the short one."""
    with ExitStack() as platforms:
        clients = [platforms.enter_context(_platform(history)) for history in HISTORIES]
        table = Table("GET /jobs", *(f"{history.name}" for history in HISTORIES), "ratio", "aim", box=None)
        for name, path in QUESTIONS.items():
            p95s = _p95s(clients, path)
            ratios = ", ".join(f"{p95 / p95s[0]:.2f}" for p95 in p95s[1:])
            table.add_row(name, *(f"{p95 * 1e3:.1f} ms" for p95 in p95s), ratios, f"{AIM_RATIO}")
    console = Console()
    console.print(f"p95 of {ROUNDS} requests each, by turns")
    console.print(table)


@contextmanager
def _platform(history: JobHistory) -> Iterator[httpx.Client]:
    ours, theirs = get_context("spawn").Pipe()
    process = get_context("spawn").Process(target=_serve, args=(history, theirs))
    process.start()
    theirs.close()
    try:
        base_url, authorization = ours.recv()
        with httpx.Client(base_url=base_url, headers={"Authorization": authorization}, timeout=60) as client:
            yield client
    finally:
        ours.close()
        process.join()


def _serve(history: JobHistory, connection: Connection) -> None:
    """Serves ``history`` until the other end of ``connection`` is closed."""
    with control_plane() as testbed:
        testbed.seeding.finished_jobs(history.jobs, organizations=history.organizations)
        connection.send((str(testbed.web.client.base_url), testbed.web.client.headers["Authorization"]))
        connection.poll(None)


def _p95s(clients: list[httpx.Client], path: str) -> list[float]:
    seconds: list[list[float]] = [[] for _ in clients]
    for _ in range(WARM_UP + ROUNDS):
        for client, measured in zip(clients, seconds, strict=True):
            began = time.perf_counter()
            client.get(path).raise_for_status()
            measured.append(time.perf_counter() - began)
    return [statistics.quantiles(measured[WARM_UP:], n=20)[-1] for measured in seconds]
