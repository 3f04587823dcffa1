"""Writes a compiled dataset so that it is either complete or not there."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import numpy.typing as npt

from trainyard_common.atomic_io import sha256_of, sync_path
from trainyard_spec.files import FileEntry

DATASET_FILE = "dataset.json"


class OutputBusy(Exception):
    """Another process is building at the same place."""


class NpyFile:
    """A ``.npy`` file of at least ``shape[0]`` rows, written block by block at any row; it grows as far as is written.

    Plain writes and no memory map: pages of a map count as this process's memory, and a full disk would end it by
    SIGBUS instead of an ``OSError``.
    """

    def __init__(self, path: Path, *, dtype: npt.DTypeLike, shape: tuple[int, ...]) -> None:
        self._path = path
        self._dtype = np.dtype(dtype)
        self._row_bytes = self._dtype.itemsize * int(np.prod(shape[1:], dtype=np.int64))
        self._rows, *self._row_shape = shape
        self._file = path.open("wb")
        self._write_header()
        self._start = self._file.tell()
        self._file.truncate(self._start + self._rows * self._row_bytes)

    def write(self, row: int, block: npt.NDArray[np.generic]) -> None:
        """Writes ``block`` (rows, …) from row index ``row`` on."""
        self._file.seek(self._start + row * self._row_bytes)
        self._file.write(np.ascontiguousarray(block, dtype=self._dtype).data)
        self._rows = max(self._rows, row + len(block))

    def finish(self) -> FileEntry:
        """Makes the file durable and names it by its content."""
        self._file.seek(0)
        self._write_header()
        self._file.flush()
        os.fsync(self._file.fileno())
        return FileEntry(name=self._path.name, bytes=self._path.stat().st_size, sha256=sha256_of(self._path))

    def _write_header(self) -> None:
        """NumPy leaves room in it, so that it is as long for any number of rows."""
        shape = (self._rows, *self._row_shape)
        header = {"descr": np.lib.format.dtype_to_descr(self._dtype), "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(self._file, header)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()


def write_kept(kept: npt.NDArray[np.int64] | None, directory: Path) -> tuple[FileEntry, ...]:
    """``row.npy``, of the places in the table, from 1, of the rows of which some were left out; else nothing."""
    if kept is None:
        return ()
    with NpyFile(directory / "row.npy", dtype=np.int64, shape=kept.shape) as file:
        file.write(0, kept)
        return (file.finish(),)


@contextmanager
def built_directory(out: Path) -> Iterator[Path]:
    """An empty directory beside ``out`` that becomes ``out`` when the block ends well, and else vanishes.

    What a killed process left there is cleared first. Raises ``OutputBusy`` while a living one works there, and
    ``OSError`` when ``out`` has come to hold something meanwhile.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    partial = out.parent / f".{out.name}.partial"
    descriptor = _lock(partial)
    try:
        for leftover in partial.iterdir():
            leftover.unlink()
        yield partial
        os.fsync(descriptor)
        partial.rename(out)
        sync_path(out.parent)
    except BaseException:
        # Only while our lock holds: after the rename, a directory of this name would be another process's.
        shutil.rmtree(partial, ignore_errors=True)
        raise
    finally:
        os.close(descriptor)


def _lock(directory: Path) -> int:
    """Creates ``directory`` if need be and locks it for this process's life. Raises ``OutputBusy``."""
    directory.mkdir(exist_ok=True)
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Its last holder may have renamed or removed it between our opening and our locking.
        ours = directory.exists() and os.path.samestat(os.fstat(descriptor), directory.stat())
    except BlockingIOError:
        ours = False
    if not ours:
        os.close(descriptor)
        raise OutputBusy
    return descriptor
