"""What checkpoints cost, and whether a large dataset trains in the memory of a batch.

``python -m benchmarks.engine.memory DATA SECONDS`` trains on images in a process of its own and prints how its memory
grew.
"""

import json
import os
import statistics
import subprocess
import sys
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.engine.competitors import engine
from benchmarks.engine.workloads import CHECKPOINT_STEPS, Workload
from tests.support.compiled import write_images
from trainyard_engine.core.checkpoint import CheckpointStore, CheckpointWriter
from trainyard_engine.core.messages import Messages
from trainyard_engine.core.telemetry import Telemetry, TrainedTimeClock

CHECKPOINTS = 7
SAMPLE_SECONDS = 0.1
LARGE = Workload(
    "images larger than what is kept in memory",
    {"name": "cnn", "channels": [8], "hidden": []},
    64,
    lambda directory: _write_large(directory, rows=100_000),
)


@dataclass(frozen=True, slots=True)
class CheckpointCost:
    """Shares of the time of the steps between two checkpoints: that the loop waits, and of all processor time."""

    waited: float
    cpu: float


def checkpoint_cost(workload: Workload, data: Path, *, threads: int, seconds: float) -> CheckpointCost:
    """The loop waits for the copy of all tensors; another thread writes them."""
    pace = engine.prepare(workload, data, threads=threads)(seconds)
    training = workload.training(data, threads=threads)
    waits, cpu = [], []
    with TemporaryDirectory(prefix="trainyard-bench-") as directory, Path(os.devnull).open("w") as nobody:
        writer = CheckpointWriter(CheckpointStore(Path(directory), keep=2), lambda _: None)
        # The first step: the optimizer has no state before.
        stops, clock = iter([False]), TrainedTimeClock()
        telemetry = Telemetry(Messages(nobody), clock, training.plan)
        training.run(telemetry, writer, clock, should_stop=lambda: next(stops, True), first_step=lambda _: None)
        for step in range(2, 2 + CHECKPOINTS):
            training.step = step
            began, cpu_began = time.perf_counter(), time.process_time()
            writer.start(training.snapshot(), trained_seconds=0.0)
            waits.append(time.perf_counter() - began)
            writer.wait()
            cpu.append(time.process_time() - cpu_began)
        writer.close()
    samples = workload.batch_size * CHECKPOINT_STEPS
    return CheckpointCost(
        waited=statistics.median(waits) / (samples / pace.wall), cpu=statistics.median(cpu) / (samples / pace.cpu)
    )


@dataclass(frozen=True, slots=True)
class Growth:
    """Bytes: of the dataset, and of the process's own memory (not the file's pages), the most that it had in the second
    and in the last third of the run."""

    data: int
    early: int
    late: int


def growth(*, seconds: float) -> Growth:
    """Trains on a dataset that is read from disk, batch by batch."""
    with TemporaryDirectory(prefix="trainyard-bench-") as directory:
        data = LARGE.write(Path(directory) / "data")
        command = [sys.executable, "-Wignore", "-m", "benchmarks.engine.memory", str(data), str(seconds)]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join((".", "workers", "contracts"))}
        done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return Growth(**json.loads(done.stdout.splitlines()[-1]))


def _write_large(directory: Path, *, rows: int) -> Path:
    """Images of 3 × 96 × 96, of which the file is sparse: what counts is their size, not what they show."""
    path = write_images(directory, np.zeros((30, 3, 96, 96), dtype=np.uint8), np.arange(30) % 3)
    described = json.loads((path / "dataset.json").read_bytes())
    np.save(path / "target.npy", np.arange(rows) % 3)
    np.lib.format.open_memmap(path / "images.npy", mode="w+", dtype=np.uint8, shape=(rows, 3, 96, 96)).flush()
    for entry in described["files"]:
        entry["bytes"] = (path / entry["name"]).stat().st_size
    described |= {"rows": rows, "class_counts": np.bincount(np.arange(rows) % 3).tolist()}
    (path / "dataset.json").write_text(json.dumps(described))
    return path


def _own_memory() -> int:
    """Bytes of resident memory that belong to this process and to no file."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("RssAnon:"))


def main() -> None:
    data, seconds = Path(sys.argv[1]), float(sys.argv[2])
    train = engine.prepare(LARGE, data, threads=len(os.sched_getaffinity(0)))
    is_over, taken = threading.Event(), list[int]()

    def take_samples() -> None:
        while not is_over.wait(SAMPLE_SECONDS):
            taken.append(_own_memory())

    sampler = threading.Thread(target=take_samples)
    sampler.start()
    train(seconds)
    is_over.set()
    sampler.join()
    third = len(taken) // 3
    early, late = max(taken[third : 2 * third]), max(taken[2 * third :])
    found = Growth(data=(data / "images.npy").stat().st_size, early=early, late=late)
    sys.stdout.write(json.dumps(asdict(found)) + "\n")


if __name__ == "__main__":
    main()
