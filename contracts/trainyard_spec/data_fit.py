"""What of a spec does not fit the data that it names, as far as their profile tells."""

from collections.abc import Callable, Iterator, Sequence

from trainyard_spec.base import Misfit
from trainyard_spec.datasets import AnyProfile, InteractionProfile, SeriesProfile, has_labels
from trainyard_spec.fit import SMOOTHED_LOSSES
from trainyard_spec.series import SeriesSpec
from trainyard_spec.splits import SPLIT_OPTION
from trainyard_spec.tasks import DataKind, Task
from trainyard_spec.training import TrainingSpec

CLASSES_NAMED = 20
MAYBE_ARCHIVES = frozenset({DataKind.IMAGES, DataKind.RECORDINGS, DataKind.TEXTS})
ROUNDING = 2
"""Steps by which a part of a shorter series may be longer than that of the longest."""


def data_misfits(spec: TrainingSpec, *, classes: Sequence[str], profile: AnyProfile) -> Iterator[Misfit]:
    """Every problem that ``spec`` has with data of ``classes`` and ``profile``, which are for its task."""
    yield from _labels(spec, profile) if has_labels(profile) else _class_weights(spec, classes)
    for rule in RULES:
        yield from rule(spec, profile)


def learns_order(spec: TrainingSpec, profile: InteractionProfile) -> bool:
    """Whether a recommendation learns an order of items, and not ratings."""
    return spec.training.loss == "cross_entropy" or profile.target is None


def _class_weights(spec: TrainingSpec, classes: Sequence[str]) -> Iterator[Misfit]:
    given = spec.training.class_weights or ()
    if given and len(given) != len(classes):
        yield Misfit(
            "training.class_weights",
            f"There are {len(given)} class weights, and the data have {len(classes)} classes.",
            f"Give one weight for each of: {', '.join(classes[:CLASSES_NAMED])}; or set balance_classes instead.",
            "class_weights_mismatch",
        )


def _labels(spec: TrainingSpec, profile: AnyProfile) -> Iterator[Misfit]:
    """What chooses one class among all, where each label is a question of its own."""
    training = spec.training
    if training.loss not in ("auto", "bce"):
        message = f"The loss {training.loss} is for rows of one class each, and rows of these data have several labels."
        yield Misfit("training.loss", message, "Use auto or bce, which asks about each label alone.", "loss_mismatch")
    for name in ("class_weights", "balance_classes"):
        if getattr(training, name):
            message = f"{name} weighs rows by their one class, and rows of these data have several labels."
            yield Misfit(f"training.{name}", message, "Leave it out.", "class_weights_mismatch")


def _split(spec: TrainingSpec, profile: AnyProfile) -> Iterator[Misfit]:
    option = SPLIT_OPTION.get(spec.split.by)
    if spec.task == Task.TIME_SERIES_FORECASTING and option == "time":
        return
    if option is not None and option not in profile.split_by:
        has_folders = option == "split" and spec.task.traits.data in MAYBE_ARCHIVES
        says = "names a column" + (", or is folders for an archive with a folder for each part" if has_folders else "")
        yield Misfit(
            "split.by",
            f"The data do not say how to split them by {spec.split.by}.",
            f"Upload them to a dataset with the option {option}, which {says}, or split at random.",
            "split_unknown",
        )


def _ratings(spec: TrainingSpec, profile: AnyProfile) -> Iterator[Misfit]:
    if not isinstance(profile, InteractionProfile):
        return
    training = spec.training
    if profile.target is None and training.loss not in ("auto", "cross_entropy"):
        yield Misfit(
            "training.loss",
            f"The loss {training.loss} compares ratings, and the data have none.",
            "Use cross_entropy, or name the column of ratings in the dataset's option target.",
            "loss_mismatch",
        )
    if learns_order(spec, profile):
        return
    for name in ("early_stopping", "schedule"):
        if getattr(getattr(training, name), "metric", None) == "val_ndcg_at_10":
            yield Misfit(
                f"training.{name}.metric",
                "val_ndcg_at_10 judges an order of items, and this training learns ratings.",
                "Use val_loss, or the loss cross_entropy.",
                "metric_mismatch",
            )
    if training.regularization.label_smoothing and training.loss not in SMOOTHED_LOSSES:
        message = "This training learns ratings, and has no labels to smooth."
        hint = "Set it to 0, or use the loss cross_entropy."
        yield Misfit("training.regularization.label_smoothing", message, hint)


def _windows(spec: TrainingSpec, profile: AnyProfile) -> Iterator[Misfit]:
    """A part in which no series has room for a window. The engine, which knows all lengths, may find one more."""
    if spec.task != Task.TIME_SERIES_FORECASTING or not isinstance(profile, SeriesProfile):
        return
    series, longest = spec.training.series or SeriesSpec(), profile.longest
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
            yield Misfit(
                "training.series.context",
                f"No series is long enough: the {part} part of the split would have no window of {series.context} + "
                f"{series.horizon} steps; the longest series has {longest}.",
                f"Lower training.series.context or horizon, or raise split.{part}.",
                "dataset_too_small",
            )
            return


RULES: tuple[Callable[[TrainingSpec, AnyProfile], Iterator[Misfit]], ...] = (_split, _ratings, _windows)
