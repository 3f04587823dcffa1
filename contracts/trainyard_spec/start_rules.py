"""Validation rules of a TrainingSpec against the model that it starts from (``init_from``).

Quotes, submissions and the engine apply the same rules.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any

from trainyard_common.counting import counted
from trainyard_spec.architectures.causal_lm import ADAPTER_FORM, CausalLmConfig
from trainyard_spec.base import RuleViolation, WireModel
from trainyard_spec.datasets import (
    AnyProfile,
    DatasetSummary,
    ImageProfile,
    RecordingProfile,
    SeriesProfile,
    TableProfile,
    TargetProfile,
    has_labels,
)
from trainyard_spec.fine_tuning import has_head, tuning_of
from trainyard_spec.task_sections import TASK_SECTIONS
from trainyard_spec.tasks import DataKind, Task
from trainyard_spec.training import TrainingSpec

ROW_TASKS = frozenset({
    *(Task.IMAGE_CLASSIFICATION, Task.IMAGE_REGRESSION, Task.TEXT_CLASSIFICATION, Task.TEXT_REGRESSION),
    *(Task.TABULAR_CLASSIFICATION, Task.TABULAR_REGRESSION),
})  # fmt: skip
"""Those of one kind of data read it alike: the body of a model of one serves the others."""
STARTED = ROW_TASKS | {
    *(Task.AUDIO_CLASSIFICATION, Task.SPEECH_RECOGNITION, Task.LANGUAGE_MODELLING, Task.TRANSLATION),
    *(Task.TIME_SERIES_FORECASTING, Task.SEQUENCE_CLASSIFICATION, Task.RECOMMENDATION),
    *(Task.INSTRUCTION_TUNING, Task.PREFERENCE_TUNING, Task.SENTENCE_EMBEDDING, Task.TOKEN_CLASSIFICATION),
}
"""The tasks whose models can be trained on."""
NAMED = 5
"""So many columns, or hyperparameters, are named in a sentence."""


class StartingForm(WireModel):
    """Form of the model.

    With ``has_own_base`` its adapters belong to the weights of a model that it started from itself.
    """

    has_own_base: bool = False


class StartingModel(WireModel):
    """The parts of a model's ``config.json`` that decide whether a training can start from it."""

    spec: TrainingSpec
    classes: tuple[str, ...] = ()
    profile: AnyProfile
    form: StartingForm = StartingForm()

    @property
    def is_adapters(self) -> bool:
        """Whether it is adapters of a registered language model, whose weights it does not have."""
        return is_adapted_language_model(self.spec) and not self.form.has_own_base


def start_violations(spec: TrainingSpec, data: DatasetSummary, start: StartingModel) -> Iterator[RuleViolation]:
    """Every reason why a training by ``spec`` on ``data`` cannot start from ``start``.

    Where the first, which are the reasons of others, are found, those are not looked for.
    """
    for rule in RULES:
        if found := tuple(rule(spec, data, start)):
            yield from found
            return


def is_adapted_language_model(spec: TrainingSpec) -> bool:
    """Whether a causal language model is trained by adapters alone."""
    return isinstance(spec.architecture, CausalLmConfig) and spec.architecture.method == "lora"


def keeps_head(spec: TrainingSpec, data: DatasetSummary, start: StartingModel) -> bool:
    """Whether the head of ``start`` is kept, and not drawn anew; one that is no layer of its own always is."""
    if not has_head(spec):
        return True
    return tuning_of(spec).head != "new" and head_of(spec, data.classes, data.profile) == head_of(
        start.spec, start.classes, start.profile
    )


def head_of(spec: TrainingSpec, classes: tuple[str, ...], profile: AnyProfile) -> tuple[Any, ...]:
    """What the outputs of a network mean: two with the same can do with the same head."""
    asks_once = spec.training.loss == "bce" and len(classes) == 2
    targets = profile.targets if isinstance(profile, TargetProfile) else ()
    alphabet = profile.alphabet if isinstance(profile, RecordingProfile) else ()
    return spec.task, classes, has_labels(profile), asks_once, targets if not classes else (), alphabet


def _are_language_models(spec: TrainingSpec, start: StartingModel) -> bool:
    """Whether both are pretrained ones, which learn documents, conversations and preferences one after the other."""
    return all(isinstance(each.architecture, CausalLmConfig) for each in (spec, start.spec))


def _task(spec: TrainingSpec, data: DatasetSummary, start: StartingModel) -> Iterator[RuleViolation]:
    own, other = spec.task, start.spec.task
    if other not in STARTED:
        message = f"No training starts from a model for {other}."
        yield RuleViolation("init_from", message, "Name another model, or leave it out.", "start_task_mismatch")
        return
    same_rows = {own, other} <= ROW_TASKS and own.traits.data == other.traits.data
    if own != other and not same_rows and not _are_language_models(spec, start):
        message = f"The model is for {other}, and what it has learnt does not serve {own}."
        hint = f"Name a model for {own}."
        yield RuleViolation("init_from", message, hint, "start_task_mismatch")


def _architecture(spec: TrainingSpec, data: DatasetSummary, start: StartingModel) -> Iterator[RuleViolation]:
    own, other = spec.architecture, start.spec.architecture
    if own.name != other.name:
        message = f"The model is a network of the architecture {other.name}, not {own.name}."
        yield RuleViolation("architecture.name", message, f"Use {_shown(other)}.", "start_architecture_mismatch")
        return
    adapts = is_adapted_language_model(spec)
    # Adapters go on as they are; all weights, of a model or of adapters that are merged, get any.
    goes_on = ADAPTER_FORM if adapts and start.is_adapters else ()
    if adapts and not start.is_adapters:
        yield from _own_base(spec)
    for name in type(own).model_fields:
        if (name in goes_on or name not in own.adaptation) and getattr(own, name) != getattr(other, name):
            value = json.dumps(other.model_dump(mode="json")[name])
            message = f"The model that it starts from was built with another {name}."
            hint = f"Set it to {value}, as in {_shown(other)}."
            if name in goes_on:
                hint = f"Set it to {value}, or method to full, which merges its adapters first."
            yield RuleViolation(f"architecture.{name}", message, hint, "start_architecture_mismatch")


def _own_base(spec: TrainingSpec) -> Iterator[RuleViolation]:
    """How registered weights are read does not apply to those that a model has of its own, which are float32."""
    for name in ("quantization", "base_dtype"):
        own, default = getattr(spec.architecture, name), type(spec.architecture).model_fields[name].default
        if own != default:
            message = f"{name} is of registered weights, and the model that it starts from has weights of its own."
            hint = f"Set it to {default}."
            yield RuleViolation(f"architecture.{name}", message, hint, "start_architecture_mismatch")


def _sections(spec: TrainingSpec, data: DatasetSummary, start: StartingModel) -> Iterator[RuleViolation]:
    """How inputs are read must be as the model has learnt to read them; a language model reads any tokens."""
    if _are_language_models(spec, start):
        return
    for name in ("preprocess", *TASK_SECTIONS):
        own, other = getattr(spec.training, name), getattr(start.spec.training, name)
        if own != other and not (name == "preprocess" and spec.task.traits.data not in SCALED):
            value = None if other is None else other.model_dump_json(exclude_defaults=True)
            message = f"The model that it starts from reads its inputs by another {name}."
            yield RuleViolation(f"training.{name}", message, f"Set it to {value}.", "start_input_mismatch")


def _shape(spec: TrainingSpec, data: DatasetSummary, start: StartingModel) -> Iterator[RuleViolation]:
    own, other = data.profile, start.profile
    message = hint = ""
    match own, other:
        case ImageProfile(), ImageProfile() if (sizes := _size(own)) != (sizes_of_model := _size(other)):
            message = f"The model reads images of {sizes_of_model}, and the data have images of {sizes}."
            hint = "Upload images like those that it was trained on."
            if own.channels == other.channels and other.height == other.width:
                hint = f"Upload them to a dataset with the option image_size {other.height}."
        case RecordingProfile(), RecordingProfile() if own.sample_rate != other.sample_rate:
            message = f"The model hears {other.sample_rate} samples a second, and the data have {own.sample_rate}."
            hint = f"Upload them to a dataset with the option sample_rate {other.sample_rate}."
        case TableProfile(), TableProfile():
            message = _columns(dict(_kinds(own)), dict(_kinds(other)))
            hint = "Upload a table with the model's columns."
        case SeriesProfile(), SeriesProfile() if (names := _channels(own)) != (known := _channels(other)):
            message = f"The model reads the channels {_listed(known)}, and the data have {_listed(names)}."
            hint = "Upload series with the model's channels."
    if message:
        yield RuleViolation("init_from", message, hint, "start_shape_mismatch")


def _head(spec: TrainingSpec, data: DatasetSummary, start: StartingModel) -> Iterator[RuleViolation]:
    if tuning_of(spec).head == "keep" and not keeps_head(spec, data, start):
        message = "The head cannot be kept: the model tells "
        if spec.task != start.spec.task:
            message += f"of {start.spec.task} what this training wants for {spec.task}."
        elif data.classes != start.classes:
            message += f"{len(start.classes)} classes ({_listed(start.classes)}), and the data have {len(data.classes)}"
            message += f" ({_listed(data.classes)})."
        else:
            message += "something else of a row."
        yield RuleViolation("training.fine_tuning.head", message, "Set it to new, or leave it out.", "start_head")


RULES: tuple[Callable[[TrainingSpec, DatasetSummary, StartingModel], Iterator[RuleViolation]], ...] = (
    *(_task, _architecture, _sections, _shape, _head),
)
SCALED = frozenset({DataKind.IMAGES, DataKind.TABLES, DataKind.SERIES})


def _shown(architecture: Any) -> str:
    shown: str = architecture.model_dump_json(exclude_defaults=True)
    return shown if len(shown) > 2 else json.dumps({"name": architecture.name})


def _size(profile: ImageProfile) -> str:
    return f"{profile.height} x {profile.width} pixels in {counted(profile.channels, 'channel')}"


def _kinds(profile: TableProfile) -> Iterator[tuple[str, str]]:
    for column in profile.columns:
        yield column.name, column.kind


def _columns(own: dict[str, str], other: dict[str, str]) -> str:
    """What a table's columns differ in from those that the model knows; empty where they are the same."""
    if missing := sorted(other.keys() - own.keys()):
        return f"The model reads columns that the data do not have: {_listed(missing)}."
    if more := sorted(own.keys() - other.keys()):
        return f"The data have columns that the model does not read: {_listed(more)}."
    changed = [name for name, kind in own.items() if other[name] != kind]
    if changed:
        name = changed[0]
        return f"The column {name} is {own[name]} in the data and {other[name]} to the model."
    return ""


def _channels(profile: SeriesProfile) -> tuple[str, ...]:
    return tuple(channel.name for channel in profile.channels)


def _listed(names: Any) -> str:
    names = list(names)
    return ", ".join(names[:NAMED]) + (", …" if len(names) > NAMED else "")
