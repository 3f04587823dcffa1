"""Atomic file I/O with a manifest: files that survive a crash, and are checked on the way back."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from trainyard_common.atomic_io import sha256_of, write_atomically
from trainyard_spec.files import FileEntry


class DamagedFile(Exception):
    """A file is missing, or its size or SHA-256 is not the one its manifest states."""


def describe(name: str, content: bytes) -> FileEntry:
    """The manifest entry of ``content``."""
    return FileEntry(name=name, bytes=len(content), sha256=hashlib.sha256(content).hexdigest())


def write_described(path: Path, content: bytes) -> FileEntry:
    """Writes ``path`` atomically and returns its manifest entry. Raises ``OSError``."""
    write_atomically(path, content)
    return describe(path.name, content)


def check_files(directory: Path, entries: Iterable[FileEntry]) -> None:
    """Raises ``DamagedFile`` unless every entry's file lies in ``directory`` with its size and SHA-256."""
    for entry in entries:
        path = directory / entry.name
        if not path.is_file():
            raise DamagedFile(f"{entry.name} is missing")
        if path.stat().st_size != entry.bytes:
            raise DamagedFile(f"{entry.name} has {path.stat().st_size} bytes instead of {entry.bytes}")
        if sha256_of(path) != entry.sha256:
            raise DamagedFile(f"{entry.name} does not have the SHA-256 of its manifest")
