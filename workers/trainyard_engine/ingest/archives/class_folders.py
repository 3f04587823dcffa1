"""The classes of an archive's files: one folder each."""

import os
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePosixPath

import numpy as np
import numpy.typing as npt

from trainyard_engine.ingest.archives.file_targets import FileTargets
from trainyard_engine.ingest.archives.unlabelled_files import note_unlabelled
from trainyard_engine.ingest.classes import check_classes, in_order
from trainyard_engine.ingest.problems import ProblemCode, ProblemLog, WarningCode
from trainyard_engine.ingest.request import CompileRequest
from trainyard_engine.ingest.split_folders import (
    FOLD,
    FOLDERS,
    NO_CLASS,
    ROLE,
    are_parts,
    held_back,
    part_of_folder,
    placed,
)
from trainyard_spec.datasets import PARTS

CLASS_AND_NUMBER = re.compile(r"([^\W\d_](?:.*[^\W\d_])?)([ ._-]*)\(?(\d+)\)?")
"""A file's name, but for its ending, that is a class and a number: ``cat.0``, ``great_pyrenees_12``, ``dog (3)``."""
NO_CLASS_NAME = re.compile(
    r"(img|image|pic|picture|photo|dsc[nf]?|p|pxl|scan|frame|screen ?shot|file|sample|data|item|page|untitled|copy|crop"
    r"|audio|rec|recording|clip|sound|track|voice|wav|vid|video|mvi?)",
    re.IGNORECASE,
)
"""What cameras and programs, and not people, begin the names of files with."""


def classes_by_folder(names: list[str], *, thing: str, request: CompileRequest, log: ProblemLog) -> FileTargets:
    """The classes of the files ``names``, at least one. Raises ``Rejected`` when they cannot be learnt.

    ``thing`` is what a sentence calls one such file.
    """
    limits = request.limits
    _check_no_columns(thing, request, log)
    labels, parts = _labels_and_parts(names, thing=thing, request=request, log=log)
    classes = in_order(set(labels.values()))
    counted = Counter(labels.values())
    counts = tuple(counted[label] for label in classes)
    if len(labels) < limits.least_rows:
        message = f"There are {len(labels)} {thing}s; at least {limits.least_rows} are needed. Add more."
        log.add(ProblemCode.TOO_FEW_ROWS, message)
    if len(classes) > limits.classes or len(max(classes, key=len, default="")) > limits.label_characters:
        message = f"At most {limits.classes:,} classes with names of up to {limits.label_characters} characters work."
        log.reject(ProblemCode.TOO_MANY_CLASSES, message)
    check_classes(classes, counts, things=f"{thing}s", column=None, log=log, limits=limits)
    log.raise_if_any()
    _note_similar(classes, log)
    index = {label: position for position, label in enumerate(classes)}
    return FileTargets(
        names=list(labels),
        classes=classes,
        counts=counts,
        values=np.array([index[label] for label in labels.values()], dtype=np.int64),
        splits=parts,
        split_by=dict.fromkeys(parts, FOLDERS),
        told_by={},
    )


def _check_no_columns(thing: str, request: CompileRequest, log: ProblemLog) -> None:
    """Raises ``Rejected`` for options that name columns: there is no table."""
    for option in ("time", "group"):
        if getattr(request.options, option) is not None:
            message = f"The option {option} names a column, and {thing}s in class folders have none. Leave it out"
            instead = ", or put a labels.csv into the archive and name its column to predict: option target."
            can = "target" in request.task.traits.options
            log.add(ProblemCode.OPTION_NOT_USED, message + (instead if can else "."), file=request.filename)
    log.raise_if_any()


def _labels_and_parts(
    names: list[str], *, thing: str, request: CompileRequest, log: ProblemLog
) -> tuple[dict[str, str], dict[str, npt.NDArray[np.float64]]]:
    """The class of each file and, if the folders say them, by the option split their parts. Raises ``Rejected``."""
    top = common_top(names)
    if request.options.split is None:
        if named := _classes_in_names(names, thing=thing, request=request, log=log):
            return named, {}
        folders = _folders({name: name[len(top) :] for name in names})
        _check_no_parts(set(folders.values()), thing=thing, log=log)
        log.raise_if_any()
        return _labelled(names, folders, thing=thing, log=log), {}
    if request.options.split != FOLDERS:
        message = f"The option split of an archive is {FOLDERS}, for one with the folders {', '.join(PARTS)}."
        log.reject(ProblemCode.OPTION_NOT_USED, message, file=request.filename)
    found = placed(names, top=top, log=log)
    labels = _labelled(names, _folders(found.below), thing=thing, log=log)
    parts = held_back([found.parts[name] for name in labels], [*labels], log, classes=[*labels.values()])
    _check_trained(labels, found.parts, thing=thing, log=log)
    log.raise_if_any()
    return labels, {"split": parts}


def _classes_in_names(
    names: Sequence[str], *, thing: str, request: CompileRequest, log: ProblemLog
) -> dict[str, str] | None:
    """The class of each file where all lie in one folder and each is called by a class and a number, with a warning.

    ``None`` where a name may say something else: what cameras call files, parts, or a class of hardly any file.
    """
    found = {name: CLASS_AND_NUMBER.fullmatch(PurePosixPath(name).stem) for name in names}
    labels = {name: match[1] for name, match in found.items() if match}
    counts = Counter(labels.values())
    is_clear = (
        len({name.rpartition("/")[0] for name in names}) == 1
        and len(labels) == len(names)
        and len({match[2] for match in found.values() if match}) == 1
        and len(counts) > 1
        and min(counts.values()) >= request.limits.least_rows_per_class
        and not any(NO_CLASS_NAME.fullmatch(label) or part_of_folder(label) is not None for label in counts)
    )
    if not is_clear:
        return None
    listed = f"{', '.join(sorted(counts)[:5])}{', …' if len(counts) > 5 else ''}"
    message = f"No folder tells the {thing}s' classes, so what their names begin with does: {listed}. If these are no"
    log.note(WarningCode.CLASSES_IN_NAMES, f"{message} classes, put each {thing} into the folder of its class.")
    return labels


def _note_similar(classes: Sequence[str], log: ProblemLog) -> None:
    by_case: dict[str, list[str]] = {}
    for label in classes:
        by_case.setdefault(label.casefold(), []).append(label)
    for alike in by_case.values():
        if len(alike) > 1:
            message = f"The classes {' and '.join(alike)} differ only in upper and lower case. Are they one?"
            log.note(WarningCode.SIMILAR_CLASSES, message)


def _folders(below: Mapping[str, str]) -> dict[str, str]:
    """The first folder of each file's name ``below`` what is no class, of those that lie in one, in the order given."""
    split = {name: rest.partition("/") for name, rest in below.items()}
    return {name: folder for name, (folder, separator, _) in split.items() if separator}


def _labelled(names: Sequence[str], folders: Mapping[str, str], *, thing: str, log: ProblemLog) -> dict[str, str]:
    """``folders`` that are classes. What lies in another, or in none, is told. Raises ``Rejected``."""
    unlabelled = Counter(folder for folder in folders.values() if NO_CLASS.fullmatch(folder))
    for folder, count in unlabelled.items():
        message = f"The {count:,} {thing}s in {folder} are of no class, by that name, and were left out."
        log.note(WarningCode.UNLABELLED_ROWS, message, file=folder)
    outside = [name for name in names if name not in folders]
    note_unlabelled(
        [name for name in names if folders.get(name) not in unlabelled],
        outside,
        things=f"{thing}s",
        lack="lie outside any class folder",
        hint="Put each into the folder of its class, or call each by its class and a number, such as cat_12.",
        code=ProblemCode.NO_CLASS_FOLDER,
        log=log,
    )
    return {name: folder for name, folder in folders.items() if folder not in unlabelled}


def _check_no_parts(folders: set[str], *, thing: str, log: ProblemLog) -> None:
    if len(folders) == 1 and part_of_folder(min(folders)) is not None:
        message = f"The only folder, {min(folders)}, is a part of a split, and no class. Put {thing}s into a folder of"
        message += " their class, or name the classes in a labels.csv (option target). Notes of where in a picture"
        log.add(ProblemCode.SPLIT_FOLDERS, f"{message} something is (COCO, YOLO, Pascal VOC) are not read.")
    listed = ", ".join(sorted(folders)[:5])
    if len(folders) > 1 and all(map(FOLD.fullmatch, folders)):
        message = f"The folders {listed} are folds, not classes. Name a column of the archive's table: option"
        message += f" target. Or put {thing}s of one class into one folder."
        log.add(ProblemCode.SPLIT_FOLDERS, message)
    elif len(folders) > 1 and all(map(ROLE.fullmatch, folders)):
        message = f"The folders {listed} hold {thing}s and what belongs to them, not classes. No task tells where in a"
        log.add(ProblemCode.SPLIT_FOLDERS, f"{message} picture something is; for classes make a folder of each.")
    elif are_parts(folders):
        log.add(
            ProblemCode.SPLIT_FOLDERS,
            f"The folders {', '.join(sorted(folders))} are parts of a split, not classes. To use them as they are, make"
            f" a dataset with the option split: {FOLDERS}, with class folders in each of train, val and test. Or put"
            f" the {thing}s of one class into one folder: then a job makes the split.",
        )


def _check_trained(labels: Mapping[str, str], parts: Mapping[str, int], *, thing: str, log: ProblemLog) -> None:
    trained = {label for name, label in labels.items() if parts[name] == 0}
    for label in sorted(set(labels.values()) - trained):
        message = f"Class {label!r} has no {thing} in {PARTS[0]}. Add some, or leave the class out."
        log.add(ProblemCode.CLASS_TOO_SMALL, message)


def common_top(names: Iterable[str]) -> str:
    """The folders, each with its slash, that hold all files and hold them in folders; or nothing."""
    folders = {name.rpartition("/")[0] for name in names}
    shared = [folder for folder in os.path.commonpath(folders).split("/") if folder]
    # The last folder of a file is its class.
    depth = min(len(shared), *(folder.count("/") for folder in folders))
    return "".join(f"{folder}/" for folder in shared[:depth])
