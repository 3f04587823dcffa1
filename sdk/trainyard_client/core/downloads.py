"""Files that are fetched in one piece or several, and verified before they take their name."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import partial
from io import FileIO
from pathlib import Path
from typing import TypeAlias

from trainyard_client.core.calls import given, send
from trainyard_client.core.retries import retrying
from trainyard_client.core.steps import Close, Request, Steps, blocking, next_chunk, open_response
from trainyard_client.errors import ApiError, DamagedDownload

OnProgress: TypeAlias = Callable[[int, int], None]
"""Is told how many bytes are there, of how many."""


def download(path: str, target: Path, *, sha256: str, size: int, on_progress: OnProgress | None = None) -> Steps[Path]:
    """The file at ``path``, written to ``target`` once its SHA-256 is right; a broken line goes on where it broke.

    Raises ``DamagedDownload`` when it is wrong twice, ``ApiError`` and ``Unreachable``.
    """
    unfinished = target.with_name(f".{target.name}.partial")
    file = yield from blocking(lambda: FileIO(unfinished, "w+"))
    try:
        for _ in range(2):
            pull = _Pull(path, file, size, on_progress)
            yield from retrying(pull.attempt)
            found = yield from blocking(lambda: _sha256(file))
            if found == sha256:
                break
            file.truncate(0)
        else:
            raise DamagedDownload(f"{target.name} arrived with the SHA-256 {found}, not {sha256}.")
    except BaseException:
        file.close()
        unfinished.unlink(missing_ok=True)
        raise
    file.close()
    unfinished.replace(target)
    return target


def save(path: str, target: Path, **query: object) -> Steps[Path]:
    """Writes what is at ``path``, a text or file that is made when it is asked for, to ``target``."""
    response = yield from send(Request("GET", path, params=given(query), headers={"Accept": "*/*"}))
    yield from blocking(lambda: target.write_bytes(response.content))
    return target


class _Pull:
    """Fills a file, however many tries it takes."""

    def __init__(self, path: str, file: FileIO, size: int, on_progress: OnProgress | None) -> None:
        self._path = path
        self._file = file
        self._size = size
        self._on_progress = on_progress

    def attempt(self, _tries: int) -> Steps[None]:
        there = self._file.seek(0, 2)
        headers = {"Range": f"bytes={there}-"} if there else {}
        if there and there >= self._size:
            return
        response = yield from open_response(Request("GET", self._path, headers=headers))
        if response.is_error:
            raise ApiError.from_response(response)
        if response.status_code != 206:
            self._file.seek(0)
            self._file.truncate()
        while (chunk := (yield from next_chunk(response))) is not None:
            yield from blocking(partial(self._file.write, chunk))
            if self._on_progress:
                self._on_progress(self._file.tell(), self._size)
        yield Close(response)


def _sha256(file: FileIO) -> str:
    file.seek(0)
    return hashlib.file_digest(file, "sha256").hexdigest()
