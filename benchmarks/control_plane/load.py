"""What the control plane sustains: more and more workers and running jobs, until something is saturated."""

import statistics
from collections.abc import Callable
from itertools import islice
from multiprocessing import get_context
from typing import NamedTuple

import psutil
from rich.console import Console
from rich.table import Table

from benchmarks.control_plane.callers import Answers, call
from benchmarks.control_plane.processor_time import database_seconds, web_seconds
from benchmarks.control_plane.testbed import Testbed, control_plane

WEB_PROCESSES = 2
"""As in docker-compose.yml."""
JOBS_A_WORKER = 2
RAMP = (20, 50, 100, 200, 400, 800, 1_200, 1_600, 2_000)
"""Running jobs a step; every one reports metrics each second."""
WARM_UP = 20
"""Running jobs of a step before, which is not counted: web processes load much at their first requests."""
STEP_SECONDS = 6.0
KEPT_UP, SLOWEST_P95_SECONDS = 0.95, 1.0
"""A step is sustained when so much of what was due was answered, without error, within a second at p95."""


SATURATED = 0.8


class Step(NamedTuple):
    """``shares`` of what each part may use at most: 1 is saturated."""

    jobs: int
    answers: Answers
    shares: dict[str, float]

    @property
    def is_sustained(self) -> bool:
        kept_up = len(self.answers.seconds) >= KEPT_UP * self.answers.due
        return kept_up and not self.answers.errors and self.quantile(95) <= SLOWEST_P95_SECONDS

    def processor_seconds(self, part: str) -> float:
        """What the web or the database used for one call, on average."""
        most = {"web": WEB_PROCESSES, "database": psutil.cpu_count() or 1}[part]
        return self.shares[part] * most * self.answers.lasted / len(self.answers.seconds)

    def quantile(self, percent: int) -> float:
        return statistics.quantiles(self.answers.seconds, n=100)[percent - 1]


def report() -> None:
    """Prints every step of the ramp up to the first that was not sustained, and what was saturated then."""
    steps: list[Step] = []
    with control_plane(WEB_CONCURRENCY=str(WEB_PROCESSES)) as testbed:
        # Jobs of its own for each step, so that every report is one to store.
        jobs = iter(testbed.seeding.running_jobs(WARM_UP + sum(RAMP), a_worker=JOBS_A_WORKER))
        for count in (WARM_UP, *RAMP):
            usage = _usage(testbed)
            with get_context("spawn").Pool(1) as caller:
                answers = caller.apply(call, (testbed.worker_url, list(islice(jobs, count)), STEP_SECONDS))
            steps.append(Step(count, answers, usage(answers)))
            if len(steps) > 1 and not steps[-1].is_sustained:
                break
    _print(steps[1:])


def _usage(testbed: Testbed) -> Callable[[Answers], dict[str, float]]:
    """Starts counting processor time; the result says what share each part used of what it could."""
    cores = psutil.cpu_count() or 1
    before = {"web": web_seconds(testbed.web.pid), "database": database_seconds(testbed.database_url)}
    machine = _busy_seconds()

    def shares(answers: Answers) -> dict[str, float]:
        used = {
            "web": (web_seconds(testbed.web.pid) - before["web"]) / WEB_PROCESSES,
            "database": (database_seconds(testbed.database_url) - before["database"]) / cores,
            "callers": answers.cpu_seconds,
            "machine": (_busy_seconds() - machine) / cores,
        }
        return {name: seconds / answers.lasted for name, seconds in used.items()}

    return shares


def _busy_seconds() -> float:
    times = psutil.cpu_times()
    return float(times.user + times.nice + times.system)


def _print(steps: list[Step]) -> None:
    names = list(steps[-1].shares)
    table = Table("workers", "running jobs", "due/s", "answered/s", "p50", "p95", "p99", "errors", *names, box=None)
    for step in steps:
        answers = step.answers
        table.add_row(
            f"{step.jobs // JOBS_A_WORKER:,}",
            f"{step.jobs:,}",
            f"{answers.due / answers.lasted:.0f}",
            f"{len(answers.seconds) / answers.lasted:.0f}",
            *(f"{step.quantile(percent) * 1e3:.0f} ms" for percent in (50, 95, 99)),
            f"{answers.errors}",
            *(f"{step.shares[name]:.0%}" for name in names),
        )
    console = Console(width=120)
    console.print(f"{STEP_SECONDS:.0f} s a step; shares of the processor time that each part could use")
    console.print(table)
    sustained = [step.jobs for step in steps if step.is_sustained]
    most = max(sustained, default=0)
    console.print(f"Sustained: {most:,} running jobs on {most // JOBS_A_WORKER:,} workers.")
    _print_per_call(console, steps[-1])
    parts = {name: share for name, share in steps[-1].shares.items() if name != "machine"}
    first = max(parts, key=lambda name: parts[name])
    told = (
        f"{first} used most, {parts[first]:.0%} of what it could; the machine was at {steps[-1].shares['machine']:.0%}"
    )
    if parts[first] >= SATURATED:
        console.print(f"First to saturate: {first}. {told}.")
    else:
        console.print(f"No part of the platform was saturated: {told}.")


def _print_per_call(console: Console, step: Step) -> None:
    """What holds however busy the machine is with other work."""
    web, database = step.processor_seconds("web"), step.processor_seconds("database")
    console.print(
        f"A call takes {web * 1e3:.1f} ms of the web's processor time, {database * 1e3:.1f} ms of the database's."
    )
    cores = psutil.cpu_count() or 1
    console.print(f"{cores} cores that do nothing else can answer {cores / (web + database):.0f} a second at most.")
