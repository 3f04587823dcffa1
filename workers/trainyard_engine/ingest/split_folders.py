"""Parts of a split under the names that people give them, and folders that are such parts."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path, PurePosixPath

import numpy as np
import numpy.typing as npt

from trainyard_engine.ingest.output import NpyFile
from trainyard_engine.ingest.problems import ProblemCode, ProblemLog, WarningCode
from trainyard_engine.ingest.request import CompileRequest
from trainyard_spec.datasets import PARTS
from trainyard_spec.files import FileEntry

SPLIT_FILE = "split_split.npy"
FOLDERS = "folders"
"""The option ``split`` of an archive whose folders are the parts."""
SUFFIX = r"[ _-]*(set|split|data|dataset|images?|imgs?|audio|files?|part|fold)?[ _-]*\d*"
PREFIX = r"(?:[a-z0-9]+[_-]+)?"
"""What a folder's name may say of the data before it says which part it is: ``seg_train``, ``cifar10-test``."""
SPELLINGS = tuple(
    re.compile(f"({names}){SUFFIX}", re.IGNORECASE)
    for names in (
        "train|training",
        "val|valid|validation|validate|dev|devel|development|eval|evaluation",
        "test|testing|hold[ _-]*out",
    )
)
"""What a part is called, in the order of ``PARTS``."""
UNLABELLED = re.compile(f"(unlabell?ed|unsup|unsupervised){SUFFIX}", re.IGNORECASE)
NO_CLASS = re.compile(f"{UNLABELLED.pattern}|_background_noise_", re.IGNORECASE)
"""A folder among class folders that is none: of files without a class, or of noise that is to be mixed into others."""

LEAST_HALVED = 2
"""Validation rows of which one may test where nothing else does."""
OF_CONLL = {"train": 0, "testa": 1, "valid": 1, "dev": 1, "testb": 2, "test": 2}
"""Endings of files that are parts."""
SHARD = re.compile(r"-\d{5}-of-\d{5}$")
"""What the file of a part may end in that comes in several, as the datasets of Hugging Face do."""
FOLD = re.compile(r"(fold|shard|chunk)[ _-]*\d+", re.IGNORECASE)
"""What a folder of an evaluation by cross-validation, or of a part of many files, is called."""
ROLE = re.compile(
    r"(jpeg|left|source)?[ _-]*(images?|imgs?|leftimg8bit|pictures?|photos?)|(seg|gt|binary)?[ _-]*(masks?|trimaps?)|"
    r"(pixel)?[ _-]*labels?|annotations?|segmentation(class|object)?|ground[ _-]?truths?|gt(fine|coarse)?",
    re.IGNORECASE,
)
"""What folders are called that hold pictures here, and there masks or notes of them."""


def split_columns(request: CompileRequest) -> dict[str, str]:
    """What the options by which rows are split say, by option: columns, or of archives ``FOLDERS``."""
    options = request.options
    named = {"time": options.time, "group": options.group, "split": options.split}
    return {option: column for option, column in named.items() if column is not None}


def columns_of_files(request: CompileRequest) -> dict[str, str]:
    """Options that are columns of an archive's table."""
    named = split_columns(request).items()
    return {option: column for option, column in named if (option, column) != ("split", FOLDERS)}


def part_of(name: str) -> int | None:
    """The place in ``PARTS`` of the part that is called ``name``; ``None`` if it is the name of none."""
    return next((place for place, spelling in enumerate(SPELLINGS) if spelling.fullmatch(name.strip())), None)


def part_of_folder(name: str) -> int | None:
    """As ``part_of``, whatever word stands before it."""
    part = part_of(name)
    return part_of(re.sub(f"^{PREFIX}", "", name, flags=re.IGNORECASE)) if part is None else part


def part_of_table(name: str) -> int | None:
    """The place in ``PARTS`` that a table is called by: ``data/train-00000-of-00002.parquet``, or ``test/data.csv``."""
    path = PurePosixPath(name)
    stem = SHARD.sub("", path.stem)
    part = part_of_folder(stem)
    if part is None:  # ``de_gsd-ud-train.conllu``, and ``eng.testa`` of CoNLL-2003
        last = path.suffix[1:] if path.suffix[1:] in OF_CONLL else re.split(r"[-_.]", stem)[-1]
        part = OF_CONLL.get(last, part_of(last))
    return part_of_folder(path.parent.name) if part is None and path.parent.name else part


def are_parts(folders: Iterable[str]) -> bool:
    """Whether folders can hardly be classes: all are called like parts, of at least two kinds, or unlabelled.

    What stands before a part's name is the same in all of them.
    """
    names = [*folders]
    words = {found[0] if (found := re.match(PREFIX, name, re.IGNORECASE)) else "" for name in names}
    shared = len(words.pop()) if len(words) == 1 else 0
    kinds = {len(PARTS) if UNLABELLED.fullmatch(name[shared:]) else part_of(name[shared:]) for name in names}
    return len(kinds) > 1 and None not in kinds


@dataclass(frozen=True, slots=True)
class Placed:
    """The part of each file, a place in ``PARTS``, and its name below the part's folder."""

    parts: dict[str, int]
    below: dict[str, str]


def placed(names: Iterable[str], *, top: str, log: ProblemLog) -> Placed:
    """The files ``names`` by the folders that are the parts, below the folders ``top`` that hold everything.

    Raises ``Rejected`` when a folder is no part, or a file lies outside of them.
    """
    found = Placed({}, {})
    folders = top.split("/")[:-1]
    at = next((place for place, folder in enumerate(folders) if part_of_folder(folder) is not None), len(folders))
    begin = sum(len(folder) + 1 for folder in folders[:at])
    strangers: set[str] = set()
    for name in names:
        folder, _, rest = name[begin:].partition("/")
        part = part_of_folder(folder) if rest else None
        if part is None:
            strangers.add(folder if rest else name)
        else:
            found.parts[name] = part
            found.below[name] = rest.removeprefix(f"{folder}/")  # some unpack an archive into a folder of its own name
    for stranger in sorted(strangers):
        message = f"With split: {FOLDERS} the first folders are {', '.join(PARTS)}, and {stranger} is none of them."
        log.add(ProblemCode.SPLIT_FOLDERS, f"{message} Move it into one, or leave it out.")
    log.raise_if_any()
    return found


def held_back(
    parts: npt.ArrayLike, names: Sequence[str], log: ProblemLog, *, classes: Sequence[str] = ()
) -> npt.NDArray[np.float64]:
    """``parts``, places in ``PARTS``, of the files ``names``, whose ``classes`` are known or not, float64 (files,).

    Where none of them tests, half of those that validate do, with a warning: every second one in the order of its
    class and of the SHA-256 of its name, which neighbours in a film or of a patient do not share. For validation
    itself a job draws from what trains. Raises ``Rejected`` when nothing trains, or too little is held back to test.
    """
    found = np.array(parts, dtype=np.float64)
    train, val, test = PARTS
    validating = np.flatnonzero(found == 1).tolist()
    if not (found == 0).any():
        log.reject(ProblemCode.SPLIT_FOLDERS, f"Nothing is in {train}: without it there is nothing to learn from.")
    if (found == 2).any():
        return found
    if len(validating) < LEAST_HALVED:
        message = f"Nothing is in {test}. Add it: a job draws its validation rows from {train} where none are given,"
        log.reject(ProblemCode.SPLIT_FOLDERS, f"{message} but what tests is never drawn from it.")
    validating.sort(key=lambda at: (classes[at] if classes else "", sha256(names[at].encode()).digest()))
    found[validating[1::2]] = 2
    message = f"Nothing is in {test}. So half of what is in {val}, {len(validating[1::2]):,} of {len(validating):,} by"
    message += f" lot and of each class alike, tests, and the others validate. Add a folder or rows called {test}"
    log.note(WarningCode.TEST_FROM_VALIDATION, f"{message} to test by others.")
    return found


def rows_of_parts(directory: Path) -> tuple[int, int, int] | None:
    """How many rows of the dataset compiled into ``directory`` each part was given; ``None`` if none was given any."""
    file = directory / SPLIT_FILE
    if not file.exists():
        return None
    train, val, test = np.bincount(np.load(file).astype(np.int64), minlength=len(PARTS)).tolist()
    return train, val, test


def write_parts(parts: Iterable[int], directory: Path) -> FileEntry:
    """``split_split.npy``, float64 (rows,), of the part of each row."""
    return write_split("split", np.fromiter(parts, dtype=np.float64), directory)


def write_split(option: str, values: npt.NDArray[np.float64], directory: Path) -> FileEntry:
    """``split_time.npy`` and so on, of what the column that ``option`` names says of each row, float64 (rows,)."""
    with NpyFile(directory / f"split_{option}.npy", dtype=np.float64, shape=values.shape) as file:
        file.write(0, values)
        return file.finish()
