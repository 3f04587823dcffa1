"""Access to directories in which a hostile process may have created links, pipes, or endless or very deep trees.

Every path component below a directory of our own is opened separately and without following links, so that nothing
outside is ever reached. Nothing on which a reader could block is opened as a file.
"""

import os
import shutil
import stat
from contextlib import suppress
from io import BufferedReader
from pathlib import Path
from uuid import uuid4

PLAIN = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC
OWNED = 0o700


class Untrustworthy(OSError):
    """The path is not the regular file or directory that it should be."""


def open_directory(root: Path, path: Path) -> int:
    """A descriptor of the directory ``path``, which is relative to ``root`` or below it. ``root`` is trusted.

    Raises ``Untrustworthy``, and ``FileNotFoundError``.
    """
    descriptor = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    for name in _parts(root, path):
        above, descriptor = descriptor, -1
        try:
            descriptor = os.open(name, PLAIN | os.O_DIRECTORY, dir_fd=above)
        except FileNotFoundError:
            raise
        except OSError as error:
            raise Untrustworthy(f"{path} is no directory: {error.strerror}") from error
        finally:
            os.close(above)
    return descriptor


def open_file(root: Path, path: Path, *, size: int | None = None) -> BufferedReader:
    """The regular file ``path``, which is relative to ``root`` or below it; of ``size`` bytes, where that is given.

    Raises ``Untrustworthy``, and ``FileNotFoundError``.
    """
    *above, name = _parts(root, path)
    directory = open_directory(root, Path(*above))
    try:
        return open_in(directory, name, size=size)
    finally:
        os.close(directory)


def open_in(directory: int, name: str, *, size: int | None = None) -> BufferedReader:
    """The regular file ``name`` in the open ``directory``; see ``open_file``."""
    try:
        # O_NONBLOCK: a pipe would wait for somebody to write to it.
        descriptor = os.open(name, PLAIN | os.O_NONBLOCK, dir_fd=directory)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise Untrustworthy(f"{name} is no file: {error.strerror}") from error
    about = os.fstat(descriptor)
    if not stat.S_ISREG(about.st_mode):
        os.close(descriptor)
        raise Untrustworthy(f"{name} is no regular file.")
    if size is not None and about.st_size != size:
        os.close(descriptor)
        raise Untrustworthy(f"{name} has {about.st_size} bytes and should have {size}.")
    return os.fdopen(descriptor, "rb")


def remove_tree(root: Path) -> None:
    """Removes ``root`` and all in it, however deep it goes and whatever its owner may not read.

    It being gone already is no error. Raises ``OSError`` for what cannot be removed.
    """
    with suppress(OSError, RecursionError):
        shutil.rmtree(root)
        return
    try:
        top = os.open(root, PLAIN | os.O_DIRECTORY)
    except FileNotFoundError:
        return
    try:
        while names := os.listdir(top):  # noqa: PTH208  of a descriptor
            for name in names:
                _remove_level(top, name)
    finally:
        os.close(top)
    root.rmdir()


def _remove_level(top: int, name: str) -> None:
    """Removes ``name`` in ``top``; of a directory all but what directories it holds, which move to ``top``."""
    if _unlinked(top, name):
        return
    os.chmod(name, OWNED, dir_fd=top)
    directory = os.open(name, PLAIN | os.O_DIRECTORY, dir_fd=top)
    try:
        for inner in os.listdir(directory):  # noqa: PTH208
            if not _unlinked(directory, inner):
                os.chmod(inner, OWNED, dir_fd=directory)
                os.rename(inner, uuid4().hex, src_dir_fd=directory, dst_dir_fd=top)
    finally:
        os.close(directory)
    os.rmdir(name, dir_fd=top)


def _unlinked(directory: int, name: str) -> bool:
    try:
        os.unlink(name, dir_fd=directory)
    except (IsADirectoryError, PermissionError):  # macOS says the latter
        if not stat.S_ISDIR(os.stat(name, dir_fd=directory, follow_symlinks=False).st_mode):
            raise
        return False
    return True


def _parts(root: Path, path: Path) -> tuple[str, ...]:
    relative = path.relative_to(root) if path.is_absolute() else path
    if ".." in relative.parts:
        raise Untrustworthy(f"{path} leads out of {root}.")
    return relative.parts
