"""Requests over a few connections that stay open, each as soon as the last one on it was answered.

A client of little cost: it must not be what is measured. asyncio sets TCP_NODELAY on its connections.
"""

import asyncio
import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit

CONNECTIONS = 8


@dataclass(frozen=True, slots=True)
class Asked:
    """``body`` is JSON, for a POST."""

    method: str
    url: str
    headers: dict[str, str]
    body: bytes = b""

    def raw(self) -> bytes:
        parts = urlsplit(self.url)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        headers = {"Host": parts.netloc, **self.headers}
        if self.body:
            headers |= {"Content-Type": "application/json", "Content-Length": str(len(self.body))}
        lines = [f"{self.method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + self.body


@dataclass(slots=True)
class Answered:
    """``seconds`` of each answer; ``errors`` are those of them that are no 2xx."""

    lasted: float = 0.0
    errors: int = 0
    seconds: list[float] = field(default_factory=list)


def ask(asked: Asked, seconds: float) -> Answered:
    """Asks for ``seconds`` over ``CONNECTIONS`` connections."""
    return asyncio.run(_ask(asked, seconds))


async def _ask(asked: Asked, seconds: float) -> Answered:
    answered = Answered()
    began = time.perf_counter()
    await asyncio.gather(*(_connection(asked, began + seconds, answered) for _ in range(CONNECTIONS)))
    answered.lasted = time.perf_counter() - began
    return answered


async def _connection(asked: Asked, end: float, answered: Answered) -> None:
    parts, raw = urlsplit(asked.url), asked.raw()
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    try:
        while (began := time.perf_counter()) < end:
            writer.write(raw)
            head = await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(_length(head))
            answered.seconds.append(time.perf_counter() - began)
            answered.errors += not head.startswith(b"HTTP/1.1 2")
    finally:
        writer.close()


def _length(head: bytes) -> int:
    """Of the body that ``head`` announces."""
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    raise ValueError("an answer without a length")
