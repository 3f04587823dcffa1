"""Atomic and durable file I/O: written whole, synced (``fsync(2)``), put in place by ``rename(2)``."""

import hashlib
import os
from pathlib import Path

PRIVATE = 0o600
"""Mode of a file that its owner alone may read and write."""
ORDINARY = 0o666
"""Mode of a file that has no secrets; the process's umask takes from it."""


def sync_path(path: Path) -> None:
    """Waits until the file ``path``, or the names in the directory ``path``, are on the disk. Raises ``OSError``."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_synced(path: Path, content: bytes, *, mode: int = ORDINARY) -> None:
    """Writes ``path`` and waits for the disk. Not atomic: for files that nothing names yet. Raises ``OSError``."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(descriptor)


def write_atomically(path: Path, content: bytes, *, mode: int = ORDINARY) -> None:
    """Puts ``content`` at ``path`` so that a crash leaves the old file or the new one, never a part.

    One process at a time may write ``path``. ``mode`` holds from the first byte on. Raises ``OSError``.
    """
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    write_synced(part, content, mode=mode)
    replace_durably(part, path)


def replace_durably(source: Path, target: Path) -> None:
    """Moves ``source``, whose content is synced, to ``target`` in the same file system, and syncs the new name."""
    source.replace(target)
    sync_path(target.parent)


def sha256_of(path: Path) -> str:
    """Hex SHA-256 of a file's content, read in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
