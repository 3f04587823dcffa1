"""A greedy tenant: what another one waits for a list of jobs while it asks for as much as it can, one kind at a time.

Both have a key of their own and nothing else; the greedy one heeds no 429. It runs in a process that yields to all
others (``nice``), because what is measured is what it costs at the platform, and not at the machine that it would have
to itself. Each kind goes by turns with none, several rounds, so that both meet the same machine. Beside each p95 stands
the processor time that the web and the database spent meanwhile: where that is all of the machine, the rest is the
machine's. The control is busy loops that have nothing to do with the platform, one a processor: what they cost the same
tenant is no tenant's doing.
"""

import asyncio
import base64
import os
import statistics
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from multiprocessing import get_context
from typing import Any

import httpx
import psutil
from rich.console import Console
from rich.table import Table

from benchmarks.control_plane.processor_time import database_seconds, web_seconds
from benchmarks.control_plane.testbed import Testbed, counting_control_plane, on_each_database

WEB_PROCESSES = {"SQLite": 1, "PostgreSQL": 2}
"""As embedded, and in docker-compose.yml."""
ROUNDS, SECONDS = 3, 5.0
EVERY_SECONDS = 0.1
"""Between the polite tenant's calls."""
WARM_UP_CALLS = 20
TIMEOUT_SECONDS = 60.0
MOST_TIMES = 2.0
"""What another tenant's p95 may be of its idle value."""
YIELDS = 19
ROWS_A_FILE = 2_000
PARTS = ("web", "database", "asking", "machine")
"""Whose processor time is told apart; ``machine`` is that of all."""


@dataclass(frozen=True, slots=True)
class Target:
    """What the greedy tenant knows: ``spec`` is a valid one, ``job`` one of its own that runs."""

    base_url: str
    secret: str
    spec: dict[str, Any]
    job: str


@dataclass(slots=True)
class Taken:
    """``statuses`` of what the greedy tenant was answered; a stream that is open counts as 200.

    ``processor_seconds`` are those of the process that asked.
    """

    statuses: Counter[int] = field(default_factory=Counter)
    broken: int = 0
    processor_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Waited:
    """Of the polite tenant in one round; ``shares`` are of all processors."""

    seconds: list[float]
    errors: int
    shares: dict[str, float]
    taken: Taken

    @property
    def p95(self) -> float:
        return statistics.quantiles(self.seconds, n=20)[-1]


@dataclass(frozen=True, slots=True)
class Compared:
    """One kind of greed in each round, and none just before it."""

    greed: str
    idle: list[Waited]
    beside: list[Waited]

    @property
    def times(self) -> float:
        """What the p95 was of its idle value, by the median of the rounds."""
        return statistics.median(late.p95 / early.p95 for early, late in zip(self.idle, self.beside, strict=True))


Ask = Callable[[httpx.AsyncClient, Target, Taken], Awaitable[None]]


async def list_jobs(client: httpx.AsyncClient, _target: Target, taken: Taken) -> None:
    taken.statuses[(await client.get("/jobs", params={"limit": 100})).status_code] += 1


async def quote(client: httpx.AsyncClient, target: Target, taken: Taken) -> None:
    taken.statuses[(await client.post("/jobs/quote", json=target.spec)).status_code] += 1


async def large_body(client: httpx.AsyncClient, target: Target, taken: Taken) -> None:
    """As large as a body may be: a name of 200,000 characters."""
    answer = await client.post("/jobs/quote", json={**target.spec, "name": "x" * 200_000})
    taken.statuses[answer.status_code] += 1


async def upload(client: httpx.AsyncClient, _target: Target, taken: Taken) -> None:
    """A table to be validated, by a dataset of its own."""
    rows = "a,b\n" + "".join(f"{number},{number % 2}\n" for number in range(ROWS_A_FILE))
    options = {"name": f"d{time.monotonic_ns()}", "task": "tabular_classification", "options": {"target": "b"}}
    made = await client.post("/datasets", json=options)
    taken.statuses[made.status_code] += 1
    if made.is_success:
        path = f"/datasets/{made.json()['id']}/versions"
        answer = await client.post(path, files={"file": ("table.csv", rows.encode())})
        taken.statuses[answer.status_code] += 1


async def predict(client: httpx.AsyncClient, target: Target, taken: Taken) -> None:
    """With inputs of some size, for a model that is none of its own: the body is read all the same."""
    inputs = [{"image": base64.b64encode(bytes(50_000)).decode()}]
    answer = await client.post(f"/models/{target.job}/predict", json={"inputs": inputs})
    taken.statuses[answer.status_code] += 1


async def stream(client: httpx.AsyncClient, target: Target, taken: Taken) -> None:
    async with client.stream("GET", f"/jobs/{target.job}/stream") as answer:
        taken.statuses[answer.status_code] += 1
        async for _ in answer.aiter_bytes():
            continue


KINDS: dict[str, tuple[int, Ask]] = {
    "lists of jobs": (100, list_jobs),
    "quotes": (100, quote),
    "bodies of 200 kB": (20, large_body),
    "uploads to validate": (20, upload),
    "predictions": (100, predict),
    "open streams": (200, stream),
}
"""Connections, and what each asks again and again."""
CONTROL = "no tenant, busy loops"
CONTROLS = {f"{CONTROL} that yield": YIELDS, CONTROL: 0}
"""Niceness of one loop for each processor: as who asks for the greedy tenant yields, and as the platform does not."""


def report() -> None:
    """Prints the polite tenant's p95 alone and beside each kind of greed, for each database."""
    on_each_database(_measure)


def _measure(database: str) -> None:
    with counting_control_plane(database, "--workers", str(WEB_PROCESSES[database])) as testbed:
        target, polite = _tenants(testbed)
        with polite:
            _listed(polite, WARM_UP_CALLS * EVERY_SECONDS)
            compared = [Compared(kind, [], []) for kind in (*CONTROLS, *KINDS)]
            for _ in range(ROUNDS):
                for each in compared:
                    each.idle.append(_measured("none", testbed, polite, target))
                    each.beside.append(_measured(each.greed, testbed, polite, target))
    _print(database, compared)


def _tenants(testbed: Testbed) -> tuple[Target, httpx.Client]:
    """The testbed's organization is the greedy one; the other is new."""
    from trainyard.core.time import database_now
    from trainyard.tenants.operations import create_organization

    job = testbed.seeding.running_job()
    greedy = testbed.web.client
    _, issued = create_organization(
        name="Polite Labs", owner_email="polite@example.org", actor="benchmark", now=database_now()
    )
    headers = {"Authorization": f"Bearer {issued.secret}"}
    base_url, secret = str(greedy.base_url), greedy.headers["Authorization"]
    return (
        Target(base_url, secret, testbed.seeding.spec(), job.job_id),
        httpx.Client(base_url=base_url, headers=headers, timeout=TIMEOUT_SECONDS),
    )


def _measured(kind: str, testbed: Testbed, polite: httpx.Client, target: Target) -> Waited:
    processes = psutil.cpu_count() or 1
    with get_context("spawn").Pool(processes if kind in CONTROLS else 1) as pool:
        pool.apply(_loaded)
        taking = [pool.apply_async(take, (kind, target, SECONDS))] if kind in KINDS else []
        if kind in CONTROLS:
            taking = [pool.apply_async(loop, (CONTROLS[kind], SECONDS)) for _ in range(processes)]
        before = _used(testbed)
        began = time.perf_counter()
        seconds, errors = _listed(polite, SECONDS)
        available = (time.perf_counter() - began) * processes
        after = _used(testbed)
        used = [late - early for early, late in zip(before, after, strict=True)]
        takings = [each.get() for each in taking]
        asking = sum(each.processor_seconds for each in takings)
        shares = dict(zip(PARTS, (each / available for each in (*used[:2], asking, used[2])), strict=True))
        return Waited(seconds, errors, shares, takings[0] if takings else Taken())


def loop(niceness: int, seconds: float) -> Taken:
    """Uses all of a processor that it is left."""
    os.nice(niceness)
    began, end = time.process_time(), time.perf_counter() + seconds
    while time.perf_counter() < end:
        pass
    return Taken(processor_seconds=time.process_time() - began)


def _loaded() -> None:
    """Whoever starts to ask has imported what it takes."""


def _used(testbed: Testbed) -> tuple[float, float, float]:
    """Seconds of processor time that the web, a database of its own and the whole machine have used."""
    times, address = psutil.cpu_times(), testbed.database_url
    busy = float(times.user + times.nice + times.system)
    return web_seconds(testbed.web.pid), database_seconds(address) if address else 0.0, busy


def _listed(client: httpx.Client, seconds: float) -> tuple[list[float], int]:
    """Seconds of each call, and how many were refused or broke."""
    found, errors, end = [], 0, time.perf_counter() + seconds
    while (began := time.perf_counter()) < end:
        try:
            errors += not client.get("/jobs").is_success
        except httpx.TransportError:
            errors += 1
        found.append(time.perf_counter() - began)
        time.sleep(max(EVERY_SECONDS - found[-1], 0.0))
    return found, errors


def take(kind: str, target: Target, seconds: float) -> Taken:
    """Asks on all connections of ``kind``, each as soon as it was answered."""
    os.nice(YIELDS)
    began = time.process_time()
    taken = asyncio.run(_take(*KINDS[kind], target, seconds))
    taken.processor_seconds = time.process_time() - began
    return taken


async def _take(connections: int, ask: Ask, target: Target, seconds: float) -> Taken:
    taken = Taken()
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
    headers = {"Authorization": target.secret}
    async with httpx.AsyncClient(
        base_url=target.base_url, headers=headers, limits=limits, timeout=TIMEOUT_SECONDS
    ) as client:
        asking = [asyncio.create_task(_again(ask, client, target, taken)) for _ in range(connections)]
        await asyncio.wait(asking, timeout=seconds)
        for each in asking:
            each.cancel()
        await asyncio.gather(*asking, return_exceptions=True)
    return taken


async def _again(ask: Ask, client: httpx.AsyncClient, target: Target, taken: Taken) -> None:
    while True:
        try:
            await ask(client, target, taken)
        except httpx.TransportError:
            taken.broken += 1


def _print(database: str, compared: list[Compared]) -> None:
    console = Console(width=160)
    table = Table(
        database, "idle p95", "p95", "of idle", "of control", "refused", *PARTS, "the greedy one was answered", box=None
    )
    control = statistics.median(one.p95 for each in compared if each.greed == CONTROL for one in each.beside)
    for each in compared:
        idle, beside = (statistics.median(one.p95 for one in rounds) * 1e3 for rounds in (each.idle, each.beside))
        told: Counter[int] = sum((one.taken.statuses for one in each.beside), Counter())
        table.add_row(
            each.greed,
            f"{idle:.0f} ms",
            f"{beside:.0f} ms",
            f"{each.times:.1f}",
            f"{beside / 1e3 / control:.1f}",
            str(sum(one.errors for one in each.beside)),
            *(f"{statistics.median(one.shares[part] for one in each.beside):.0%}" for part in PARTS),
            ", ".join(f"{count:,} × {status}" for status, count in sorted(told.items())) or "-",
        )
    console.print(
        f"{psutil.cpu_count()} processors, load {os.getloadavg()[0]:.1f}; aim: {MOST_TIMES:g} times idle at most"
    )
    console.print(table)
    worst = max((each for each in compared if each.greed in KINDS), key=lambda each: each.times)
    console.print(f"Worst: {worst.greed}, {worst.times:.1f} times the idle value.")
