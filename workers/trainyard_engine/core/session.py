"""One run of ``train``: from a spec, a dataset and an output directory to a model, a stop or a fault."""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trainyard_engine.core.checkpoint import Checkpoint, CheckpointStore, CheckpointWriter, TrainingState
from trainyard_engine.core.class_weights import class_weights
from trainyard_engine.core.dataset import Dataset, open_dataset
from trainyard_engine.core.faults import invalid_input, refuse
from trainyard_engine.core.finish import find_result, finish, require_same_training
from trainyard_engine.core.loop import Training
from trainyard_engine.core.messages import Messages, silent
from trainyard_engine.core.model import LoadedModel, ModelConfig, NetworkForm
from trainyard_engine.core.model_directory import assemble
from trainyard_engine.core.narration import Narrator
from trainyard_engine.core.precision import Compute, DeviceName, choose_compute, keep_freed_memory, make_deterministic
from trainyard_engine.core.shards import is_sharded, shards_of
from trainyard_engine.core.split import Split, missing_classes
from trainyard_engine.core.start import WarmStart, aligned, read_start
from trainyard_engine.core.telemetry import Telemetry, TrainedTimeClock
from trainyard_engine.core.torch_compile import keep_compiled_code_in
from trainyard_engine.core.training_names import training_name
from trainyard_engine.distributed.collectives import Group
from trainyard_engine.models import parameters_of
from trainyard_engine.models.causal_lm import CausalLm
from trainyard_engine.tasks.handler import PreparedData
from trainyard_engine.tasks.registry import handler_for
from trainyard_engine.tasks.shared.classification import logits_of
from trainyard_spec.data_rules import data_violations, lonely_rows
from trainyard_spec.datasets import AnyProfile, CompiledDataset, has_labels
from trainyard_spec.engine_protocol import ExitStatus, FirstStep, Log, Started, Stopped
from trainyard_spec.resolution import ResolvedTraining, resolve_training, resolved_patch_size, resolved_stem
from trainyard_spec.training import TrainingSpec

if TYPE_CHECKING:
    from trainyard_engine.distributed.sharding import Sharding

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

    dataset = open_dataset(request.data)
    start = read_start(request.init_from, request.spec, dataset)
    dataset = aligned(dataset, start)
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
    narrator = Narrator(messages)
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


def run_training(
    training: Training,
    store: CheckpointStore,
    telemetry: Telemetry,
    clock: TrainedTimeClock,
    narrator: Narrator,
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


def prepare(
    spec: TrainingSpec,
    dataset: Dataset,
    compute: Compute,
    start: WarmStart | None = None,
    *,
    begun: TrainingState | None = None,
    name: str,
    threads: int,
    group: Group,
    warn: Callable[[str], None],
) -> Training:
    """A training before its first step. What was chosen for it before, if it was ``begun``, stays as it was.

    Raises ``EngineFault`` when spec and data do not fit together.
    """
    compiled = dataset.compiled
    if compiled.task != spec.task:
        raise invalid_input(f"The data are for {compiled.task}, not for {spec.task}.", code="other_task", field="task")
    if not begun:
        refuse(data_violations(spec, compiled))
    handler = handler_for(spec.task)
    inherited: dict[str, Any] = {"start": start.inheritance} if start else {}
    prepared = handler.prepare(dataset, spec, **inherited)
    if begun and not begun.has_scales and prepared.preprocessing.scales:
        unscaled = replace(prepared.preprocessing, scales=None)
        prepared = handler.prepare(dataset, spec, preprocessing=unscaled)
    split = prepared.split
    for sentence in (*missing_classes(dataset, split), *prepared.remarks):
        warn(sentence)
    resolved = (begun.resolved if begun else None) or _resolved(spec, compiled, split, group)
    config = _model_config(spec, dataset, prepared, begun.form if begun else _form(spec, compiled, start))
    processes = group.size if is_sharded(spec, group) else 1
    model = assemble(config, prepared.preprocessing, compute, for_training=True, processes=processes)
    prepared.warm_start(model.network)
    source = prepared.open_source(compute.device)
    tuning = start.into(model, prepared) if start else None
    sharding = _sharded(model, group) if processes > 1 else None
    return Training(
        replace(model, is_sharded=True) if sharding else model,
        source,
        split,
        resolved=resolved,
        name=name,
        threads=threads,
        group=group,
        warn=warn,
        tuning=tuning,
        sharding=sharding,
    )


def _resolved(spec: TrainingSpec, compiled: CompiledDataset, split: Split, group: Group) -> ResolvedTraining:
    resolved = resolve_training(spec, examples=len(split.train), profile=compiled.profile)
    refuse(lonely_rows(spec.architecture, resolved, slots=group.size))
    return resolved


def _sharded(model: LoadedModel, group: Group) -> "Sharding":
    """Cuts the network of ``model`` into parts: that of a language model, as the rules of a spec say."""
    from trainyard_engine.distributed.sharding import Sharding  # a second that only those pay who need it

    network = model.network
    assert isinstance(network, CausalLm)  # noqa: S101  as the rules say
    return Sharding(network, group, model.compute, blocks=network.blocks, shared=network.first_weights)


def _model_config(spec: TrainingSpec, dataset: Dataset, prepared: PreparedData, form: NetworkForm) -> ModelConfig:
    statistics, compiled = prepared.preprocessing.statistics, dataset.compiled
    return ModelConfig(
        spec=spec,
        classes=compiled.classes,
        profile=compiled.profile,
        shift=statistics.shift,
        scale=statistics.scale,
        fill=statistics.fill,
        target_mean=statistics.target_mean,
        target_std=statistics.target_std,
        target_change=statistics.target_change,
        targets_mean=statistics.targets_mean,
        targets_std=statistics.targets_std,
        class_weights=class_weights(spec.training, dataset, prepared.split.train),
        coverage=prepared.preprocessing.coverage,
        form=form,
    )


def _form(spec: TrainingSpec, compiled: CompiledDataset, start: WarmStart | None) -> NetworkForm:
    form = form_of(spec, compiled.classes, compiled.profile)
    return start.form(form) if start else form


def form_of(spec: TrainingSpec, classes: Sequence[str], profile: AnyProfile) -> NetworkForm:
    """That of the networks which this release builds."""
    logits = logits_of(spec, () if has_labels(profile) else classes)
    return NetworkForm(
        logits=logits,
        has_pooler=False,
        patch_size=resolved_patch_size(spec, profile),
        stem=resolved_stem(spec, profile),
        has_calendar=True,
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
