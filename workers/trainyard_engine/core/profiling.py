"""Profile of a training: a few seconds of it on the real data, for what they tell of the rest. Nothing is kept."""

import os
from collections.abc import Callable
from pathlib import Path
from time import monotonic

from trainyard_engine.core.checkpoint import CheckpointStore
from trainyard_engine.core.finish import finish
from trainyard_engine.core.messages import Messages, silent
from trainyard_engine.core.narration import TrainingLog
from trainyard_engine.core.schedules import StepPlan
from trainyard_engine.core.session import CHECKPOINTS, TrainingRequest, begin, open_inputs, run_training
from trainyard_engine.core.shards import shards_of
from trainyard_engine.core.telemetry import Telemetry, TrainedTimeClock
from trainyard_engine.distributed.collectives import Group
from trainyard_spec.engine_protocol import ExitStatus, Profiled
from trainyard_spec.timings import TrainingTimings

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
    dataset, start = open_inputs(request)
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
        run_training(training, store, telemetry, clock, TrainingLog(unheard), unheard, is_measured)
        _tell(messages, telemetry.stopwatch.timings())
        if not training.val_metrics:
            training.finish_epoch(telemetry)
            _tell(messages, telemetry.stopwatch.timings())
        if group.is_first:
            result = finish(training, dataset, request.out, telemetry=telemetry, clock=clock, judges=False)
            _tell(messages, result.timings)
        elif training.model.is_sharded:
            training.use_final_weights()
    return ExitStatus.SUCCEEDED


def _tell(messages: Messages, timings: TrainingTimings | None) -> None:
    if timings is not None:
        messages.send(Profiled(timings=timings))
