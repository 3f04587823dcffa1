"""Validation rules of a TrainingSpec by itself: contradictory fields, and fields that would have no effect.

A field without effect is refused because it would mislead whoever set it.
"""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from trainyard_spec.architectures import ARCHITECTURES
from trainyard_spec.architectures.causal_lm import CausalLmConfig
from trainyard_spec.architectures.matrix_factorization import MatrixFactorizationConfig
from trainyard_spec.architectures.pretrained import PretrainedConfig
from trainyard_spec.architectures.speech_rnn import SpeechRnnConfig
from trainyard_spec.architectures.text_pool import TextPoolConfig
from trainyard_spec.audio import AudioConfig
from trainyard_spec.augmentation import CutmixAugment, MixupAugment, SpecAugment
from trainyard_spec.automatic import AUTO
from trainyard_spec.base import RuleViolation
from trainyard_spec.embeddings import MOST_ROWS, EmbeddingConfig
from trainyard_spec.fine_tuning import fine_tuning_violations
from trainyard_spec.metrics import VALIDATION_PREFIX
from trainyard_spec.task_sections import TASK_SECTIONS
from trainyard_spec.tasks import DataKind, Task
from trainyard_spec.texts import TextConfig, default_tokenizer

if TYPE_CHECKING:
    from trainyard_spec.training import TrainingSpec

IMPUTED = frozenset({DataKind.TABLES, DataKind.SERIES})
SCALED = frozenset({DataKind.IMAGES, DataKind.TABLES, DataKind.SERIES})
SMOOTHED_LOSSES = frozenset({"cross_entropy", "focal", "bce"})
DEFAULT_GAMMA = 2.0
LEAST_ROWS_PER_SLOT = 2
VOCABULARIES = frozenset({DataKind.TEXTS, DataKind.CONVERSATIONS})
LEAVE_OUT = "Leave it out."


def violations(spec: "TrainingSpec") -> Iterator[RuleViolation]:
    """Every problem that ``spec`` has by itself, whatever its data."""
    for rule in RULES:
        yield from rule(spec)


def _architecture(spec: "TrainingSpec") -> Iterator[RuleViolation]:
    name, serves = spec.architecture.name, ARCHITECTURES[spec.architecture.name].tasks
    if spec.task not in serves:
        others = ", ".join(other for other, config in ARCHITECTURES.items() if spec.task in config.tasks)
        message = f"architecture {name} does not serve {spec.task}; it serves {', '.join(serves)}"
        yield RuleViolation("architecture.name", message, f"Architectures of {spec.task}: {others}.")
    if isinstance(spec.architecture, MatrixFactorizationConfig) and spec.training.init != "default":
        yield RuleViolation("training.init", f"init draws the weights of layers, and {name} has none", LEAVE_OUT)
    pooling = type(spec.architecture).model_fields.get("pooling")
    pools = pooling is not None and getattr(spec.architecture, "pooling", None) != pooling.default
    if isinstance(spec.architecture, SpeechRnnConfig) and spec.task.traits.has_transcripts and pools:
        yield RuleViolation("architecture.pooling", f"{spec.task} judges every frame, and pools none", LEAVE_OUT)
    if spec.task.traits.tags_tokens and pools:
        yield RuleViolation("architecture.pooling", f"{spec.task} judges every token, and pools none", LEAVE_OUT)


def _loss(spec: "TrainingSpec") -> Iterator[RuleViolation]:
    training, losses = spec.training, spec.task.traits.losses
    if training.loss not in ("auto", *losses):
        message = f"loss {training.loss} does not fit {spec.task}"
        yield RuleViolation("training.loss", message, f"Use auto or {', '.join(losses)}.")
        return
    possible = losses if training.loss == "auto" else (training.loss,)
    if training.regularization.label_smoothing and not SMOOTHED_LOSSES.intersection(possible):
        message = f"the loss {possible[0]} has no labels to smooth"
        yield RuleViolation("training.regularization.label_smoothing", message, "Set it to 0.")
    if training.focal_gamma != DEFAULT_GAMMA and training.loss != "focal":
        hint = "Leave it out, or set loss to focal." if "focal" in losses else LEAVE_OUT
        yield RuleViolation("training.focal_gamma", "focal_gamma is of the loss focal alone", hint)


def _classes(spec: "TrainingSpec") -> Iterator[RuleViolation]:
    weights = {name for name in ("class_weights", "balance_classes") if getattr(spec.training, name)}
    if not spec.task.is_classification:
        for name in sorted(weights):
            yield RuleViolation(f"training.{name}", f"{name} is for classes, and {spec.task} has none", LEAVE_OUT)
    elif len(weights) > 1:
        message = "balance_classes works the weights out: leave class_weights empty"
        yield RuleViolation("training.class_weights", message)


def _metrics(spec: "TrainingSpec") -> Iterator[RuleViolation]:
    known = tuple(f"{VALIDATION_PREFIX}{name}" for name in spec.task.traits.watched)
    for name in ("early_stopping", "schedule"):
        metric = getattr(getattr(spec.training, name), "metric", "val_loss")
        if metric not in known:
            message = f"{metric} is not a metric of {spec.task}"
            yield RuleViolation(f"training.{name}.metric", message, f"Use {' or '.join(known)}.")


def _augments(spec: "TrainingSpec") -> Iterator[RuleViolation]:
    data, augments = spec.task.traits.data, spec.training.augment
    for place, augment in enumerate(augments):
        field = f"training.augment.{place}.name"
        if augment.changes != data:
            message = f"augment {augment.name} is for {augment.changes}, not for the {data} of {spec.task}"
            yield RuleViolation(field, message, LEAVE_OUT)
        elif isinstance(augment, MixupAugment | CutmixAugment) and place < len(augments) - 1:
            yield RuleViolation(field, "mixup or cutmix comes last in augment, and only one of the two", "Put it last.")


def _pretrained(spec: "TrainingSpec") -> Iterator[RuleViolation]:
    """What would undo a pretraining, or asks for a vocabulary where there is one."""
    if not isinstance(spec.architecture, PretrainedConfig | CausalLmConfig):
        return
    if spec.training.init != "default":
        message = "init draws weights anew, and a pretrained model keeps its own"
        yield RuleViolation("training.init", message, LEAVE_OUT)
    if spec.training.augment and spec.task.traits.data in VOCABULARIES:
        message = "augment changes tokens of a learnt vocabulary, and a pretrained model has its own"
        yield RuleViolation("training.augment", message, LEAVE_OUT)
    if isinstance(spec.architecture, CausalLmConfig):
        yield from _causal(spec)
    else:
        yield from _pooled(spec, spec.architecture)
        if spec.task.traits.data != DataKind.TEXTS:
            yield from _seen_and_heard(spec)
    if spec.training.preprocess.scale != "standardize":
        message = "a pretrained model has its inputs scaled as it was trained on them"
        yield RuleViolation("training.preprocess.scale", message, LEAVE_OUT)
    text, learnt = spec.training.text or TextConfig(), TextConfig()
    usual = {"tokenizer": default_tokenizer(spec.task.traits, architecture=spec.architecture.name)}
    for name in ("tokenizer", "vocabulary"):
        if getattr(text, name) not in (getattr(learnt, name), usual.get(name)):
            message = f"a pretrained model reads by its own {name}"
            yield RuleViolation(f"training.text.{name}", message, LEAVE_OUT)


def _pooled(spec: "TrainingSpec", architecture: PretrainedConfig) -> Iterator[RuleViolation]:
    """What all but encoders of texts, and what all but translators, would ignore."""
    for name in ("source_language", "target_language"):
        if getattr(architecture, name) is not None and spec.task != Task.TRANSLATION:
            message = f"a language is of translators, and {spec.task} has none"
            yield RuleViolation(f"architecture.{name}", message, LEAVE_OUT)
    if architecture.pooling == PretrainedConfig().pooling:
        return
    if spec.task.traits.writes:
        message = "pooling makes one of all tokens, and a pretrained model that writes has outputs for each"
        yield RuleViolation("architecture.pooling", message, LEAVE_OUT)
    elif spec.task.traits.data != DataKind.TEXTS:
        message = f"pooling is of tokens, and a pretrained model for {spec.task} pools as it was trained to"
        yield RuleViolation("architecture.pooling", message, LEAVE_OUT)


def _seen_and_heard(spec: "TrainingSpec") -> Iterator[RuleViolation]:
    """What pretrained networks of images and of recordings, which take them as they were trained to, would ignore."""
    audio, learnt = spec.training.audio or AudioConfig(), AudioConfig()
    for name in ("mels", "window_ms", "hop_ms"):
        if getattr(audio, name) != getattr(learnt, name):
            message = f"{name} is of log-mel frames, and a pretrained model hears samples as they are"
            yield RuleViolation(f"training.audio.{name}", message, LEAVE_OUT)
    for place, augment in enumerate(spec.training.augment):
        if isinstance(augment, SpecAugment):
            message = "spec_augment hides parts of log-mel frames, and a pretrained model hears samples as they are"
            yield RuleViolation(f"training.augment.{place}.name", message, "Use noise or time_shift.")


def _causal(spec: "TrainingSpec") -> Iterator[RuleViolation]:
    training = spec.training
    if training.compile:
        yield RuleViolation("training.compile", "a pretrained language model is not compiled", LEAVE_OUT)
    if training.tuning and training.tuning.graders and spec.task != Task.INSTRUCTION_TUNING:
        yield RuleViolation("training.tuning.graders", f"graders are not used by {spec.task}", LEAVE_OUT)
    if training.regularization.label_smoothing:
        message = "the loss of a pretrained language model is worked out token by token, without smoothed labels"
        yield RuleViolation("training.regularization.label_smoothing", message, "Set it to 0.")


def _sharding(spec: "TrainingSpec") -> Iterator[RuleViolation]:
    """What is sharded is cut block by block, and computed in one precision by each block."""
    if spec.training.sharding == "none":
        return
    architecture, field = spec.architecture, "training.sharding"
    if not isinstance(architecture, CausalLmConfig):
        message = f"sharding is of pretrained language models, and {architecture.name} is none"
        yield RuleViolation(field, message, LEAVE_OUT)
        return
    if spec.resources.slots == 1:
        message = "sharding shares a model between slots, and this job has one"
        yield RuleViolation(field, message, "Leave it out, or set resources.slots to 2 or more.")
    if spec.task == Task.PREFERENCE_TUNING:
        message = "the task compares with the model as it was before the first step, which is not sharded"
        yield RuleViolation(field, message, LEAVE_OUT)
    if architecture.quantization != "none":
        message = "quantized weights are not sharded"
        yield RuleViolation(field, message, "Leave it out, or set architecture.quantization to none.")
    if spec.training.precision == "fp16":
        message = "the loss scale of fp16 is not kept together over shards"
        yield RuleViolation(field, message, "Leave it out, or set precision to bf16.")


def _tokens(spec: "TrainingSpec") -> Iterator[RuleViolation]:
    text, name = spec.training.text or TextConfig(), spec.architecture.name
    has_ngrams = text.tokenizer == "char_ngrams"
    if has_ngrams and not isinstance(spec.architecture, TextPoolConfig | PretrainedConfig):
        message = f"char_ngrams are a set, and architecture {name} reads tokens in their order"
        yield RuleViolation(
            "training.text.tokenizer", message, "Use words, bpe or characters, or architecture text_pool."
        )
    if not has_ngrams and text.ngram_range != TextConfig().ngram_range:
        message = f"ngram_range is of the tokenizer char_ngrams alone, and this one is {text.tokenizer}"
        yield RuleViolation("training.text.ngram_range", message, "Leave it out, or set tokenizer to char_ngrams.")


def _embedding(spec: "TrainingSpec") -> Iterator[RuleViolation]:
    section = spec.training.embedding
    if section is None:
        return
    if isinstance(spec.architecture, PretrainedConfig) and section.dimensions != AUTO:
        message = "a pretrained network has an embedding dimension of its own"
        yield RuleViolation("training.embedding.dimensions", message, LEAVE_OUT)
    size, accumulate = spec.training.batch_size, spec.training.accumulate
    if size != AUTO and size * accumulate > MOST_ROWS:
        message = (
            f"the rows of a step are each other's negatives, and {size * accumulate:,} are more than {MOST_ROWS:,}"
        )
        yield RuleViolation("training.batch_size", message, "Lower it, or accumulate.", "batch_too_large")
    if spec.training.loss == "cosine_similarity" and section.temperature != EmbeddingConfig().temperature:
        message = "temperature is of the loss info_nce, and this one is cosine_similarity"
        yield RuleViolation("training.embedding.temperature", message, LEAVE_OUT)


def _preprocessing(spec: "TrainingSpec") -> Iterator[RuleViolation]:
    data, preprocess = spec.task.traits.data, spec.training.preprocess
    if preprocess.impute != "mean" and data not in IMPUTED:
        message = "preprocess.impute is for tables and series, and this task has none"
        yield RuleViolation("training.preprocess.impute", message, LEAVE_OUT)
    series = spec.training.series
    if preprocess.scale != "standardize" and series is not None and series.scaling == "per_window":
        message = "series.scaling per_window standardizes each window, so that preprocess.scale has nothing to do"
        yield RuleViolation("training.preprocess.scale", message, LEAVE_OUT)
    if preprocess.scale != "standardize" and data not in SCALED:
        message = f"preprocess.scale is for stored numbers, and {data} have none"
        yield RuleViolation("training.preprocess.scale", message, LEAVE_OUT)


def _task_sections(spec: "TrainingSpec") -> Iterator[RuleViolation]:
    for name, section in TASK_SECTIONS.items():
        if getattr(spec.training, name) and spec.task not in section.tasks:
            yield RuleViolation(f"training.{name}", f"training.{name} {section.why_not}", LEAVE_OUT)


def _split(spec: "TrainingSpec") -> Iterator[RuleViolation]:
    ways = spec.task.traits.splits
    if spec.split.by not in ways:
        yield RuleViolation(
            "split.by", f"split.by {spec.split.by} does not fit {spec.task}", f"Use {' or '.join(ways)}."
        )


def _slots(spec: "TrainingSpec") -> Iterator[RuleViolation]:
    """Networks that norm over a batch need a few rows in each process; slots without would compute the same twice."""
    if spec.training.batch_size == AUTO:
        return
    slots, rows = spec.resources.slots, spec.training.batch_size * spec.training.accumulate
    least = LEAST_ROWS_PER_SLOT * slots
    if slots > 1 and rows < least:
        message = f"a step has {rows} rows, and {slots} slots that share them need {least}"
        hint = f"Set it to {least} or more, or resources.slots to {max(1, rows // LEAST_ROWS_PER_SLOT)}."
        yield RuleViolation("training.batch_size", message, hint, "batch_too_small")


RULES: tuple[Callable[["TrainingSpec"], Iterator[RuleViolation]], ...] = (
    *(
        _architecture,
        _loss,
        _classes,
        _metrics,
        _augments,
        _pretrained,
        _tokens,
        _embedding,
        _preprocessing,
        _task_sections,
        _split,
        _slots,
        _sharding,
        fine_tuning_violations,
    ),
)
