"""Directories that their owner alone may enter."""

from pathlib import Path

OTHERS = 0o077


def make_private(directory: Path) -> None:
    """Makes ``directory`` where it is missing, and closes one that others may enter. Raises ``OSError``."""
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    mode = directory.stat().st_mode
    if mode & OTHERS:
        directory.chmod(mode & ~OTHERS & 0o7777)
