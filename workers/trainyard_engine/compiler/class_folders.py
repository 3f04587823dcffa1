"""The classes of an archive's files: one folder each."""

from collections.abc import Iterable

from trainyard_engine.compiler.problems import ProblemCode, ProblemLog

SPLIT_FOLDERS = frozenset({"train", "training", "test", "testing", "val", "valid", "validation"})


def labels_by_folder(names: list[str], *, thing: str, log: ProblemLog) -> dict[str, str]:
    """The class of each file, in the order of ``names``: its first folder, below a folder that all share.

    ``thing`` is what a sentence calls one such file.
    """
    below = len(_common_top(names))
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


def _common_top(names: Iterable[str]) -> str:
    """The folder, with its slash, that holds all files and holds them in folders; or nothing."""
    tops = {name.split("/")[0] for name in names}
    has_folders = all(name.count("/") >= 2 for name in names)
    return f"{tops.pop()}/" if len(tops) == 1 and has_folders else ""
