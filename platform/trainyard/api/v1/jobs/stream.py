"""A job's events, metrics and progress as server-sent events.

Source: https://html.spec.whatwg.org/multipage/server-sent-events.html. Only ``event`` lines carry an id, the event's
sequence; a client that reconnects sends it as ``Last-Event-ID`` and misses no event. Points of metrics reported in
between are read from ``GET /jobs/{id}/metrics``.
"""

import json
from collections.abc import AsyncIterator, Iterable
from contextlib import suppress
from time import monotonic
from weakref import finalize

from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from trainyard.api.actor import Actor
from trainyard.api.admission import Overloaded, Runner, runner_of, shared_runner_of
from trainyard.api.numbers import whole_number
from trainyard.api.v1.jobs.stream_places import StreamPlace, places
from trainyard.api.v1.jobs.watch import watch
from trainyard.api.views import TrainyardView
from trainyard.jobs import queries
from trainyard.jobs.reporting.stream import Message, Position

RECHECK_SECONDS = 1.5
"""How often it is asked whether a caller may still listen."""
LOOK_SECONDS = 2.0
"""Looks come no further apart, so that a comment is due in time, and one look that failed is made up for."""
SILENCE_SECONDS = 15.0
COMMENT = b": still here\n\n"


class EventStreamNegotiation(DefaultContentNegotiation):
    """Always answers with server-sent events, whatever ``Accept`` says: an EventSource sends ``text/event-stream``."""

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        renderer = next(iter(renderers))
        return renderer, renderer.media_type


class JobStreamView(TrainyardView):
    actions = {"GET": "jobs.read"}
    content_negotiation_class = EventStreamNegotiation

    @extend_schema(
        operation_id="streamJob",
        parameters=[
            OpenApiParameter(
                "Last-Event-ID", int, OpenApiParameter.HEADER, description="Only events after this sequence number."
            )
        ],
        responses={(200, "text/event-stream"): OpenApiTypes.STR},
    )
    def get(self, request: Request, job_id: str) -> StreamingHttpResponse:
        """Server-sent events `event`, `metrics` and `progress` until the job has ended."""
        queries.job(job_id)
        position = Position(sequence=whole_number(request.headers.get("Last-Event-ID", "")) or 0)
        place = places.take(self.actor)
        run, poll = runner_of(request._request), shared_runner_of(request._request)  # noqa: SLF001
        content = follow(job_id, position, actor=self.actor, run=run, poll=poll, place=place)
        # A client that left before the first byte leaves a generator that never ran, and so never ends.
        finalize(content, place.give_back)
        response = StreamingHttpResponse(content, content_type="text/event-stream")
        response.headers["Cache-Control"] = "no-cache"
        response.headers["X-Accel-Buffering"] = "no"
        return response


async def follow(
    job_id: str, position: Position, *, actor: Actor, run: Runner, poll: Runner, place: StreamPlace
) -> AsyncIterator[bytes]:
    """Tells what is new beyond ``position`` until the job has ended; a comment now and then keeps proxies from closing
    the line. Ends soon after ``actor`` may no longer listen: a key was revoked or has expired, a member left, an
    organization was suspended.

    Between two looks nothing is held; an overloaded platform leaves one out.
    """
    ended, spoken_at, jobs = False, monotonic(), watch()
    try:
        async with jobs.viewing(job_id, poll):
            while not ended:
                version = jobs.version(job_id)
                with suppress(Overloaded):
                    if not await jobs.may_listen(actor, run, known_for=RECHECK_SECONDS):
                        return
                    found = await jobs.news(job_id, position, organization_id=actor.organization_id, run=run)
                    position, ended = found.position, found.ended
                    for message in found.messages:
                        yield encode(message)
                        spoken_at = monotonic()
                if monotonic() - spoken_at >= SILENCE_SECONDS:
                    yield COMMENT
                    spoken_at = monotonic()
                if not ended:
                    await jobs.change(job_id, since=version, seconds=LOOK_SECONDS)
    finally:
        place.give_back()


def encode(message: Message) -> bytes:
    """One event of the stream."""
    lines = [f"event: {message.type}", f"data: {json.dumps(message.data, separators=(',', ':'))}"]
    if message.sequence is not None:
        lines.insert(0, f"id: {message.sequence}")
    return ("\n".join(lines) + "\n\n").encode()
