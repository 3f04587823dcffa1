"""Reads parts of the compiled arrays of a version from wherever its files are, without the rest of them."""

from contextlib import ExitStack
from types import TracebackType
from typing import IO, Any, Self

import numpy as np
import numpy.typing as npt

from trainyard.core.blobs import BlobNotFound, blob_store
from trainyard.datasets.models import DatasetVersion
from trainyard_common.untrusted import Untrustworthy

MOST_BYTES = 64 * 2**20
"""Of one part."""


class StoredArray:
    """A ``.npy`` file; ``shape`` and ``dtype`` are NumPy's."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        try:
            version = np.lib.format.read_magic(file)
            read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
            self.shape, is_fortran, self.dtype = read(file)
        except ValueError as error:
            raise Untrustworthy(f"A compiled array cannot be read: {error}") from None
        if is_fortran or self.dtype.hasobject:
            raise Untrustworthy("A compiled array is stored as no compilation does.")
        self._begin = file.tell()

    def __len__(self) -> int:
        return self.shape[0] if self.shape else 0

    def part(self, begin: int, end: int) -> npt.NDArray[Any]:
        """Entries ``begin`` up to ``end``, as far as there are. Raises ``Untrustworthy`` for too much at once."""
        begin, end = max(begin, 0), min(end, len(self))
        if end <= begin:
            return np.zeros((0, *self.shape[1:]), self.dtype)
        each = self.dtype.itemsize * int(np.prod(self.shape[1:], dtype=np.int64))
        size = each * (end - begin)
        if size > MOST_BYTES:
            raise Untrustworthy(f"{size} bytes of an array are more than are read at once.")
        self._file.seek(self._begin + each * begin)
        content = self._file.read(size)
        if len(content) != size:
            raise Untrustworthy("A compiled array is shorter than it says.")
        return np.frombuffer(content, self.dtype).reshape(end - begin, *self.shape[1:])

    def whole(self) -> npt.NDArray[Any]:
        return self.part(0, len(self))


class StoredArrays:
    """The arrays of ``version`` by name, each opened when it is first asked for; a context manager."""

    def __init__(self, version: DatasetVersion) -> None:
        self._version = version
        self._names = {entry["name"] for entry in version.files}
        self._opened: dict[str, StoredArray] = {}
        self._files = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._files.close()

    def __contains__(self, name: str) -> bool:
        return f"{name}.npy" in self._names

    def __getitem__(self, name: str) -> StoredArray:
        """Raises ``BlobNotFound`` where the version has no such array, or its files are gone."""
        if name not in self._opened:
            if name not in self:
                raise BlobNotFound(name)
            key = f"{self._version.compiled_prefix}/{name}.npy"
            self._opened[name] = StoredArray(self._files.enter_context(blob_store().open(key)))
        return self._opened[name]

    def spans(self, name: str, index: int) -> tuple[int, int]:
        """Where row ``index`` begins and ends in an array that has several entries a row."""
        begin, end = self[f"{name}_offsets"].part(index, index + 2).tolist()
        return begin, end
