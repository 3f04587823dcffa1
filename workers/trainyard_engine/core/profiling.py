"""Profile of a training: a few seconds of it on the real data, for what they tell of the rest. Nothing is kept."""

from collections.abc import Callable
from time import monotonic

from trainyard_engine.core.checkpoint import CheckpointStore, CheckpointWriter
from trainyard_engine.core.dataset import open_dataset
from trainyard_engine.core.finish import finish
from trainyard_engine.core.messages import Messages, silent
from trainyard_engine.core.session import CHECKPOINTS, Request, begin
from trainyard_engine.core.start import aligned, read_start
from trainyard_engine.core.telemetry import Clock, Telemetry
from trainyard_engine.distributed.collectives import Group
from trainyard_spec.engine_protocol import ExitStatus, Profiled

LEAST_STEPS = 3
"""The first sets up what the others use, and of a single other one the clock tells little."""


def profile(
    request: Request, messages: Messages, group: Group, *, seconds: float, should_stop: Callable[[], bool]
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
    store = CheckpointStore(request.out / CHECKPOINTS, keep=1)
    training, _ = begin(request, dataset, store, start, name="profile", group=group, warn=lambda _: None)
    clock = Clock()
    telemetry = Telemetry(silent(), clock, training.plan)
    stopwatch = telemetry.stopwatch
    stopwatch.startup_seconds = monotonic() - began

    def is_measured() -> bool:
        return should_stop() or (training.step >= LEAST_STEPS and clock.wall() >= seconds)

    def tell() -> None:
        if (timings := stopwatch.timings()) is not None:
            messages.send(Profiled(timings=timings))

    writer = CheckpointWriter(store, lambda _: None)
    try:
        training.run(telemetry, writer, clock, should_stop=is_measured, first_step=lambda _: None)
    finally:
        writer.close()
    tell()
    if not training.val_metrics:
        training.finish_epoch(telemetry)
        tell()
    if group.is_first:
        result = finish(training, dataset, request.out, telemetry=telemetry, clock=clock, judges=False)
        if result.timings is not None:
            messages.send(Profiled(timings=result.timings))
    return ExitStatus.SUCCEEDED
