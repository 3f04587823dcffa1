"""The files of an archive by the names that the rows of a table give them."""

import posixpath
import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import PurePosixPath

from trainyard_engine.ingest.archives.archive_names import normalized

FILE_COLUMNS = ("file", "file_name", "filename", "image", "path", "audio", "audio_filepath", "wav_filename")
"""What the column of a table that names the files is called, the first of these that there is, in any letters."""


ELSEWHERE = re.compile(r"/|[A-Za-z]:[\\/]|[a-z0-9]+://")


def _stem(name: str) -> str:
    return str(PurePosixPath(name).with_suffix(""))


SPELLINGS: tuple[Callable[[str], str], ...] = (
    str,
    _stem,
    str.casefold,
    posixpath.basename,
    lambda name: _stem(posixpath.basename(name)),
)
"""How a table may name a file: as it is, without its ending, in other letters, or without its folders, with its ending
or not."""


class NamedFiles:
    """Finds files as they are seen from a table's folder, each spelling where only one file fits it."""

    def __init__(self, names: Iterable[str]) -> None:
        self._by_spelling: list[dict[str, list[str]]] = [defaultdict(list) for _ in SPELLINGS]
        for name in names:
            for spelling, found in zip(SPELLINGS, self._by_spelling, strict=True):
                found[spelling(name)].append(name)

    def find(self, written: str, *, folder: str) -> str | None:
        """The file that a table in ``folder`` calls ``written``; ``None`` if it is none, or may be several."""
        path = as_seen_from(folder, written)
        alone = normalized(written.strip())
        asked = (path, path, path.casefold(), alone, alone)
        for text, by_name in zip(asked, self._by_spelling, strict=True):
            fitting = by_name.get(text, ())
            if len(fitting) == 1:
                return fitting[0]
        # A whole path is one of another machine, or of where the file was fetched from.
        fitting = self._by_spelling[3].get(posixpath.basename(alone), ()) if ELSEWHERE.match(written.strip()) else ()
        return fitting[0] if len(fitting) == 1 else None


def as_seen_from(folder: str, written: str) -> str:
    """The name in the archive of what a table in ``folder`` calls ``written``."""
    return posixpath.normpath(normalized(f"{folder}/{written.strip()}"))
