"""One run of ``train``: from a spec, a dataset and an output directory to a model, a stop or a fault."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from trainyard_engine.core.checkpoint import Checkpoint, CheckpointStore, CheckpointWriter
from trainyard_engine.core.dataset import Dataset, open_dataset
from trainyard_engine.core.faults import invalid_input
from trainyard_engine.core.finish import find_result, finish, require_same_training
from trainyard_engine.core.loop import Training
from trainyard_engine.core.messages import Messages, silent
from trainyard_engine.core.narration import TrainingLog
from trainyard_engine.core.precision import DeviceName, choose_compute, keep_freed_memory, make_deterministic
from trainyard_engine.core.preparation import prepare
from trainyard_engine.core.shards import shards_of
from trainyard_engine.core.start import WarmStart, aligned, read_start
from trainyard_engine.core.telemetry import Telemetry, TrainedTimeClock
from trainyard_engine.core.torch_compile import keep_compiled_code_in
from trainyard_engine.core.training_names import training_name
from trainyard_engine.distributed.collectives import Group
from trainyard_engine.models import parameters_of
from trainyard_spec.engine_protocol import ExitStatus, FirstStep, Log, Started, Stopped
from trainyard_spec.training import TrainingSpec

CHECKPOINTS = "checkpoints"
COMPILED = "compiled"


@dataclass(frozen=True, slots=True)
class TrainingRequest:
    """What was asked for. The number of threads in a checkpoint wins over ``threads``.

    ``init_from`` is the directory of the model that ``spec`` starts from.
    """

    spec: TrainingSpec
    data: Path
    out: Path
    threads: int
    device: DeviceName
    init_from: Path | None = None


def train(request: TrainingRequest, messages: Messages, group: Group, *, should_stop: Callable[[], bool]) -> ExitStatus:
    """Trains, or goes on training, or repeats the result, together with the other processes of ``group``.

    Raises ``EngineFault`` and ``OSError``.
    """
    if not group.is_first:
        messages = silent()

    def warn(message: str) -> None:
        messages.send(Log(level="warning", message=message))

    dataset, start = open_inputs(request)
    name = training_name(request.spec, dataset, start=start.weights_sha256 if start else None)
    if result := find_result(request.out, name=name, warn=warn):
        messages.send(result)
        return ExitStatus.SUCCEEDED
    request.out.mkdir(parents=True, exist_ok=True)
    keep, shards = request.spec.training.checkpoint.max_to_keep, shards_of(request.spec, group)
    store = CheckpointStore(request.out / CHECKPOINTS, keep=keep, shards=shards)
    training, checkpoint = begin(request, dataset, store, start, name=name, group=group, warn=warn)
    clock = TrainedTimeClock()
    messages.send(started := _started(training, checkpoint))
    narrator = TrainingLog(messages)
    narrator.begin(training, started)
    telemetry = Telemetry(messages, clock, training.plan)
    run_training(training, store, telemetry, clock, narrator, messages, should_stop)
    if not training.is_finished:
        narrator.stop(training.step)
        messages.send(Stopped(step=training.step, trained_seconds=clock.seconds()))
        return ExitStatus.STOPPED
    if group.is_first:
        lineage = start.lineage if start else None
        result = finish(training, dataset, request.out, telemetry=telemetry, clock=clock, lineage=lineage)
        narrator.finish(result)
        messages.send(result)
        shutil.rmtree(request.out / COMPILED, ignore_errors=True)
    elif training.model.is_sharded:
        training.use_final_weights()
    return ExitStatus.SUCCEEDED


def open_inputs(request: TrainingRequest) -> tuple[Dataset, WarmStart | None]:
    """The dataset, and the model that the training starts from, if it names one. Raises ``EngineFault``."""
    dataset = open_dataset(request.data)
    start = read_start(request.init_from, request.spec, dataset)
    return aligned(dataset, start), start


def run_training(
    training: Training,
    store: CheckpointStore,
    telemetry: Telemetry,
    clock: TrainedTimeClock,
    narrator: TrainingLog,
    messages: Messages,
    should_stop: Callable[[], bool],
) -> None:
    """Trains until it is finished or asked to stop; every checkpoint that was begun is whole."""

    def epoch_done(number: int) -> None:
        narrator.epoch(
            number,
            of=training.plan.epochs,
            loss=telemetry.mean_loss(),
            metrics=training.val_metrics,
            clock=clock,
        )

    writer = CheckpointWriter(store, narrator.passing_on)
    try:
        training.run(
            telemetry,
            writer,
            clock,
            should_stop=should_stop,
            first_step=lambda step: messages.send(FirstStep(step=step)),
            epoch_done=epoch_done,
        )
    finally:
        writer.close()


def begin(
    request: TrainingRequest,
    dataset: Dataset,
    store: CheckpointStore,
    start: WarmStart | None,
    *,
    name: str,
    group: Group,
    warn: Callable[[str], None],
) -> tuple[Training, Checkpoint | None]:
    """The training before its next step, and the checkpoint from which it goes on, if there is one."""
    checkpoint = group.rank0_first(lambda: store.newest(warn=warn))
    if checkpoint:
        require_same_training(checkpoint.state.training, name, request.out)
        _require_same_processes(checkpoint.state.processes, group)
    threads = checkpoint.state.threads if checkpoint else max(1, request.threads // group.here)
    compute = choose_compute(request.device, request.spec.training.precision)
    make_deterministic(compute.device, threads=threads)
    keep_freed_memory()
    if request.spec.training.compile:
        keep_compiled_code_in(request.out / COMPILED)
    begun = checkpoint.state if checkpoint else None
    training = prepare(
        request.spec, dataset, compute, start, begun=begun, name=name, threads=threads, group=group, warn=warn
    )
    if checkpoint:
        training.restore(checkpoint)
    return training, checkpoint


def _require_same_processes(processes: int, group: Group) -> None:
    if processes != group.size:
        raise invalid_input(
            f"This training was begun by {processes} processes, and would go on differently by {group.size}.",
            code="other_processes",
            hint=f"Set resources.slots to {processes}, or start it with torchrun --nproc-per-node {processes}.",
        )


def _started(training: Training, checkpoint: Checkpoint | None) -> Started:
    return Started(
        step=training.step,
        epoch=training.epoch,
        total_steps=training.plan.total_steps,
        steps_per_epoch=training.plan.steps_per_epoch,
        parameters=parameters_of(training.model.network),
        device=training.model.compute.device.type,
        precision=training.model.compute.precision,
        threads=training.threads,
        resumed_from=checkpoint.state.step if checkpoint else None,
        resolved=training.resolved,
    )
