"""Files that are sent in one multipart request, streamed from the disk, rewound before each try."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TypeAlias

from trainyard_client.core.calls import once
from trainyard_client.core.retries import retrying
from trainyard_client.core.steps import Request, Steps, blocking, exchange
from trainyard_client.errors import ApiError

if TYPE_CHECKING:
    import httpx

OnProgress: TypeAlias = Callable[[int, int], None]
"""Is told how many bytes have been sent, of how many."""
ANSWER_SECONDS = 600.0
"""The service hashes and stores a file before it answers."""


def upload(
    path: str, file: Path, *, fields: Mapping[str, str] | None = None, on_progress: OnProgress | None = None
) -> Steps[Any]:
    """The JSON that the service answers to the file as the multipart field ``file``, beside other ``fields``."""
    beside = {name: (None, value) for name, value in (fields or {}).items()}
    content = yield from blocking(lambda: _Told(file.open("rb"), file.stat().st_size, on_progress))
    headers = once()

    def attempt(_tries: int) -> Steps[httpx.Response]:
        content.seek(0)
        request = Request(
            "POST", path, files={**beside, "file": (file.name, content)}, headers=headers, read_timeout=ANSWER_SECONDS
        )
        response = yield from exchange(request)
        if response.is_error:
            raise ApiError.from_response(response)
        return response

    try:
        response = yield from retrying(attempt)
    finally:
        content.close()
    return response.json()


class _Told:
    """A file that says how far it has been read."""

    def __init__(self, file: BinaryIO, size: int, on_progress: OnProgress | None) -> None:
        self._file = file
        self._size = size
        self._on_progress = on_progress
        self.seek, self.tell, self.close, self.fileno = file.seek, file.tell, file.close, file.fileno

    def read(self, size: int = -1) -> bytes:
        content = self._file.read(size)
        if content and self._on_progress:
            self._on_progress(self._file.tell(), self._size)
        return content
