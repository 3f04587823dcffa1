"""Files that survive a crash: written whole, synced, named by a manifest that is checked on the way back."""

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

from trainyard_spec.files import FileEntry


class DamagedFile(Exception):
    """A file is missing, or its size or SHA-256 is not the one its manifest states."""


def describe(name: str, content: bytes) -> FileEntry:
    """The manifest entry of ``content``."""
    return FileEntry(name=name, bytes=len(content), sha256=hashlib.sha256(content).hexdigest())


def write_synced(path: Path, content: bytes) -> None:
    """Writes ``path`` and waits for the disk. Not atomic: for files that nothing names yet."""
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def write_atomically(path: Path, content: bytes) -> FileEntry:
    """Puts ``content`` at ``path`` so that a crash leaves the old file or the new one, never a part."""
    temporary = path.with_name(f".{path.name}.part")
    write_synced(temporary, content)
    temporary.replace(path)
    sync_directory(path.parent)
    return describe(path.name, content)


def sync_directory(path: Path) -> None:
    """Makes renames and new names in the directory ``path`` durable."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sha256_of(path: Path) -> str:
    """Hex SHA-256 of a file's content, read in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


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
