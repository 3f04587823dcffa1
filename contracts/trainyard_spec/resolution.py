"""Resolution of ``"auto"``: the values of ``epochs``, ``batch_size`` and ``schedule``.

It depends on the spec, the number of training examples and the data profile, so that quotes, forms and the engine get
the same values. Values that the spec states stay, and the others are chosen to suit them.
"""

import math
from collections.abc import Callable
from typing import Any

from trainyard_spec.architectures.causal_lm import CausalLmConfig
from trainyard_spec.architectures.pretrained import PretrainedConfig
from trainyard_spec.architectures.vit import VitConfig, VitStem
from trainyard_spec.automatic import AUTO
from trainyard_spec.base import WireModel
from trainyard_spec.datasets import (
    AnyProfile,
    ConversationProfile,
    ImageProfile,
    InteractionProfile,
    SeriesProfile,
    TextProfile,
)
from trainyard_spec.fine_tuning import has_head
from trainyard_spec.schedules import AnySchedule, CosineSchedule
from trainyard_spec.series import SequenceConfig, SeriesConfig
from trainyard_spec.spec_rules import LEAST_ROWS_PER_SLOT
from trainyard_spec.tasks import DataKind, Task
from trainyard_spec.texts import TextConfig
from trainyard_spec.training import EarlyStoppingConfig, TrainingSpec
from trainyard_spec.tuning import TuningConfig

STEPS = 2_000
"""About as many as a small training takes: what is trained from nothing has mostly learnt by then what it will."""
PRETRAINED_STEPS = 300
"""Of what has learnt already what is common to tasks like this one."""
STARTED_STEPS = 1_000
"""Of a network that starts from a model of a job: its body is small, and a new head takes long to learn."""
MOST_EPOCHS_OF_LANGUAGE_MODELS = 8
"""They know the examples by heart soon, where a classifier's new head has much to learn."""
INTERACTION_STEPS = 4_000
"""Of vectors of users and items: a step is cheap, and moves only those that it meets."""
LEAST_EPOCHS, MOST_EPOCHS, MOST_EPOCHS_OF_INTERACTIONS = 5, 100, 200
LEAST_PATIENCE, PATIENCE_SHARE = 10, 0.25
SMALLEST_BATCH, LARGEST_BATCH = 8, 256
WARMUP_SHARE, LONGEST_WARMUP = 0.05, 500

MOST_SCORES = 1 << 28
"""Scores of one batch that an order of items is learnt from, 1 GiB of them."""
MOST_PIXELS = 1 << 22
PRETRAINED_SIDE = 224
"""Pixels of a side of the images that most pretrained networks see, whatever those of the data are."""
MOST_TOKENS = 1 << 14
MOST_VALUES = 1 << 16
"""Pixels, tokens, and steps or frames of a batch that is chosen: what fits into a small GPU with its activations."""
FRAMES_PER_SECOND = 100
EXAMPLE_TOKENS = 1_024
"""Of an example for a language model, where a spec states none and its base reads as many."""
CHARACTERS_PER_TOKEN = {"words": 5.0, "bpe": 3.5, "characters": 1.0}
"""About, in languages of words: how many tokens a text has is known only once its tokenizer is learnt."""


class ResolvedTraining(WireModel):
    """Values that ``auto`` became: ``epochs`` passes over ``examples``, in batches of ``batch_size``.

    An optimizer step takes ``accumulate`` batches. ``early_stopping`` is chosen together with ``epochs`` where models
    are judged by the minimized loss. ``patch_size`` and ``stem`` are set only for architectures that read images in
    patches.
    """

    examples: int
    epochs: int
    batch_size: int
    accumulate: int
    schedule: AnySchedule
    early_stopping: EarlyStoppingConfig | None = None
    patch_size: int | None = None
    stem: VitStem | None = None

    @property
    def rows_per_step(self) -> int:
        return self.batch_size * self.accumulate

    @property
    def steps_per_epoch(self) -> int:
        """The last, smaller step of an epoch counts as one."""
        return -(-self.examples // self.rows_per_step)


def resolve_training(spec: TrainingSpec, *, examples: int, profile: AnyProfile) -> ResolvedTraining:
    """The numbers of a training on ``examples``, at least 1, of the data that ``profile`` describes."""
    training = spec.training
    batch_size = _batch_size(spec, examples, profile) if training.batch_size == AUTO else training.batch_size
    steps = -(-examples // (batch_size * training.accumulate))
    epochs = _epochs(spec, steps) if training.epochs == AUTO else training.epochs
    return ResolvedTraining(
        examples=examples,
        epochs=epochs,
        batch_size=batch_size,
        accumulate=training.accumulate,
        schedule=_schedule(epochs * steps) if training.schedule == AUTO else training.schedule,
        early_stopping=training.early_stopping or _early_stopping(spec, epochs, profile),
        patch_size=resolved_patch_size(spec, profile),
        stem=resolved_stem(spec, profile),
    )


def learns_order(spec: TrainingSpec, profile: InteractionProfile) -> bool:
    """Whether a recommendation learns an order of items, and not ratings."""
    return spec.training.loss == "cross_entropy" or profile.target is None


def estimated_examples(spec: TrainingSpec, *, rows: int, profile: AnyProfile, context: int | None = None) -> int:
    """How many examples ``spec`` trains on, of ``rows``: about, where only the engine can count them.

    ``context`` is the longest of its base model.
    """
    share = spec.split.train
    if spec.task == Task.TIME_SERIES_FORECASTING and isinstance(profile, SeriesProfile):
        series = spec.training.series or SeriesConfig()
        windows = profile.steps * share - rows * (series.context + series.horizon - 1)
        return max(1, round(windows / series.stride))
    if spec.task == Task.LANGUAGE_MODELLING and isinstance(profile, TextProfile):
        text = spec.training.text or TextConfig()
        tokens = rows * share * (profile.mean / CHARACTERS_PER_TOKEN[text.tokenizer] + 1)
        return max(1, round(tokens / text.max_length))
    if isinstance(profile, ConversationProfile) and packs(spec):
        full = math.ceil(profile.tokens * share / example_length(spec, context=context))
        return max(1, min(round(rows * share), full))
    return max(1, round(rows * share))


def tuning_of(spec: TrainingSpec) -> TuningConfig:
    """How the conversations of ``spec`` become examples."""
    return spec.training.tuning or TuningConfig()


def example_length(spec: TrainingSpec, *, context: int | None = None) -> int:
    """The most tokens of an example of a language model that reads ``context`` of them, where that is known."""
    if spec.task == Task.LANGUAGE_MODELLING:
        return (spec.training.text or TextConfig()).max_length
    stated = tuning_of(spec).max_length
    return min(EXAMPLE_TOKENS, context or EXAMPLE_TOKENS) if stated == AUTO else stated


def packs(spec: TrainingSpec) -> bool:
    """Whether several conversations train as one example: pairs of answers are compared one by one."""
    return spec.task == Task.INSTRUCTION_TUNING and tuning_of(spec).packing


def preference_loss(spec: TrainingSpec, profile: ConversationProfile) -> str:
    """The loss of a preference tuning: ``auto`` is dpo for pairs of answers, and kto for rated ones."""
    if spec.training.loss != "auto":
        return spec.training.loss
    return "dpo" if profile.has_pairs else "kto"


def readings_per_epoch(spec: TrainingSpec, profile: ConversationProfile) -> int:
    """How often an epoch reads a row's tokens: KTO's reference point asks each row for another's answer, too."""
    return 2 if spec.task == Task.PREFERENCE_TUNING and preference_loss(spec, profile) == "kto" else 1


def embedding_loss(spec: TrainingSpec, profile: TextProfile) -> str:
    """The loss of a sentence embedding: ``auto`` is cosine_similarity for pairs with scores, else info_nce."""
    if spec.training.loss != "auto":
        return spec.training.loss
    return "cosine_similarity" if profile.form == "scored" else "info_nce"


def resolved_patch_size(spec: TrainingSpec, profile: AnyProfile) -> int | None:
    """Of an architecture that cuts the images of ``profile`` into patches; None for others, and where none fits."""
    if not isinstance(spec.architecture, VitConfig) or not isinstance(profile, ImageProfile):
        return None
    return spec.architecture.patch_side(height=profile.height, width=profile.width)


def resolved_stem(spec: TrainingSpec, profile: AnyProfile) -> VitStem | None:
    """How such an architecture reads the images of ``profile``; None for others."""
    if not isinstance(spec.architecture, VitConfig) or not isinstance(profile, ImageProfile):
        return None
    return spec.architecture.stem_for(height=profile.height, width=profile.width)


def smallest_batch(rows: int, *, batch_size: int, accumulate: int, slots: int) -> int:
    """The fewest rows that a slot computes together in an epoch of ``rows``."""
    step = batch_size * accumulate
    steps = {size for size in (min(rows, step), rows % step) if size}
    return min(_smallest_part(size, batch_size=batch_size, slots=slots) for size in steps)


def _smallest_part(rows: int, *, batch_size: int, slots: int) -> int:
    shares = {rows}
    if slots > 1 and rows >= LEAST_ROWS_PER_SLOT * slots:
        shares = {rows // slots, -(-rows // slots)}
    return min(share % batch_size or batch_size if share > batch_size else share for share in shares)


def _batch_size(spec: TrainingSpec, examples: int, profile: AnyProfile) -> int:
    """The power of two nearest the square root of ``examples``, as far as a batch of it fits into memory.

    Half of it for speech: what tells a character or none at each place first takes many steps to tell anything but
    none. One or a few more, where a batch of a single row would be left over: norms over a batch cannot take it.
    """
    slots, accumulate = spec.resources.slots, spec.training.accumulate
    largest = min(LARGEST_BATCH, ROOM[spec.task.traits.data](spec, profile))
    nearest = 1 << round(math.log2(examples) / 2)
    if spec.task.traits.has_transcripts:
        nearest //= 2
    wanted = min(max(nearest, SMALLEST_BATCH), largest)
    least = max(wanted // accumulate, LEAST_ROWS_PER_SLOT * slots)
    for size in range(least, 2 * least + SMALLEST_BATCH):
        if smallest_batch(examples, batch_size=size, accumulate=accumulate, slots=slots) > 1:
            return size
    return least


def _epochs(spec: TrainingSpec, steps_per_epoch: int) -> int:
    steps, least, most = STEPS, LEAST_EPOCHS, MOST_EPOCHS
    if isinstance(spec.architecture, PretrainedConfig):
        steps = PRETRAINED_STEPS
    elif spec.init_from and has_head(spec):
        steps = STARTED_STEPS
    elif isinstance(spec.architecture, CausalLmConfig):
        steps, least, most = PRETRAINED_STEPS, 1, MOST_EPOCHS_OF_LANGUAGE_MODELS
    elif spec.task == Task.RECOMMENDATION:
        steps, most = INTERACTION_STEPS, MOST_EPOCHS_OF_INTERACTIONS
    return min(max(-(-steps // steps_per_epoch), least), most)


def _early_stopping(spec: TrainingSpec, epochs: int, profile: AnyProfile) -> EarlyStoppingConfig | None:
    """Ends on the best epoch, and early, what is judged by its loss; the best class is often told after that."""
    ranks = isinstance(profile, InteractionProfile) and learns_order(spec, profile)
    if spec.training.epochs != AUTO or ranks or not spec.task.traits.ends_on_best_loss:
        return None
    return EarlyStoppingConfig(metric="val_loss", patience=max(LEAST_PATIENCE, math.ceil(epochs * PATIENCE_SHARE)))


def _schedule(steps: int) -> AnySchedule:
    return CosineSchedule(name="cosine", warmup_steps=min(int(steps * WARMUP_SHARE), LONGEST_WARMUP))


def _images(spec: TrainingSpec, profile: Any) -> int:
    pixels: int = profile.height * profile.width
    if isinstance(spec.architecture, PretrainedConfig):
        pixels = max(pixels, PRETRAINED_SIDE**2)
    return max(1, MOST_PIXELS // pixels)


def _texts(spec: TrainingSpec, profile: Any) -> int:
    texts = {"pairs": 2, "scored": 2, "triplets": 3}.get(profile.form, 1)
    return max(1, MOST_TOKENS // (texts * (spec.training.text or TextConfig()).max_length))


def _conversations(spec: TrainingSpec, _: Any) -> int:
    answers = 2 if spec.task == Task.PREFERENCE_TUNING else 1
    return max(1, MOST_TOKENS // (answers * example_length(spec)))


def _series(spec: TrainingSpec, profile: Any) -> int:
    if spec.task == Task.TIME_SERIES_FORECASTING:
        return max(1, MOST_VALUES // (spec.training.series or SeriesConfig()).context)
    steps: int = min(profile.longest, (spec.training.sequence or SequenceConfig()).max_length)
    return max(1, MOST_VALUES // steps)


def _recordings(_: TrainingSpec, profile: Any) -> int:
    frames: float = profile.longest * FRAMES_PER_SECOND
    return max(1, int(MOST_VALUES // max(1.0, frames)))


def _interactions(_: TrainingSpec, profile: Any) -> int:
    items: int = profile.items
    return max(1, MOST_SCORES // items)


ROOM: dict[DataKind, Callable[[TrainingSpec, Any], int]] = {
    DataKind.IMAGES: _images,
    DataKind.TEXTS: _texts,
    DataKind.CONVERSATIONS: _conversations,
    DataKind.RECORDINGS: _recordings,
    DataKind.TABLES: lambda spec, profile: LARGEST_BATCH,
    DataKind.INTERACTIONS: _interactions,
    DataKind.SERIES: _series,
}
"""The most examples of a batch, by what a row is."""
