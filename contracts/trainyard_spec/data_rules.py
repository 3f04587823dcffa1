"""Validation rules of a TrainingSpec against its dataset's profile."""

from collections.abc import Callable, Iterator

from trainyard_spec.architectures.base import ArchitectureConfig
from trainyard_spec.architectures.densenet import DensenetConfig
from trainyard_spec.architectures.mlp import MlpConfig
from trainyard_spec.architectures.mobilenet import MobilenetConfig
from trainyard_spec.architectures.resnet import ResnetConfig
from trainyard_spec.architectures.vgg import VggConfig
from trainyard_spec.automatic import AUTO
from trainyard_spec.base import RuleViolation
from trainyard_spec.datasets import (
    PARTS,
    ConversationProfile,
    DatasetSummary,
    ImageProfile,
    InteractionProfile,
    SeriesProfile,
    TextProfile,
    has_labels,
)
from trainyard_spec.graders import JsonSchemaGrader
from trainyard_spec.image_rules import image_violations
from trainyard_spec.json_schemas import fault_of
from trainyard_spec.part_sizes import PartSizes, empty_parts, part_sizes, sizes_as_given
from trainyard_spec.resolution import (
    MOST_SCORES,
    ResolvedTraining,
    embedding_loss,
    learns_order,
    preference_loss,
    resolve_training,
    smallest_batch,
)
from trainyard_spec.series import SeriesConfig
from trainyard_spec.spec_rules import SMOOTHED_LOSSES
from trainyard_spec.splits import SPLIT_OPTION
from trainyard_spec.tagged_texts import TokenProfile
from trainyard_spec.tasks import DataKind, Task
from trainyard_spec.training import TrainingSpec

CLASSES_NAMED = 20
MAYBE_ARCHIVES = frozenset({DataKind.IMAGES, DataKind.RECORDINGS, DataKind.TEXTS})
NORMED = (DensenetConfig, MobilenetConfig, ResnetConfig, VggConfig)
"""Networks that norm over a batch, whatever is set."""
LEAST_NORMED = 2
ROUNDING = 2
"""Steps by which a part of a shorter series may be longer than that of the longest."""


def data_violations(spec: TrainingSpec, data: DatasetSummary) -> Iterator[RuleViolation]:
    """Every problem that ``spec`` has with ``data``, which are for its task.

    A quote, a submission and the engine refuse alike by it. What only the rows tell is left to the engine: the sizes of
    a split by groups, of rows of several labels or of each user's, and how many blocks texts make.
    """
    for rule in RULES:
        yield from rule(spec, data)


def _class_weights(spec: TrainingSpec, data: DatasetSummary) -> Iterator[RuleViolation]:
    given, classes = spec.training.class_weights or (), data.classes
    if has_labels(data.profile):
        return
    if given and len(given) != len(classes):
        yield RuleViolation(
            "training.class_weights",
            f"There are {len(given)} class weights, and the data have {len(classes)} classes.",
            f"Give one weight for each of: {', '.join(classes[:CLASSES_NAMED])}; or set balance_classes instead.",
            "class_weights_mismatch",
        )


def _labels(spec: TrainingSpec, data: DatasetSummary) -> Iterator[RuleViolation]:
    """What chooses one class among all, where each label is a question of its own."""
    training = spec.training
    if not has_labels(data.profile):
        return
    if training.loss not in ("auto", "bce"):
        message = f"The loss {training.loss} is for rows of one class each, and rows of these data have several labels."
        yield RuleViolation(
            "training.loss", message, "Use auto or bce, which asks about each label alone.", "loss_mismatch"
        )
    for name in ("class_weights", "balance_classes"):
        if getattr(training, name):
            message = f"{name} weighs rows by their one class, and rows of these data have several labels."
            yield RuleViolation(f"training.{name}", message, "Leave it out.", "class_weights_mismatch")


def _schemas(spec: TrainingSpec, data: DatasetSummary) -> Iterator[RuleViolation]:
    """What a grader cannot judge by: found here and not with the spec's form, for a stored spec stays readable."""
    for number, grader in enumerate(spec.training.tuning.graders if spec.training.tuning else ()):
        fault = fault_of(grader.json_schema) if isinstance(grader, JsonSchemaGrader) else None
        if fault:
            yield RuleViolation(
                f"training.tuning.graders.{number}.json_schema",
                f"The grader json_schema has no schema that can be used: {fault}",
                "References have to lead to a place in the schema itself.",
                "invalid_json_schema",
            )


def _split(spec: TrainingSpec, data: DatasetSummary) -> Iterator[RuleViolation]:
    option = SPLIT_OPTION.get(spec.split.by)
    if spec.task == Task.TIME_SERIES_FORECASTING and option == "time":
        return
    if option is not None and option not in data.profile.split_by:
        instead = "at random" if "random" in spec.task.traits.splits else f"by {spec.task.traits.splits[0]}"
        has_folders = option == "split" and spec.task.traits.data in MAYBE_ARCHIVES
        says = "names a column" + (", or is folders for an archive with a folder for each part" if has_folders else "")
        yield RuleViolation(
            "split.by",
            f"The data do not say how to split them by {spec.split.by}.",
            f"Upload them to a dataset with the option {option}, which {says}, or split {instead}.",
            "split_unknown",
        )


def _ratings(spec: TrainingSpec, data: DatasetSummary) -> Iterator[RuleViolation]:
    profile = data.profile
    if not isinstance(profile, InteractionProfile):
        return
    training = spec.training
    if profile.target is None and training.loss not in ("auto", "cross_entropy"):
        yield RuleViolation(
            "training.loss",
            f"The loss {training.loss} compares ratings, and the data have none.",
            "Use cross_entropy, or name the column of ratings in the dataset's option target.",
            "loss_mismatch",
        )
    if learns_order(spec, profile):
        return
    for name in ("early_stopping", "schedule"):
        if getattr(getattr(training, name), "metric", None) == "val_ndcg_at_10":
            yield RuleViolation(
                f"training.{name}.metric",
                "val_ndcg_at_10 judges an order of items, and this training learns ratings.",
                "Use val_loss, or the loss cross_entropy.",
                "metric_mismatch",
            )
    if training.regularization.label_smoothing and training.loss not in SMOOTHED_LOSSES:
        message = "This training learns ratings, and has no labels to smooth."
        hint = "Set it to 0, or use the loss cross_entropy."
        yield RuleViolation("training.regularization.label_smoothing", message, hint)


def _scores(spec: TrainingSpec, data: DatasetSummary) -> Iterator[RuleViolation]:
    size, profile = spec.training.batch_size, data.profile
    if not isinstance(profile, InteractionProfile) or size == AUTO or not learns_order(spec, profile):
        return
    items = profile.items
    if size * items > MOST_SCORES:
        yield RuleViolation(
            "training.batch_size",
            f"A batch of {size:,} rows would score {items:,} items each, more than {MOST_SCORES:,} scores at once.",
            f"Use a batch_size of at most {MOST_SCORES // items:,}, and accumulate.",
            "batch_too_large",
        )


def _preferences(spec: TrainingSpec, data: DatasetSummary) -> Iterator[RuleViolation]:
    """A loss of pairs for answers that are rated alone, or the reverse."""
    profile = data.profile
    if spec.task != Task.PREFERENCE_TUNING or not isinstance(profile, ConversationProfile):
        return
    loss = preference_loss(spec, profile)
    if (loss == "kto") == profile.has_pairs:
        has, other = ("pairs of answers", "dpo or orpo") if profile.has_pairs else ("single rated answers", "kto")
        message = f"The loss {loss} does not fit these data, which have {has}."
        yield RuleViolation("training.loss", message, f"Use auto, or {other}.", "loss_mismatch")


def _pairs(spec: TrainingSpec, data: DatasetSummary) -> Iterator[RuleViolation]:
    """A loss of scores for pairs without any, or the reverse."""
    profile = data.profile
    if spec.task != Task.SENTENCE_EMBEDDING or not isinstance(profile, TextProfile):
        return
    loss, is_scored = embedding_loss(spec, profile), profile.form == "scored"
    if (loss == "cosine_similarity") != is_scored:
        message = (
            f"The loss {loss} does not fit these data, which have {'a' if is_scored else 'no'} score of each pair."
        )
        yield RuleViolation("training.loss", message, "Use auto.", "loss_mismatch")


def _tags(spec: TrainingSpec, data: DatasetSummary) -> Iterator[RuleViolation]:
    """What watches entities, where tags mark none."""
    if not isinstance(data.profile, TokenProfile) or data.profile.has_entities:
        return
    for name in ("early_stopping", "schedule"):
        if getattr(getattr(spec.training, name), "metric", None) == "val_entity_f1":
            message = "val_entity_f1 judges entities, and the tags of these data mark none."
            yield RuleViolation(f"training.{name}.metric", message, "Use val_accuracy or val_loss.", "metric_mismatch")


def _images(spec: TrainingSpec, data: DatasetSummary) -> Iterator[RuleViolation]:
    if isinstance(data.profile, ImageProfile):
        yield from image_violations(spec.architecture, height=data.profile.height, width=data.profile.width)


def _parts(spec: TrainingSpec, data: DatasetSummary) -> Iterator[RuleViolation]:
    """Parts that would be empty, or an epoch of which one batch has a single row."""
    if not (sizes := part_sizes(spec, data)):
        return
    yield from empty_parts(sizes, given=spec.split.by == "given")
    if sizes.train:
        resolved = resolve_training(spec, examples=sizes.train, profile=data.profile)
        yield from lonely_rows(spec.architecture, resolved, slots=spec.resources.slots)


def lonely_rows(architecture: ArchitectureConfig, resolved: ResolvedTraining, *, slots: int) -> Iterator[RuleViolation]:
    """A batch of one row, of which a network that norms over batches cannot learn: a single row has no variance."""
    has_choice = isinstance(architecture, MlpConfig) and architecture.norm == "batch"
    if not has_choice and not isinstance(architecture, NORMED):
        return
    size, accumulate = resolved.batch_size, resolved.accumulate
    if smallest_batch(resolved.examples, batch_size=size, accumulate=accumulate, slots=slots) < LEAST_NORMED:
        instead = ", or architecture.norm layer" if has_choice else ""
        yield RuleViolation(
            "training.batch_size",
            "Batch normalization needs two rows in every batch, and one batch of each epoch would hold a single row.",
            f"Choose another batch_size{instead}.",
            "batch_too_small",
        )


def _windows(spec: TrainingSpec, data: DatasetSummary) -> Iterator[RuleViolation]:
    """A part in which no series has room for a window. The engine, which knows all lengths, may find one more."""
    profile = data.profile
    if spec.task != Task.TIME_SERIES_FORECASTING or not isinstance(profile, SeriesProfile):
        return
    series, longest = spec.training.series or SeriesConfig(), profile.longest
    if spec.split.by == "given":
        yield from _given_windows(series, longest, sizes_as_given(data.given_rows, spec.split))
        return
    rounding = 0 if profile.shortest == longest else ROUNDING
    trained = round(longest * spec.split.train)
    validated = round(longest * (spec.split.train + spec.split.val))
    # What a part has for horizons: in training a window's context lies there too, later it may look back.
    room = {
        "train": trained - series.context,
        "val": min(validated - series.context, validated - trained + rounding),
        "test": min(longest - series.context, longest - validated + rounding),
    }
    for part, steps in room.items():
        if steps < series.horizon:
            yield no_window(part, series, longest=longest)
            return


def _given_windows(series: SeriesConfig, longest: int, sizes: PartSizes | None) -> Iterator[RuleViolation]:
    """``sizes`` are the steps of all series together: if they hold no window, none of them does."""
    if not sizes:
        return
    empty = [*empty_parts(sizes, given=True)]
    yield from empty
    needs = (series.context + series.horizon, series.horizon, series.horizon)
    for part, steps, needed in zip(PARTS, sizes, needs, strict=True):
        if not empty and min(steps, longest) < needed:
            yield no_window(part, series, longest=longest, given=True)
            return


def no_window(part: str, series: SeriesConfig, *, longest: int, given: bool = False) -> RuleViolation:
    """The problem of a ``part`` of a split in which no series, of at most ``longest`` steps, has a window.

    ``given``: the data say which steps it has.
    """
    instead = f"mark more rows as {part}" if given else f"raise split.{part}"
    return RuleViolation(
        "training.series.context",
        f"No series is long enough: the {part} part of the split would have no window of {series.context} + "
        f"{series.horizon} steps; the longest series has {longest}.",
        f"Lower training.series.context or horizon, or {instead}.",
        "dataset_too_small",
    )


RULES: tuple[Callable[[TrainingSpec, DatasetSummary], Iterator[RuleViolation]], ...] = (
    *(
        _schemas,
        _tags,
        _labels,
        _class_weights,
        _split,
        _ratings,
        _preferences,
        _pairs,
        _windows,
        _images,
        _scores,
        _parts,
    ),
)
