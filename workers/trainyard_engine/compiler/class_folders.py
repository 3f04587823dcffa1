"""The classes of an archive's files: one folder each."""

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from trainyard_engine.compiler.classes import check_classes, in_order
from trainyard_engine.compiler.limits import Limits
from trainyard_engine.compiler.problems import ProblemCode, ProblemLog, WarningCode

SPLIT_FOLDERS = frozenset({"train", "training", "test", "testing", "val", "valid", "validation"})


@dataclass(frozen=True, slots=True)
class FolderClasses:
    """``counts`` go with ``classes``; ``target`` is the index of each file's class, in the order of the rows."""

    classes: tuple[str, ...]
    counts: tuple[int, ...]
    target: dict[str, int]


def classes_by_folder(names: list[str], *, thing: str, log: ProblemLog, limits: Limits) -> FolderClasses:
    """The classes of the files ``names``, at least one. Raises ``Rejected`` when they cannot be learnt.

    ``thing`` is what a sentence calls one such file.
    """
    labels = _labels(names, thing=thing, log=log)
    log.raise_if_any()
    classes = in_order(set(labels.values()))
    counted = Counter(labels.values())
    counts = tuple(counted[label] for label in classes)
    if len(names) < limits.least_rows:
        message = f"There are {len(names)} {thing}s; at least {limits.least_rows} are needed. Add more."
        log.add(ProblemCode.TOO_FEW_ROWS, message)
    if len(classes) > limits.classes or len(max(classes, key=len)) > limits.label_characters:
        message = f"At most {limits.classes:,} classes with names of up to {limits.label_characters} characters work."
        log.reject(ProblemCode.TOO_MANY_CLASSES, message)
    check_classes(classes, counts, things=f"{thing}s", column=None, log=log, limits=limits)
    log.raise_if_any()
    _note_similar(classes, log)
    index = {label: position for position, label in enumerate(classes)}
    return FolderClasses(classes, counts, {name: index[label] for name, label in labels.items()})


def _note_similar(classes: Sequence[str], log: ProblemLog) -> None:
    by_case: dict[str, list[str]] = {}
    for label in classes:
        by_case.setdefault(label.casefold(), []).append(label)
    for alike in by_case.values():
        if len(alike) > 1:
            message = f"The classes {' and '.join(alike)} differ only in upper and lower case. Are they one?"
            log.note(WarningCode.SIMILAR_CLASSES, message)


def _labels(names: list[str], *, thing: str, log: ProblemLog) -> dict[str, str]:
    """The class of each file, in the order of ``names``: its first folder, below a folder that all share."""
    below = len(common_top(names))
    labels: dict[str, str] = {}
    for name in names:
        folder, separator, _ = name[below:].partition("/")
        if separator:
            labels[name] = folder
        else:
            message = f"This {thing} lies outside any class folder. Put it into the folder of its class."
            log.add(ProblemCode.NO_CLASS_FOLDER, message, file=name)
    classes = set(labels.values())
    if len(classes) > 1 and {label.lower() for label in classes} <= SPLIT_FOLDERS:
        log.add(
            ProblemCode.SPLIT_FOLDERS,
            f"The folders {', '.join(sorted(classes))} are parts of a split, not classes. Put the {thing}s of one class"
            " into one folder; the split is made from the job's own settings.",
        )
    return labels


def common_top(names: Iterable[str]) -> str:
    """The folders, each with its slash, that hold all files and hold them in folders; or nothing."""
    folders = {name.rpartition("/")[0] for name in names}
    shared = [folder for folder in os.path.commonpath(folders).split("/") if folder]
    # The last folder of a file is its class.
    depth = min(len(shared), *(folder.count("/") for folder in folders))
    return "".join(f"{folder}/" for folder in shared[:depth])
