"""A real HTTP server on loopback that receives webhooks, and answers as a test wants."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from tests.support.loopback import Answered, Asked, served


@dataclass(frozen=True)
class Received:
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """``respond`` answers each request: a status, headers and a body."""

    port: int
    received: list[Received] = field(default_factory=list)
    respond: Callable[[Received], Answered] = lambda _: (200, {}, b"ok")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    def answer(self, status: int, **headers: str) -> None:
        """Every request gets this status from now on."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.respond = lambda _: (status, named, b"as told")


@contextmanager
def receiver() -> Iterator[Receiver]:
    made: list[Receiver] = []

    def answer(asked: Asked) -> Answered:
        request = Received(asked.target, asked.headers, asked.body)
        made[0].received.append(request)
        return made[0].respond(request)

    with served(answer) as address:
        made.append(Receiver(urlsplit(address).port or 0))
        yield made[0]
