"""Content of a known size, read from anywhere."""

import io
from typing import Any


class SeekableReader(io.RawIOBase):
    """Keeps the position; what is read there is the subclass's ``read``, which moves ``_position`` on.

    Parameters
    ----------
    size
        Of the content, in bytes.
    """

    def __init__(self, *, size: int) -> None:
        super().__init__()
        self._size = size
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        self._position = max(start + offset, 0)
        return self._position

    def readall(self) -> bytes:
        return self.read()

    def readinto(self, buffer: Any) -> int:
        content = self.read(len(buffer))
        buffer[: len(content)] = content
        return len(content)
