"""Resource use of a tree of confined processes, measured from outside: disk (``du(1)``) and memory (``proc(5)``).

Limits of ``setrlimit(2)`` apply to one process or one file. These limits apply to all processes together, on any host,
without control groups: the parent measures periodically and kills the processes when ``excess`` reports one. A limit
may therefore be exceeded for the time between two measurements.
"""

import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from itertools import islice
from pathlib import Path

from trainyard_common.untrusted import Untrustworthy, open_directory

MOST_ENTRIES = 100_000
"""Files and directories that one attempt may leave: a file system can run out of those as well."""
DEEPEST = 64
"""Directories in directories. What lies further down is not counted, it is refused."""
BLOCK_BYTES = 512
TEMPORARY = ("tmp", "dev/shm")
"""The file systems in memory of a sandbox, as its root shows them."""
KIBIBYTE = 1024


class Resource(StrEnum):
    DISK = "disk"
    FILES = "files"
    MEMORY = "memory"


@dataclass(frozen=True, slots=True)
class Excess:
    """``used`` exceeds ``limit``, in bytes or files. If the measurement was cut short, ``used`` is a lower bound."""

    resource: Resource
    used: int
    limit: int

    def __str__(self) -> str:
        if self.resource is Resource.FILES:
            return f"more than {self.limit:,} files and directories, or deeper or more hidden ones than it may"
        return f"more than {self.limit / 2**20:,.0f} MiB of {self.resource}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """Limits of all files below ``directories`` (``disk_bytes``) and of all processes together (``memory_bytes``)."""

    directories: Sequence[Path]
    disk_bytes: int
    memory_bytes: int | None = None

    def excess(self, pid: int | None) -> Excess | None:
        """Excess use of the directories, and of the process ``pid`` and all that it started, where one is given."""
        pids = [] if pid is None else list(descendants(pid))
        try:
            used = disk_bytes(self.directories) + unlinked_bytes(pids, _devices(self.directories))
        except _TooMany:
            return Excess(Resource.FILES, MOST_ENTRIES, MOST_ENTRIES)
        if used > self.disk_bytes:
            return Excess(Resource.DISK, used, self.disk_bytes)
        if pids and self.memory_bytes is not None:
            memory = memory_bytes(pids, above=self.memory_bytes)
            if memory > self.memory_bytes:
                return Excess(Resource.MEMORY, memory, self.memory_bytes)
        return None


class _TooMany(Exception):
    """There are more directory entries than the limit, or entries that cannot be read."""


def disk_bytes(directories: Iterable[Path]) -> int:
    """What all below ``directories`` takes of the disk. No link is followed; a file of several names counts once."""
    total, entries, seen = 0, 0, set()
    for root in directories:
        waiting = [Path()]
        while waiting:
            for name, about in _entries(root, here := waiting.pop()):
                entries += 1
                if entries > MOST_ENTRIES:
                    raise _TooMany
                if stat.S_ISDIR(about.st_mode):
                    waiting.append(here / name)
                elif about.st_nlink > 1:
                    if (identity := (about.st_dev, about.st_ino)) in seen:
                        continue
                    seen.add(identity)
                total += about.st_blocks * BLOCK_BYTES
    return total


def _entries(root: Path, path: Path) -> list[tuple[str, os.stat_result]]:
    if len(path.parts) > DEEPEST:
        raise _TooMany
    try:
        descriptor = open_directory(root, path)
    except (Untrustworthy, FileNotFoundError):
        if not _is_closed(root, path):
            return []  # It was replaced, or went, since it was listed.
        raise _TooMany from None
    except PermissionError:
        raise _TooMany from None
    try:
        with os.scandir(descriptor) as listed:
            return list(_described(islice(listed, MOST_ENTRIES + 1)))
    except PermissionError:
        raise _TooMany from None
    finally:
        os.close(descriptor)


def _described(entries: Iterable[os.DirEntry[str]]) -> Iterator[tuple[str, os.stat_result]]:
    for entry in entries:
        with suppress(FileNotFoundError):
            yield entry.name, entry.stat(follow_symlinks=False)


def _is_closed(root: Path, path: Path) -> bool:
    """Whether there is a directory that keeps even its owner out."""
    try:
        return stat.S_ISDIR((root / path).lstat().st_mode)
    except PermissionError:
        return True
    except OSError:
        return False


def _devices(directories: Iterable[Path]) -> set[int]:
    found = set()
    for directory in directories:
        with suppress(OSError):
            found.add(directory.stat().st_dev)
    return found


def descendants(pid: int) -> Iterator[int]:
    """``pid`` and all processes that it has started, as ``/proc`` has them now."""
    waiting = [pid]
    while waiting:
        yield (parent := waiting.pop())
        with suppress(OSError):
            for thread in Path(f"/proc/{parent}/task").iterdir():
                with suppress(OSError):
                    waiting += map(int, (thread / "children").read_text().split())


def unlinked_bytes(pids: Iterable[int], devices: set[int]) -> int:
    """What open files without a name take of the file systems ``devices``."""
    return sum(about.st_blocks * BLOCK_BYTES for about in _unlinked(pids) if about.st_dev in devices)


def _unlinked(pids: Iterable[int]) -> list[os.stat_result]:
    found: dict[tuple[int, int], os.stat_result] = {}
    for pid in pids:
        with suppress(OSError):
            for descriptor in Path(f"/proc/{pid}/fd").iterdir():
                with suppress(OSError):
                    about = descriptor.stat()
                    if stat.S_ISREG(about.st_mode) and about.st_nlink == 0:
                        found[about.st_dev, about.st_ino] = about
    return list(found.values())


def memory_bytes(pids: Sequence[int], *, above: int = 0) -> int:
    """Private and shared memory of all ``pids``, with what they keep in file systems in memory.

    A page that several of them share counts once among them (``Pss``). To add that up takes the kernel a while: where
    less exact figures, which are never lower, stay below ``above``, those are told.
    """
    files = _temporary_bytes(pids)
    roughly = sum(_figures(Path(f"/proc/{pid}/status"), ("RssAnon:", "RssShmem:")) for pid in pids) + files
    if roughly <= above:
        return roughly
    exact = [Path(f"/proc/{pid}/smaps_rollup") for pid in pids]
    private = sum(_figures(path, ("Pss_Anon:",)) for path in exact)
    # What is mapped of a file in memory is a part of what that file takes.
    return private + max(sum(_figures(path, ("Pss_Shmem:",)) for path in exact), files)


def _temporary_bytes(pids: Sequence[int]) -> int:
    """Bytes of files in the sandbox's own memory file systems, and of files without a name (``memfd_create``)."""
    total, own = 0, set()
    for name in TEMPORARY:
        with suppress(OSError):
            place, host = Path(f"/proc/{pids[0]}/root/{name}"), Path(f"/{name}")
            if (device := place.stat().st_dev) != host.stat().st_dev and device not in own:
                own.add(device)
                figures = os.statvfs(place)
                total += (figures.f_blocks - figures.f_bfree) * figures.f_frsize
    return total + unlinked_bytes(pids, {_anonymous_device()})


@cache
def _anonymous_device() -> int:
    """The device that files of ``memfd_create`` are on."""
    descriptor = os.memfd_create("device", os.MFD_CLOEXEC)
    try:
        return os.fstat(descriptor).st_dev
    finally:
        os.close(descriptor)


def _figures(path: Path, names: tuple[str, ...]) -> int:
    """The sum of the lines ``names`` of one of the kernel's tables, in bytes; 0 once its process has ended."""
    with suppress(OSError):
        lines = path.read_text().splitlines()
        return sum(int(line.split()[1]) * KIBIBYTE for line in lines if line.startswith(names))
    return 0
