"""Preparation of a training before its first step: data, model, source of batches, and the loop over them."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from trainyard_engine.core.checkpoint import TrainingState
from trainyard_engine.core.class_weights import class_weights
from trainyard_engine.core.dataset import Dataset
from trainyard_engine.core.faults import invalid_input, refuse
from trainyard_engine.core.loop import Training
from trainyard_engine.core.model import LoadedModel, ModelConfig, NetworkForm
from trainyard_engine.core.model_directory import assemble
from trainyard_engine.core.precision import Compute
from trainyard_engine.core.shards import is_sharded
from trainyard_engine.core.split import Split, missing_classes
from trainyard_engine.core.start import WarmStart
from trainyard_engine.distributed.collectives import Group
from trainyard_engine.models.causal_lm import CausalLm
from trainyard_engine.tasks.handler import PreparedData
from trainyard_engine.tasks.registry import handler_for
from trainyard_engine.tasks.shared.classification import logits_of
from trainyard_spec.data_rules import data_violations, lonely_rows
from trainyard_spec.datasets import AnyProfile, CompiledDataset, has_labels
from trainyard_spec.resolution import ResolvedTraining, resolve_training, resolved_patch_size, resolved_stem
from trainyard_spec.training import TrainingSpec

if TYPE_CHECKING:
    from trainyard_engine.distributed.sharding import Sharding


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
    """A training before its first step. One that has ``begun`` keeps the choices in its checkpoint.

    Raises ``EngineFault`` when spec and data do not fit together.
    """
    _check_data(spec, dataset.compiled, is_begun=begun is not None)
    prepared = _prepared_data(spec, dataset, start, begun, warn=warn)
    resolved = (begun.resolved if begun else None) or _resolved(spec, dataset.compiled, prepared.split, group)
    config = _model_config(spec, dataset, prepared, begun.form if begun else _form(spec, dataset.compiled, start))
    processes = group.size if is_sharded(spec, group) else 1
    model = assemble(config, prepared.preprocessing, compute, for_training=True, processes=processes)
    prepared.warm_start(model.network)
    source = prepared.open_source(compute.device)
    tuning = start.into(model, prepared) if start else None
    sharding = _sharded(model, group) if processes > 1 else None
    return Training(
        replace(model, is_sharded=True) if sharding else model,
        source,
        prepared.split,
        resolved=resolved,
        name=name,
        threads=threads,
        group=group,
        warn=warn,
        tuning=tuning,
        sharding=sharding,
    )


def _check_data(spec: TrainingSpec, compiled: CompiledDataset, *, is_begun: bool) -> None:
    if compiled.task != spec.task:
        raise invalid_input(f"The data are for {compiled.task}, not for {spec.task}.", code="other_task", field="task")
    if not is_begun:
        refuse(data_violations(spec, compiled))


def _prepared_data(
    spec: TrainingSpec,
    dataset: Dataset,
    start: WarmStart | None,
    begun: TrainingState | None,
    *,
    warn: Callable[[str], None],
) -> PreparedData:
    handler = handler_for(spec.task)
    inherited: dict[str, Any] = {"start": start.inheritance} if start else {}
    prepared = handler.prepare(dataset, spec, **inherited)
    if begun and not begun.has_scales and prepared.preprocessing.scales:
        unscaled = replace(prepared.preprocessing, scales=None)
        prepared = handler.prepare(dataset, spec, preprocessing=unscaled)
    for sentence in (*missing_classes(dataset, prepared.split), *prepared.remarks):
        warn(sentence)
    return prepared


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
    """Form of the networks which this release builds."""
    logits = logits_of(spec, () if has_labels(profile) else classes)
    return NetworkForm(
        logits=logits,
        has_pooler=False,
        patch_size=resolved_patch_size(spec, profile),
        stem=resolved_stem(spec, profile),
        has_calendar=True,
    )
