"""Lines of a pipe, read while answers are written: whoever asked can say that nobody reads any more."""

from collections.abc import Iterator
from queue import SimpleQueue
from threading import Thread
from typing import IO

from pydantic import ValidationError

from trainyard_spec.generation import ReaderLeft

LEFT = b'{"left":'


class Requests:
    """The lines of ``pipe`` but those of ``ReaderLeft``, until it ends."""

    def __init__(self, pipe: IO[bytes]) -> None:
        self._lines: SimpleQueue[bytes | None] = SimpleQueue()
        self._left = ""
        Thread(target=self._read, args=(pipe,), name="requests", daemon=True).start()

    def __iter__(self) -> Iterator[bytes]:
        while (line := self._lines.get()) is not None:
            yield line

    def has_left(self, request_id: str) -> bool:
        """Whether nobody reads the answers to ``request_id`` any more."""
        return self._left == request_id

    def _read(self, pipe: IO[bytes]) -> None:
        try:
            for line in pipe:
                if (left := _left(line)) is None:
                    self._lines.put(line)
                else:
                    self._left = left
        finally:
            self._lines.put(None)


def _left(line: bytes) -> str | None:
    if not line.startswith(LEFT):
        return None
    try:
        return ReaderLeft.model_validate_json(line).left
    except ValidationError:
        return None
