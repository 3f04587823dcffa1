"""A job's events, metrics and progress as server-sent events.

Source: https://html.spec.whatwg.org/multipage/server-sent-events.html. Only ``event`` lines carry an id, the event's
sequence; a client that reconnects sends it as ``Last-Event-ID`` and misses no event. Points of metrics reported in
between are read from ``GET /jobs/{id}/metrics``.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable
from contextlib import suppress
from functools import partial
from time import monotonic

from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from trainyard.api.actor import Actor
from trainyard.api.admission import Overloaded, Runner, runner_of
from trainyard.api.numbers import whole_number
from trainyard.api.views import TrainyardView
from trainyard.core.tenancy import tenant_scope
from trainyard.core.time import database_now
from trainyard.jobs import queries
from trainyard.jobs.stream import Follower, Message
from trainyard.tenants import queries as queries_of_tenants

POLL_SECONDS = 0.5
RECHECK_SECONDS = 2.0
"""How often it is asked whether the caller may still listen."""
SILENCE_SECONDS = 15.0
COMMENT = b": still here\n\n"


class AnyAccept(BaseContentNegotiation):
    """Answers in the view's one form, whatever ``Accept`` says: an EventSource sends ``text/event-stream``."""

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        renderer = next(iter(renderers))
        return renderer, renderer.media_type


class JobStreamView(TrainyardView):
    actions = {"GET": "jobs.read"}
    content_negotiation_class = AnyAccept

    @extend_schema(
        operation_id="streamJob",
        parameters=[
            OpenApiParameter("Last-Event-ID", int, OpenApiParameter.HEADER, description="Events after this sequence.")
        ],
        responses={(200, "text/event-stream"): OpenApiTypes.STR},
    )
    def get(self, request: Request, job_id: str) -> StreamingHttpResponse:
        """Server-sent events `event`, `metrics` and `progress` until the job has ended."""
        queries.job(job_id)
        follower = Follower(job_id, sequence=whole_number(request.headers.get("Last-Event-ID", "")) or 0)
        response = StreamingHttpResponse(
            follow(follower, actor=self.actor, run=runner_of(request._request)),  # noqa: SLF001
            content_type="text/event-stream",
        )
        response.headers["Cache-Control"] = "no-cache"
        response.headers["X-Accel-Buffering"] = "no"
        return response


async def follow(follower: Follower, *, actor: Actor, run: Runner) -> AsyncIterator[bytes]:
    """Polls ``follower`` until its job has ended; a comment now and then keeps proxies from closing the line.

    Ends soon after ``actor`` may no longer listen: a key was revoked or has expired, a member left, an organization was
    suspended.

    Between two polls nothing is held; an overloaded platform leaves one out.
    """

    def poll(*, recheck: bool) -> list[Message]:
        organization_id = actor.organization_id
        if recheck and not queries_of_tenants.may_still_act(
            caller_id=actor.name, organization_id=organization_id, now=database_now()
        ):
            follower.ended = True
            return []
        with tenant_scope(organization_id):
            return follower.poll()

    spoken_at = checked_at = monotonic()
    while not follower.ended:
        with suppress(Overloaded):
            recheck = monotonic() - checked_at >= RECHECK_SECONDS
            messages = await run(partial(poll, recheck=recheck))
            checked_at = monotonic() if recheck else checked_at
            for message in messages:
                yield encode(message)
                spoken_at = monotonic()
        if monotonic() - spoken_at >= SILENCE_SECONDS:
            yield COMMENT
            spoken_at = monotonic()
        if not follower.ended:
            await asyncio.sleep(POLL_SECONDS)


def encode(message: Message) -> bytes:
    """One event of the stream."""
    lines = [f"event: {message.type}", f"data: {json.dumps(message.data, separators=(',', ':'))}"]
    if message.sequence is not None:
        lines.insert(0, f"id: {message.sequence}")
    return ("\n".join(lines) + "\n\n").encode()
