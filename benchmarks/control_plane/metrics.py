"""How long a customer waits for a long series, thinned out for a picture."""

import statistics
import time
from typing import NamedTuple

import httpx
from rich.console import Console
from rich.table import Table

from benchmarks.control_plane.testbed import Testbed, control_plane

POINTS = 1_000_000
SHOWN = 1_000
READS = 20
AIM_SECONDS = 0.1
REPORTED_AT_ONCE = (1_000, 100)
"""Points a report: what an engine of so many steps a second sends, reporting about once a second."""


class ChartReading(NamedTuple):
    reported_at_once: int
    median: float
    slowest: float


def report() -> None:
    """Prints how long ``GET /jobs/{id}/metrics`` takes over a million points."""
    with control_plane() as testbed:
        readings = [_measure(testbed, at_once) for at_once in REPORTED_AT_ONCE]
    table = Table("reported at once", "reports", "median", "slowest", "ratio to the aim", box=None)
    for reading in readings:
        table.add_row(
            f"{reading.reported_at_once:,} points",
            f"{POINTS // reading.reported_at_once:,}",
            f"{reading.median * 1e3:.0f} ms",
            f"{reading.slowest * 1e3:.0f} ms",
            f"{reading.median / AIM_SECONDS:.2f}",
        )
    console = Console()
    console.print(f"A series of {POINTS:,} points read as {SHOWN:,}; {READS} reads, aim {AIM_SECONDS * 1e3:.0f} ms")
    console.print(table)


def _measure(testbed: Testbed, at_once: int) -> ChartReading:
    job = testbed.seeding.running_job()
    testbed.seeding.measured(job, points=POINTS, at_once=at_once)
    path = f"/jobs/{job.job_id}/metrics?max_points={SHOWN}"
    seconds = [_read(testbed.web.client, path) for _ in range(READS)]
    return ChartReading(at_once, statistics.median(seconds), max(seconds))


def _read(client: httpx.Client, path: str) -> float:
    began = time.perf_counter()
    answer = client.get(path)
    seconds = time.perf_counter() - began
    [series] = answer.raise_for_status().json()["data"]
    assert series["points"] == POINTS
    assert SHOWN // 2 < len(series["steps"]) <= SHOWN
    return seconds
