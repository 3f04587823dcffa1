"""Server-sent events (WHATWG HTML, section 9.2), read from bytes however they are cut."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ServerSentEvent:
    """``id`` is empty where the event has none of its own."""

    event: str
    data: str
    id: str = ""


class EventParser:
    """Takes a stream's bytes as they come and tells each event once its empty line has arrived."""

    def __init__(self) -> None:
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._line = ""
        self._fields: dict[str, str] = {}
        self._data: list[str] = []

    def feed(self, content: bytes) -> Iterator[ServerSentEvent]:
        """The events that ``content`` completes."""
        text = self._line + self._decode(content)
        *lines, self._line = text.replace("\r\n", "\n").split("\n")
        for line in lines:
            if line:
                self._take(line)
            elif self._data:
                yield ServerSentEvent(
                    event=self._fields.get("event", "message"),
                    data="\n".join(self._data),
                    id=self._fields.get("id", ""),
                )
            if not line:
                self._fields, self._data = {}, []

    def _take(self, line: str) -> None:
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            self._data.append(value)
        elif name:
            self._fields[name] = value
