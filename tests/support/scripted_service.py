"""A service that answers a client by a script, and a clock that stands still but for the pauses that are asked for."""

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field

import httpx
import pytest

from trainyard_client import AsyncClient, Client, RetryPolicy
from trainyard_client.cli import main

Answer = Callable[[httpx.Request], httpx.Response]


@dataclass
class ScriptedService:
    """Gives ``answers`` one after the other and notes what was asked and how long was paused."""

    answers: Iterator[httpx.Response | Exception | Answer]
    asked: list[httpx.Request] = field(default_factory=list)
    pauses: list[float] = field(default_factory=list)
    now: float = 0.0

    def client(self, *, draw: float = 1.0) -> Client:
        """Whose jitter is always ``draw`` of the most."""
        return Client(
            base_url="http://yard",
            api_key="key",
            retries=RetryPolicy(draw=lambda: draw),
            transport=httpx.MockTransport(self.answer),
            sleep=self.pause,
            clock=lambda: self.now,
        )

    def async_client(self) -> AsyncClient:
        async def answer(request: httpx.Request) -> httpx.Response:
            return self.answer(request)

        async def pause(seconds: float) -> None:
            self.pause(seconds)

        return AsyncClient(
            base_url="http://yard",
            api_key="key",
            retries=RetryPolicy(draw=lambda: 1.0),
            transport=httpx.MockTransport(answer),
            sleep=pause,
            clock=lambda: self.now,
        )

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answer = next(self.answers)
        if isinstance(answer, Exception):
            if isinstance(answer, httpx.TransportError):
                answer.request = request
            raise answer
        return answer if isinstance(answer, httpx.Response) else answer(request)

    def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds


def scripted(*answers: httpx.Response | Exception | Answer) -> ScriptedService:
    return ScriptedService(iter(answers))


def refusal(status: int, code: str = "error", **problem: object) -> httpx.Response:
    """A problem document; ``retry_after`` becomes its header."""
    headers = {"Retry-After": str(problem.pop("retry_after"))} if "retry_after" in problem else {}
    content = {"status": status, "code": code, "detail": f"It was {code}.", **problem}
    return httpx.Response(status, json=content, headers=headers)


class Broken(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body whose line breaks after ``parts``."""

    def __init__(self, *parts: bytes) -> None:
        self._parts = parts

    def __iter__(self) -> Iterator[bytes]:
        yield from self._parts
        raise httpx.ReadError("the line broke")

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for part in self._parts:
            yield part
        raise httpx.ReadError("the line broke")


def run_command(service: ScriptedService, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """The exit status of the command ``trainyard`` with ``arguments``, talking to ``service``."""
    monkeypatch.setattr("trainyard_client.client.Client", lambda **_: service.client())
    monkeypatch.setattr("sys.argv", ["trainyard", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)
