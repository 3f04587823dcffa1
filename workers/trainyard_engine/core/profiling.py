"""Profile of a training: a few seconds of it on the real data, for what they tell of the rest. Nothing is kept."""

import os
from collections.abc import Callable
from pathlib import Path
from time import monotonic

from trainyard_engine.core.checkpoint import CheckpointStore
from trainyard_engine.core.dataset import open_dataset
from trainyard_engine.core.finish import finish
from trainyard_engine.core.messages import Messages, silent
from trainyard_engine.core.narration import Narrator
from trainyard_engine.core.schedules import StepPlan
from trainyard_engine.core.session import CHECKPOINTS, TrainingRequest, begin, run_training
from trainyard_engine.core.shards import shards_of
from trainyard_engine.core.start import aligned, read_start
from trainyard_engine.core.telemetry import Telemetry, TrainedTimeClock
from trainyard_engine.distributed.collectives import Group
from trainyard_spec.engine_protocol import ExitStatus, Profiled

ENDLESS = 10**6
"""Epochs: a spec of a few short ones is measured as long as any other, for it says how fast longer ones are."""
LEAST_STEPS = 3
"""The first sets up what the others use, and of a single other one the clock tells little."""


def profile(
    request: TrainingRequest, messages: Messages, group: Group, *, seconds: float, should_stop: Callable[[], bool]
) -> ExitStatus:
    """Takes steps for ``seconds``, as ``train`` would; then validates, tests and writes the model once, if it is let.

    It tells what it has measured before each of these, which may be long. Raises ``EngineFault`` and ``OSError``.
    """
    if not group.is_first:
        messages = silent()
    began = monotonic()
    dataset = open_dataset(request.data)
    start = read_start(request.init_from, request.spec, dataset)
    dataset = aligned(dataset, start)
    request.out.mkdir(parents=True, exist_ok=True)
    store = CheckpointStore(request.out / CHECKPOINTS, keep=1, shards=shards_of(request.spec, group))
    training, _ = begin(request, dataset, store, start, name="profile", group=group, warn=lambda _: None)
    training.plan = StepPlan(steps_per_epoch=training.plan.steps_per_epoch, epochs=ENDLESS)
    startup_seconds, clock = monotonic() - began, TrainedTimeClock()

    def is_measured() -> bool:
        return should_stop() or (training.step >= LEAST_STEPS and clock.wall() >= seconds)

    # What a training tells is made all the same, for that takes time, too.
    with Path(os.devnull).open("w", encoding="utf-8") as nobody:
        unheard = Messages(nobody)
        telemetry = Telemetry(unheard, clock, training.plan)
        telemetry.stopwatch.startup_seconds = startup_seconds

        def tell() -> None:
            if (timings := telemetry.stopwatch.timings()) is not None:
                messages.send(Profiled(timings=timings))

        run_training(training, store, telemetry, clock, Narrator(unheard), unheard, is_measured)
        tell()
        if not training.val_metrics:
            training.finish_epoch(telemetry)
            tell()
        if group.is_first:
            result = finish(training, dataset, request.out, telemetry=telemetry, clock=clock, judges=False)
            if result.timings is not None:
                messages.send(Profiled(timings=result.timings))
        elif training.model.is_sharded:
            training.use_final_weights()
    return ExitStatus.SUCCEEDED
