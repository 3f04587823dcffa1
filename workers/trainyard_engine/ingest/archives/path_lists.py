"""Lists of the files of a part: ``testing_list.txt`` of Speech Commands, ``train.txt``, and the ids of CUB."""

import re
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

import numpy as np
import numpy.typing as npt

from trainyard_engine.ingest.archives.named_files import NamedFiles
from trainyard_engine.ingest.encodings import UnknownEncoding, as_utf8
from trainyard_engine.ingest.problems import ProblemLog, WarningCode
from trainyard_engine.ingest.split_folders import part_of_folder
from trainyard_spec.datasets import PARTS

OF_FILES = re.compile(r"[ _-]*(list|file[ _-]?(names|list)|files|paths|ids|ind|idx|split)$", re.IGNORECASE)
"""What a list's name may say behind the part."""
IS_TRAIN, PATHS = "train_test_split", "images"
"""The two lists of CUB-200-2011: a number and 1 for train or 0 for test, and a number and a path."""


def is_list(name: str) -> bool:
    """Whether an archive's file is called like a list of the files of a part."""
    path = PurePosixPath(name)
    return path.suffix.lower() in (".txt", ".lst") and (path.stem in (IS_TRAIN, PATHS) or _part(path) is not None)


def parts_by_lists(lists: Mapping[str, bytes], names: Sequence[str], log: ProblemLog) -> npt.NDArray[np.float64] | None:
    """The part, a place in ``PARTS``, of each of the files ``names``, NaN where no list says any, float64 (files,).

    ``None`` where no lists are of two parts at least. Where none is of train, what is in no list is. A list most of
    whose lines name no file is none, with a warning.
    """
    found = _by_ids(lists, names)
    for name in sorted(lists):
        part = _part(PurePosixPath(name))
        if part is None:
            continue
        listed = _listed(_lines(lists[name]), names, folder=str(PurePosixPath(name).parent))
        if listed is None:
            log.note(WarningCode.IGNORED_FILE, "Most of its lines name no file here: it was left out.", file=name)
            continue
        found.update(dict.fromkeys(listed, part))
    given = set(found.values())
    if not given or given == {0} or (given == {2} and len(found) == len(names)):
        return None
    rest = float("nan") if 0 in given else 0
    return np.array([found.get(name, rest) for name in names], dtype=np.float64)


def without_unlisted(
    parts: npt.NDArray[np.float64], names: Sequence[str], *, thing: str, log: ProblemLog
) -> npt.NDArray[np.bool_]:
    """Which of ``names`` are in a list, bool (files,); the others become a warning."""
    listed = ~np.isnan(parts)
    if not listed.all():
        first = names[int(np.argmin(listed))]
        message = f"{int((~listed).sum()):,} of {len(names):,} {thing}s are in none of the lists of {', '.join(PARTS)}"
        message += f", the first of them {first}; they were left out."
        log.note(WarningCode.UNLISTED_FILES, message, file=first)
    return listed


def _part(path: PurePosixPath) -> int | None:
    return part_of_folder(OF_FILES.sub("", path.stem))


def _lines(content: bytes) -> list[str]:
    try:
        text = as_utf8(content)[0].decode()
    except UnknownEncoding:
        return []
    return [line.strip() for line in text.splitlines() if line.strip()]


def _listed(lines: Sequence[str], names: Sequence[str], *, folder: str) -> list[str] | None:
    """The files among ``names`` that ``lines`` begin with; ``None`` where most name none."""
    known = _Known(names)
    found = [known.find(line, folder=folder) or known.find(_first(line), folder=folder) for line in lines]
    listed = [name for name in found if name is not None]
    return listed if 2 * len(listed) > len(lines) else None


def _first(line: str) -> str:
    """The name in a line that goes on with a class or more."""
    return re.split(r"[\t,;]|\s+\S*$", line, maxsplit=1)[0]


def _by_ids(lists: Mapping[str, bytes], names: Sequence[str]) -> dict[str, int]:
    """What CUB's two lists say of ``names``."""
    by_stem = {PurePosixPath(name).stem: name for name in lists}
    if not {IS_TRAIN, PATHS} <= by_stem.keys():
        return {}
    trains, paths = ([line.split(maxsplit=1) for line in _lines(lists[by_stem[stem]])] for stem in (IS_TRAIN, PATHS))
    known, folder = _Known(names), str(PurePosixPath(by_stem[PATHS]).parent)
    files = {pair[0]: known.find(pair[1], folder=folder) for pair in paths if len(pair) == len(("id", "path"))}
    told = {pair[0]: pair[-1] for pair in trains}
    return {name: 0 if told[key] == "1" else 2 for key, name in files.items() if name and told.get(key) in ("0", "1")}


class _Known:
    """Files by how lists call them: as tables do, or by their own folder and name alone, with their ending or not."""

    def __init__(self, names: Sequence[str]) -> None:
        self._named = NamedFiles(names)
        self._by_tail: dict[str, str | None] = {}
        for name in names:
            path = PurePosixPath(name)
            for tail in (f"{path.parent.name}/{path.name}", f"{path.parent.name}/{path.stem}"):
                self._by_tail[tail] = None if tail in self._by_tail else name

    def find(self, written: str, *, folder: str) -> str | None:
        found = self._named.find(written, folder=folder)
        return found or self._by_tail.get("/".join(PurePosixPath(written.replace("\\", "/")).parts[-2:]))
