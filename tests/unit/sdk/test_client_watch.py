"""A job's stream, over lines that break."""

import asyncio
import json
from typing import Any

import httpx
import pytest

from tests.support.scripted_service import Broken, refusal, scripted
from trainyard_client import Unreachable
from trainyard_client.core.sse import EventParser, ServerSentEvent
from trainyard_client.types import Update


def event(sequence: int, to_state: str = "", attempt: int = 1) -> bytes:
    data = json.dumps({"sequence": sequence, "to_state": to_state, "attempt": attempt})
    return f"id: {sequence}\nevent: event\ndata: {data}\n\n".encode()


def points(*steps: int) -> bytes:
    data = json.dumps({"steps": steps, "values": {"train_loss": [step / 10 for step in steps]}})
    return f"event: metrics\ndata: {data}\n\n".encode()


def stored(*steps: int) -> httpx.Response:
    """``GET …/metrics``"""
    series = {"name": "train_loss", "steps": steps, "values": [step / 10 for step in steps], "points": len(steps)}
    return httpx.Response(200, json={"data": [series] if steps else []})


def stream(*parts: bytes, broken: bool = False) -> httpx.Response:
    return httpx.Response(200, stream=Broken(*parts)) if broken else httpx.Response(200, content=b"".join(parts))


def job(state: str) -> httpx.Response:
    return httpx.Response(200, json={"id": "job_1", "state": state})


def told(updates: list[Update]) -> list[Any]:
    """Ids of events, and steps of metrics."""
    return [update.id if update.type == "event" else update.data.get("steps") for update in updates]


def test_a_broken_line_goes_on_after_the_last_event_and_misses_no_point() -> None:
    service = scripted(
        stream(event(1, "running"), points(1, 2), b"id: 2\neve", broken=True),
        lambda _: stored(),
        lambda _: job("running"),
        httpx.ConnectError("restarting"),
        refusal(503, retry_after=1),
        stream(points(4), points(5), event(2, "succeeded")),
        lambda _: stored(1, 2, 3, 4),
    )
    with service.client() as client:
        updates = list(client.jobs.watch("job_1"))
    assert told(updates) == [1, [1, 2], [3, 4], [5], 2]
    again = [request for request in service.asked if request.url.path.endswith("/stream")][-1]
    assert again.headers["Last-Event-ID"] == "1"


def test_points_of_an_attempt_that_went_back_are_told() -> None:
    service = scripted(stream(points(5, 6), event(3, attempt=2), points(4, 5), event(4, "failed")), stored(5))
    with service.client() as client:
        assert told(list(client.jobs.watch("job_1"))) == [[5], [6], 3, [4, 5], 4]


def test_a_job_that_had_ended_before_ends_the_watch() -> None:
    service = scripted(stream(), stored(1), job("succeeded"))
    with service.client() as client:
        assert told(list(client.jobs.watch("job_1", after=9))) == [[1]]
    assert service.asked[0].headers["Last-Event-ID"] == "9"


def test_patience_ends() -> None:
    service = scripted(*(httpx.ConnectError("down") for _ in range(100)))
    with service.client() as client, pytest.raises(Unreachable):
        list(client.jobs.watch("job_1", patience_seconds=100))
    assert 90 < service.now <= 100


def test_the_awaited_watch_tells_the_same_and_can_be_left() -> None:
    service = scripted(stream(event(1), event(2), event(3)), stored())

    async def first_two() -> list[Update]:
        async with service.async_client() as client:
            found = []
            async for update in client.jobs.watch("job_1"):
                found.append(update)
                if len(found) == 2:
                    break
            return found

    assert told(asyncio.run(first_two())) == [1, 2]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_events_are_read_however_their_bytes_are_cut(size: int) -> None:
    text = ': still here\n\nid: 7\nevent: event\ndata: {"a":\ndata: "ü"}\n\nevent: progress\r\ndata:1\r\n\r\ndata: cut'
    content, parser = text.encode(), EventParser()
    found = [each for start in range(0, len(content), size) for each in parser.feed(content[start : start + size])]
    assert found == [ServerSentEvent("event", '{"a":\n"ü"}', "7"), ServerSentEvent("progress", "1")]
