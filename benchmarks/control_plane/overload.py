"""Customers on 300 connections at once: what they are answered, and what becomes of the workers' calls meanwhile."""

import asyncio
import os
import statistics
import time
from collections import Counter
from dataclasses import dataclass, field
from multiprocessing import get_context

import httpx
from rich.console import Console
from rich.table import Table

from benchmarks.control_plane.callers import Answers, call
from benchmarks.control_plane.testbed import control_plane

CONNECTIONS = 300
WEB_PROCESSES = 2
"""As in docker-compose.yml, beside one for workers' calls."""
RUNNING_JOBS, JOBS_A_WORKER = 20, 2
SECONDS = 20.0
WARM_UP_SECONDS, WARM_UP_CALLS = 5.0, 20
"""Not counted: web processes load much at their first requests."""
TIMEOUT_SECONDS = 60.0
YIELDS = 19
BUSY = frozenset({429, 503})


@dataclass(slots=True)
class Crowd:
    """``statuses`` of all answers, of which ``without_retry_after`` send somebody away for no one knows how long.

    ``broken`` are calls without one, by what broke.
    """

    statuses: Counter[int] = field(default_factory=Counter)
    without_retry_after: int = 0
    broken: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)


def report() -> None:
    """Prints the answers of the crowd, and the workers' p95 before and beside it."""
    with (
        control_plane("--workers", str(WEB_PROCESSES)) as testbed,
        testbed.worker_api() as worker_url,
        get_context("spawn").Pool(2) as pool,
    ):
        jobs = testbed.seeding.running_jobs(3 * RUNNING_JOBS, a_worker=JOBS_A_WORKER)
        testbed.seeding.look_at_tables()
        warm_up, first, second = (jobs[begin : begin + RUNNING_JOBS] for begin in range(0, len(jobs), RUNNING_JOBS))
        base_url, headers = str(testbed.web.client.base_url), dict(testbed.web.client.headers)
        pool.apply(call, (worker_url, warm_up, WARM_UP_SECONDS))
        for _ in range(WARM_UP_CALLS):
            httpx.get(f"{base_url}/jobs", headers=headers, timeout=TIMEOUT_SECONDS)
        alone = pool.apply(call, (worker_url, first, SECONDS))
        crowding = pool.apply_async(crowd, (base_url, headers, SECONDS))
        beside = pool.apply(call, (worker_url, second, SECONDS))
        _print(crowding.get(), {"alone": alone, "beside the crowd": beside})


def crowd(base_url: str, headers: dict[str, str], seconds: float) -> Crowd:
    """Asks for lists of jobs over ``CONNECTIONS``, each as soon as it was answered and heeding no ``Retry-After``.

    Customers have processors of their own: here they yield to the platform and to the workers.
    """
    os.nice(YIELDS)
    return asyncio.run(_crowd(base_url, headers, seconds))


async def _crowd(base_url: str, headers: dict[str, str], seconds: float) -> Crowd:
    found = Crowd()
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
    async with httpx.AsyncClient(base_url=base_url, headers=headers, limits=limits, timeout=TIMEOUT_SECONDS) as client:
        end = time.perf_counter() + seconds
        await asyncio.gather(*(_customer(client, end, found) for _ in range(CONNECTIONS)))
    return found


async def _customer(client: httpx.AsyncClient, end: float, found: Crowd) -> None:
    while (began := time.perf_counter()) < end:
        try:
            answer = await client.get("/jobs")
        except httpx.TransportError as error:
            found.broken[type(error).__name__] += 1
            continue
        found.seconds.append(time.perf_counter() - began)
        found.statuses[answer.status_code] += 1
        found.without_retry_after += answer.status_code in BUSY and "Retry-After" not in answer.headers


def _print(customers: Crowd, workers: dict[str, Answers]) -> None:
    console = Console(width=120)
    console.print(f"load {os.getloadavg()[0]:.1f}; {CONNECTIONS} connections for {SECONDS:.0f} s")
    told = ", ".join(f"{count:,} × {status}" for status, count in sorted(customers.statuses.items())) or "nothing"
    broke = ", ".join(f"{count} × {what}" for what, count in customers.broken.items()) or "none"
    console.print(f"Customers were answered {told}; broken: {broke}.")
    away = sum(customers.statuses[status] for status in BUSY)
    console.print(f"Of {away:,} that were sent away, {customers.without_retry_after} were not told when to come back.")
    table = Table("workers' calls", "due", "answered", "errors", "p50", "p95", box=None)
    for name, answers in workers.items():
        quantiles = statistics.quantiles(answers.seconds, n=100)
        p50, p95 = (f"{quantiles[percent - 1] * 1e3:.0f} ms" for percent in (50, 95))
        table.add_row(name, str(answers.due), str(len(answers.seconds)), str(answers.errors), p50, p95)
    console.print(table)
