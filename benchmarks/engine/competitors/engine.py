"""The engine: its own loop with its metrics, its checkpoints on disk, its compiled dataset."""

import os
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.engine.window import Pace, Window
from benchmarks.engine.workloads import Workload
from trainyard_engine.core.checkpoint import CheckpointStore, CheckpointWriter
from trainyard_engine.core.messages import Messages
from trainyard_engine.core.precision import keep_freed_memory
from trainyard_engine.core.telemetry import Telemetry, TrainedTimeClock


def prepare(workload: Workload, data: Path, *, threads: int) -> Callable[[float], Pace]:
    """Does what ``trainyard_engine train`` does, and goes on where the last round was stopped."""
    keep_freed_memory()
    training = workload.training(data, threads=threads)

    def train(seconds: float) -> Pace:
        window = Window(seconds)
        clock = TrainedTimeClock()
        with TemporaryDirectory(prefix="trainyard-bench-") as directory, Path(os.devnull).open("w") as nobody:
            messages = Messages(nobody)
            checkpoints = CheckpointWriter(CheckpointStore(Path(directory), keep=2), messages.send)
            training.run(
                Telemetry(messages, clock, training.plan),
                checkpoints,
                clock,
                should_stop=lambda: window.step(workload.batch_size),
                first_step=lambda _: None,
            )
            checkpoints.close()
        return window.pace()

    return train
