"""Disk cache of verified files by content key: compiled datasets and finished models."""

import os
import shutil
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock
from urllib.parse import quote
from uuid import uuid4

import structlog

from trainyard_spec.files import FileEntry

log = structlog.get_logger()

Fetch = Callable[[FileEntry, Path], None]
"""Brings one file to a path, complete and verified, or raises."""

PARTIAL_PREFIX = ".partial-"


class FileCache:
    """One directory per key. It appears under its key only when complete, by a rename.

    Threads may share the cache, processes may not. When ``limit_bytes`` is exceeded, least recently used directories
    are deleted, except those in use; so a set larger than the limit still works.
    """

    def __init__(self, root: Path, *, limit_bytes: int) -> None:
        self._root = root
        self._limit_bytes = limit_bytes
        self._mutex = Lock()
        self._users: Counter[Path] = Counter()
        self._filling: defaultdict[Path, Lock] = defaultdict(Lock)
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        for leftover in root.glob(f"{PARTIAL_PREFIX}*"):
            shutil.rmtree(leftover)

    @contextmanager
    def pin(self, key: str, files: Sequence[FileEntry], fetch: Fetch) -> Iterator[Path]:
        """The directory with ``files``, fetched if it is not here, kept as long as the block runs.

        Whoever asks for a key that is being fetched waits for it. Raises what ``fetch`` raises.
        """
        directory = self._root / f"{quote(key, safe='').replace('.', '%2E')}.files"
        with self._mutex:
            self._users[directory] += 1
            filling = self._filling[directory]
        try:
            with filling:
                if not _is_complete(directory, files):
                    self._fill(directory, files, fetch)
                os.utime(directory)
            yield directory
        finally:
            with self._mutex, suppress(FileNotFoundError):
                self._users[directory] -= 1
                os.utime(directory)

    def forget_unused(self, *, seconds: float) -> None:
        """Removes what was last used longer ago than ``seconds``: its owner may have deleted it since."""
        with self._mutex:
            for directory in list(self._root.glob("*.files")):
                if not self._users[directory] and directory.stat().st_mtime < time.time() - seconds:
                    _remove(directory)
                    log.info("cache_entry.expired", directory=directory.name)

    def _fill(self, directory: Path, files: Sequence[FileEntry], fetch: Fetch) -> None:
        self._make_room(sum(entry.bytes for entry in files))
        partial = self._root / f"{PARTIAL_PREFIX}{uuid4().hex}"
        partial.mkdir(mode=0o700)
        try:
            for entry in files:
                fetch(entry, partial / entry.name)
            if directory.exists():
                _remove(directory)
            partial.rename(directory)
        finally:
            shutil.rmtree(partial, ignore_errors=True)

    def _make_room(self, wanted_bytes: int) -> None:
        with self._mutex:
            oldest_first = sorted(self._root.glob("*.files"), key=lambda directory: directory.stat().st_mtime_ns)
            sizes = {directory: sum(file.stat().st_size for file in directory.iterdir()) for directory in oldest_first}
            total = sum(sizes.values()) + wanted_bytes
            for directory in oldest_first:
                if total <= self._limit_bytes:
                    return
                if not self._users[directory]:
                    _remove(directory)
                    total -= sizes[directory]
                    log.info("cache_entry.evicted", directory=directory.name)


def _is_complete(directory: Path, files: Sequence[FileEntry]) -> bool:
    try:
        return all((directory / entry.name).stat().st_size == entry.bytes for entry in files) and directory.is_dir()
    except FileNotFoundError:
        return False


def _remove(directory: Path) -> None:
    """Takes ``directory`` away in one step first, so that half of one is never seen under its key."""
    doomed = directory.with_name(f"{PARTIAL_PREFIX}{uuid4().hex}")
    directory.rename(doomed)
    shutil.rmtree(doomed)
