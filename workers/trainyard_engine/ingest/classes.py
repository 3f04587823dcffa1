"""The rules that hold for the classes of every classification."""

import math
from collections.abc import Iterable, Sequence

from trainyard_engine.ingest.limits import IngestLimits
from trainyard_engine.ingest.problems import ProblemCode, ProblemLog

MOST_TOLD = 20
"""Of more classes than these that are mostly rare, each is no longer told by itself."""


def in_order(labels: Iterable[str]) -> tuple[str, ...]:
    """Labels by name, or by value when every one is a finite number ("9" before "10")."""
    ordered = sorted(labels)
    numbers = {label: _number(label) for label in ordered}
    if all(math.isfinite(number) for number in numbers.values()):
        ordered.sort(key=numbers.__getitem__)
    return tuple(ordered)


def _number(label: str) -> float:
    try:
        return float(label)
    except ValueError:
        return math.nan


def check_labels(
    labels: Sequence[str],
    counts: Sequence[int],
    *,
    rows: int,
    column: str | None,
    log: ProblemLog,
    limits: IngestLimits,
) -> None:
    """Adds a problem when all ``rows`` have the same labels, and for each that too few have."""
    if all(count in (0, rows) for count in counts):
        message = "All rows have the same labels, or none. Add rows with others."
        log.add(ProblemCode.ONE_CLASS, message, column=column)
        return
    for label, count in zip(labels, counts, strict=True):
        if count < limits.least_rows_per_class:
            log.add(
                ProblemCode.CLASS_TOO_SMALL,
                f"Label {label!r} is that of {count} rows, and {limits.least_rows_per_class} are needed, one each for"
                " training, validation and test. Add rows with this label or leave it out.",
                column=label if column is None else column,
            )


def check_classes(
    classes: Sequence[str],
    counts: Sequence[int],
    *,
    things: str,
    column: str | None,
    log: ProblemLog,
    limits: IngestLimits,
) -> None:
    """Adds a problem when classes are too few or too small. ``things`` names what is counted, rows or images."""
    if len(classes) == 1:
        log.add(
            ProblemCode.ONE_CLASS,
            f"All {things} belong to the class {classes[0]!r}. Add {things} of at least one other class.",
            column=column,
        )
    too_small = sum(count < limits.least_rows_per_class for count in counts)
    if column is not None and 2 * too_small > len(classes) > MOST_TOLD:
        are_numbers = all(math.isfinite(_number(label)) for label in classes)
        advice = "Learn them as numbers, by a task of regression, or choose a column of classes."
        if not are_numbers:
            advice = f"Is it a column of texts, names or ids, such as {classes[0]!r}? Choose a column of classes."
        message = (
            f"The target holds {len(classes):,} different {'numbers' if are_numbers else 'values'}, of which"
            f" {too_small:,} stand in fewer than {limits.least_rows_per_class} {things}. {advice}"
        )
        log.add(ProblemCode.CLASS_TOO_SMALL, message, column=column)
        return
    for label, count in zip(classes, counts, strict=True):
        if count < limits.least_rows_per_class:
            log.add(
                ProblemCode.CLASS_TOO_SMALL,
                f"Class {label!r} has {count} of the {limits.least_rows_per_class} {things} it needs, one each for"
                f" training, validation and test. Add {things} of this class or leave it out.",
                column=column,
            )
