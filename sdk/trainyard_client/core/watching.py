"""A job's stream, followed across broken lines and restarts of the service."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from trainyard_client.core.calls import get, get_json
from trainyard_client.core.retries import retrying
from trainyard_client.core.sse import EventParser, ServerSentEvent
from trainyard_client.core.steps import Close, Flow, Item, Request, Steps, next_chunk, open_response, sleep
from trainyard_client.errors import ApiError
from trainyard_client.types import FINISHED_STATES, Job, Update

if TYPE_CHECKING:
    import httpx

SILENCE_SECONDS = 45.0
"""The service sends a comment every 15 seconds; a line that is silent for longer is taken for broken."""
PAUSE_SECONDS = 0.5
"""Between a line that ended and the next."""


class Watch:
    """What a viewer of one job has been told."""

    def __init__(self, job_id: str, *, after: int, for_seconds: float) -> None:
        self._job_id = job_id
        self._sequence = after
        self._for_seconds = for_seconds
        self._ended = False
        self._attempt = 0
        self._steps: dict[str, int] = {}

    def follow(self) -> Flow[Update]:
        """Everything that is told of the job until it has ended, no event twice.

        Raises ``ApiError``, and ``Unreachable`` once the service has not answered for ``for_seconds``.
        """
        import httpx

        while True:
            told = self._sequence
            response = yield from retrying(self._connect, for_seconds=self._for_seconds)
            yield from self._catch_up()
            with suppress(httpx.TransportError):  # nothing is lost by it: the next line begins after the last event
                yield from self._read(response)
            yield Close(response)
            if self._ended:
                return
            job = yield from get(Job, f"jobs/{self._job_id}", for_seconds=self._for_seconds)
            if job.finished and self._sequence == told:
                return
            yield from sleep(PAUSE_SECONDS)

    def _connect(self, _tries: int) -> Steps[httpx.Response]:
        headers = {"Accept": "text/event-stream", "Last-Event-ID": str(self._sequence)}
        request = Request("GET", f"jobs/{self._job_id}/stream", headers=headers, read_timeout=SILENCE_SECONDS)
        response = yield from open_response(request)
        if response.is_error:
            raise ApiError.from_response(response)
        return response

    def _catch_up(self) -> Flow[Update]:
        """Points of metrics that were reported while nobody listened: the stream tells none of them."""
        series = yield from get_json(f"jobs/{self._job_id}/metrics", for_seconds=self._for_seconds)
        for each in series["data"]:
            name, known = each["name"], self._steps.get(each["name"], -1)
            points = [(step, value) for step, value in zip(each["steps"], each["values"], strict=True) if step > known]
            if points:
                steps, values = zip(*points, strict=True)
                self._steps[name] = steps[-1]
                yield Item(Update("metrics", {"steps": [*steps], "values": {name: [*values]}}))

    def _read(self, response: httpx.Response) -> Flow[Update]:
        parser = EventParser()
        while (content := (yield from next_chunk(response))) is not None:
            for event in parser.feed(content):
                for update in self._updates(event):
                    yield Item(update)

    def _updates(self, event: ServerSentEvent) -> Iterator[Update]:
        data = json.loads(event.data)
        if event.id:
            self._sequence = int(event.id)
            self._note(data)
            yield Update(event.event, data, self._sequence)
        elif event.event == "metrics":
            if news := self._news(data):
                yield Update("metrics", news)
        else:
            yield Update(event.event, data)

    def _note(self, event: dict[str, Any]) -> None:
        """An attempt may begin at an earlier step than was told: its points are news."""
        self._ended = event.get("to_state") in FINISHED_STATES
        if event.get("attempt", 0) > self._attempt:
            self._attempt = event["attempt"]
            self._steps.clear()

    def _news(self, points: dict[str, Any]) -> dict[str, Any] | None:
        """``points`` without what has been told, when catching up met what the stream tells, too."""
        steps, values = points["steps"], points["values"]
        news = [i for i, step in enumerate(steps) if any(step > self._steps.get(name, -1) for name in values)]
        if not news:
            return None
        self._steps.update(dict.fromkeys(values, steps[-1]))
        return {
            "steps": [steps[i] for i in news],
            "values": {name: [row[i] for i in news] for name, row in values.items()},
        }
