"""What the same training is billed on a quiet host and on a busy one: trained time is not the clock's.

Each training runs in a process that keeps to one processor, as a CPU slot does, alone and beside busy loops that keep
to the same one. Its clock runs as long as the neighbours make it; its trained time, which is what is billed, leaves out
what the kernel counted as waiting for a processor (``cpu_starvation``). By itself it would take the processor time that
it used; so what counts is trained time in terms of that, on whatever host this runs.
"""

import csv
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from rich.console import Console
from rich.table import Table

NEIGHBOURS = (0, 1, 3)
ROUNDS = 2
ROWS, COLUMNS = 20_000, 16
SPEC: dict[str, Any] = {
    "name": "busy", "dataset": "dsv_local", "task": "tabular_classification",
    "architecture": {"name": "mlp", "hidden": [256, 256]},
    "training": {"epochs": 10, "batch_size": 64, "seed": 0},
}  # fmt: skip
BUSY = "while True: pass"
ENGINE = [sys.executable, "-m", "trainyard_engine"]
ENVIRONMENT = {
    "PYTHONPATH": os.pathsep.join(str(Path(root).resolve()) for root in ("workers", "contracts")),
    "PATH": os.environ.get("PATH", os.defpath),
}


@dataclass(frozen=True, slots=True)
class Trained:
    """Seconds: by the clock since it began to train, of processor time, and trained; and what came of it."""

    clock: float
    processor: float
    trained: float
    weights_sha256: str


def report() -> None:
    """Prints a row for each number of neighbours, the median of the rounds by trained time."""
    cpu = min(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        _compile(directory)
        found: dict[int, list[Trained]] = {neighbours: [] for neighbours in NEIGHBOURS}
        for round_ in range(ROUNDS):
            for neighbours, trained in found.items():
                trained.append(_train(directory, cpu, neighbours, output=directory / f"out-{round_}-{neighbours}"))
    _print(found)


def _compile(directory: Path) -> None:
    draw = random.Random(0)
    with (directory / "table.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow([*(f"x{column}" for column in range(COLUMNS)), "label"])
        for _ in range(ROWS):
            values = [draw.gauss(0, 1) for _ in range(COLUMNS)]
            rows.writerow([*(f"{value:.4f}" for value in values), "ab"[sum(values) > 0]])
    arguments = ["--source", str(directory / "table.csv"), "--filename", "table.csv", "--target", "label"]
    arguments += ["--task", SPEC["task"], "--out", str(directory / "data")]
    subprocess.run([*ENGINE, "compile", *arguments], env=ENVIRONMENT, check=True, stdout=subprocess.DEVNULL)
    (directory / "spec.json").write_text(json.dumps(SPEC))


def _train(directory: Path, cpu: int, neighbours: int, *, output: Path) -> Trained:
    output.mkdir()
    busy = [subprocess.Popen([sys.executable, "-c", BUSY], preexec_fn=lambda: _keep_to(cpu)) for _ in range(neighbours)]
    arguments = ["--spec", str(directory / "spec.json"), "--data", str(directory / "data"), "--out", str(output)]
    command = [*ENGINE, "train", *arguments, "--threads", "1"]
    try:
        with subprocess.Popen(
            command, env=ENVIRONMENT, stdout=subprocess.PIPE, preexec_fn=lambda: _keep_to(cpu)
        ) as engine:
            return _watched(engine)
    finally:
        for each in busy:
            each.kill()
            each.wait()


def _keep_to(cpu: int) -> None:
    os.sched_setaffinity(0, [cpu])


def _watched(engine: "subprocess.Popen[bytes]") -> Trained:
    """Clock and processor time from its first word to its last."""
    process, began, ended = psutil.Process(engine.pid), (0.0, 0.0), (0.0, 0.0)
    assert engine.stdout is not None
    for line in engine.stdout:
        message = json.loads(line)
        times = process.cpu_times()
        ended = (time.perf_counter(), times.user + times.system)
        if message["type"] == "started":
            began = ended
        if message["type"] == "result":
            clock, processor = (after - before for before, after in zip(began, ended, strict=True))
            return Trained(clock, processor, message["trained_seconds"], message["weights_sha256"])
    raise RuntimeError(f"the training ended with status {engine.wait()}")


def _print(found: dict[int, list[Trained]]) -> None:
    table = Table("busy loops beside it", "clock", "processor", "trained (billed)", "trained / processor", box=None)
    medians = {count: sorted(each, key=lambda one: one.trained)[len(each) // 2] for count, each in found.items()}
    for count, one in medians.items():
        seconds = (f"{value:.1f} s" for value in (one.clock, one.processor, one.trained))
        table.add_row(str(count), *seconds, f"{one.trained / one.processor:.2f}")
    console = Console(width=120)
    console.print(f"Load of the host at the end: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    console.print(table)
    same = len({each.weights_sha256 for trained in found.values() for each in trained}) == 1
    dearest = max(one.trained for one in medians.values()) / min(one.trained for one in medians.values())
    console.print(f"Weights are the same each time: {same}. The dearest bill is {dearest:.2f} of the cheapest.")
