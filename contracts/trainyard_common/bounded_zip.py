"""Zip archives from untrusted sources: the number of entries that are read is bounded."""

import zipfile
from pathlib import Path
from typing import IO


class TooManyEntries(Exception):
    """The central directory of the zip archive lists more entries than the limit."""


class BoundedZip(zipfile.ZipFile):
    """Zip archive of which at most ``most`` directory entries are read; the standard library reads all of them.

    Raises ``TooManyEntries``, and what ``zipfile.ZipFile`` raises.
    """

    def __init__(self, file: IO[bytes] | Path, *, most: int) -> None:
        self._bounded = _BoundedList(most)
        super().__init__(file)

    @property
    def filelist(self) -> list[zipfile.ZipInfo]:
        return self._bounded

    @filelist.setter
    def filelist(self, _empty: list[zipfile.ZipInfo]) -> None:
        """It begins with an empty list of its own."""


class _BoundedList(list[zipfile.ZipInfo]):
    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most

    def append(self, item: zipfile.ZipInfo) -> None:
        if len(self) == self._most:
            raise TooManyEntries
        super().append(item)
