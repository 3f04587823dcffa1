"""End-to-end benchmark: submission to first step, and memory of the web process."""

import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psutil
from rich.console import Console
from rich.table import Table

from demo.platform_process import running_platform
from tests.support.sample_jobs import table_spec, upload_table
from trainyard_client import Client

JOBS = 30
FIRST_STEP_AIM_SECONDS = 1.0
CLAIM_AIM_SECONDS = 0.05
WEB_MEMORY_AIM_BYTES = 200e6


@dataclass(frozen=True, slots=True)
class Measurement:
    """One line of the report. ``ratio`` is measured / aim: below 1 is better than aimed at."""

    name: str
    measured: str
    ratio: float | None


def report() -> None:
    """Prints every measurement beside its ratio to the aim."""
    table = Table("measurement", "measured", "ratio to the aim (below 1 is better)", box=None)
    for line in measure():
        table.add_row(line.name, line.measured, "" if line.ratio is None else f"{line.ratio:.2f}")
    Console().print(table)


def measure() -> list[Measurement]:
    """Runs a platform of its own and measures it."""
    with TemporaryDirectory(prefix="trainyard-bench-") as directory:
        started = time.monotonic()
        with running_platform(data_dir=Path(directory) / "data", port=0) as facts:
            ready = time.monotonic() - started
            with Client(base_url=facts["base_url"], api_key=facts["demo_api_key"]) as client:
                waits = [_one_job(client, spec) for spec in _specs(client, Path(directory))]
            memory = _web_memory(facts["base_url"])
    first_steps = [wait["first_step"] for wait in waits[1:]]
    claims = [wait["claimed"] for wait in waits[1:]]
    return [
        Measurement("empty directory → ready", f"{ready:.2f} s", None),
        _wait(f"submit → first step, p50 of {JOBS} jobs", statistics.median(first_steps), FIRST_STEP_AIM_SECONDS),
        _wait(f"submit → first step, p95 of {JOBS} jobs", _p95(first_steps), None),
        _wait(f"job stored → claimed, p50 of {JOBS} jobs", statistics.median(claims), CLAIM_AIM_SECONDS),
        _wait(f"job stored → claimed, p95 of {JOBS} jobs", _p95(claims), None),
        Measurement("web process, resident memory", f"{memory / 1e6:.0f} MB", memory / WEB_MEMORY_AIM_BYTES),
    ]


def _specs(client: Client, directory: Path) -> list[dict[str, Any]]:
    # One more than counted: the first job also loads the dataset into the worker's cache.
    version = upload_table(client, directory)
    return [table_spec(version, seed=seed) for seed in range(JOBS + 1)]


def _one_job(client: Client, spec: dict[str, Any]) -> dict[str, float]:
    submitted = time.time()
    job = client.jobs.wait(client.jobs.submit(spec).id)
    assert job.first_step_at is not None, f"{job.id} never trained: {job.error}"
    [attempt] = client.jobs.attempts(job.id)
    claimed = datetime.fromisoformat(attempt["claimed_at"])
    return {
        "first_step": job.first_step_at.timestamp() - submitted,
        "claimed": (claimed - job.created_at).total_seconds(),
    }


def _web_memory(base_url: str) -> int:
    port = int(base_url.rpartition(":")[2])
    listening = (
        process
        for process in psutil.process_iter(["cmdline"])
        if "trainyard.config.web" in (process.info["cmdline"] or ())
    )
    web = next(p for p in listening if any(c.laddr.port == port for c in p.net_connections() if c.laddr))
    memory: int = web.memory_info().rss
    return memory


def _wait(name: str, seconds: float, aim: float | None) -> Measurement:
    return Measurement(name, f"{seconds * 1000:.0f} ms", seconds / aim if aim else None)


def _p95(values: Sequence[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]
