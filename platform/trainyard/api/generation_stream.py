"""Streaming of a language model's answers: parts through Redis, the complete answer from the database."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, TypeVar
from weakref import finalize

from django.http import StreamingHttpResponse
from rest_framework.request import Request

from trainyard.api.actor import Actor
from trainyard.api.admission import Runner, later_of, runner_of
from trainyard.api.v1.jobs.stream_places import places
from trainyard.core.tenancy import tenant_scope
from trainyard.core.time import database_now
from trainyard.registry import parts, predictions, readers
from trainyard.registry.models import Prediction
from trainyard_spec.generation import GeneratedToken, PredictionPart

LOOK_SECONDS = 1.0

Result = TypeVar("Result")
Answers = list[dict[str, Any]]


@dataclass(slots=True)
class _ToldSoFar:
    """The part of one answer that was sent already."""

    characters: int = 0
    tokens: int = 0
    has_ended: bool = False


@dataclass(slots=True)
class GenerationStream:
    """Stream of one prediction. ``answers`` are the complete answers, once ``follow`` has ended.

    ``has_begun``: a reader is attached, who ends the stream by ``leave``.
    """

    prediction: Prediction
    run: Runner
    answers: Answers = field(default_factory=list)
    has_begun: bool = False
    _last: str = parts.START
    _heard: int = 0
    _told: dict[int, _ToldSoFar] = field(default_factory=dict)
    _has_ended: bool = False

    async def follow(self) -> AsyncIterator[PredictionPart]:
        """Each part once, in order, whatever was lost on the way. Raises ``PredictionFailed``."""
        seconds = (self.prediction.deadline - self.prediction.created_at).total_seconds()
        ends_at, whole = monotonic() + seconds, None
        while whole is None and monotonic() < ends_at:
            heard = await self._in_tenant(
                lambda: parts.hear(self.prediction.id, after=self._last, seconds=LOOK_SECONDS)
            )
            for each in heard:
                self._last = each.last
                for part in self._news(each):
                    yield part
            if not heard or not heard[-1].parts:
                whole = await self._in_tenant(lambda: predictions.answers(prediction_id=self.prediction.id))
        if whole is None:
            await self._in_tenant(lambda: predictions.cancel(prediction_id=self.prediction.id, now=database_now()))
            whole = await self._in_tenant(lambda: predictions.answers(prediction_id=self.prediction.id))
        self._has_ended, self.answers = True, whole or []
        for part in self._rest():
            yield part

    async def leave(self) -> None:
        """Nobody reads any more: what is still under way ends, and nothing more of it is billed."""
        if not self._has_ended:
            await self._in_tenant(lambda: readers.leave(prediction_id=self.prediction.id, now=database_now()))

    def leave_unread(self) -> None:
        """As ``leave``, of a stream that nobody began to read."""
        with tenant_scope(self.prediction.organization_id):
            readers.leave(prediction_id=self.prediction.id, now=database_now())

    def _news(self, heard: parts.ReceivedParts) -> list[PredictionPart]:
        """What follows on what was told: a second worker tells the same again, and behind a gap nothing is told."""
        if heard.first > self._heard:
            return []
        news = list(heard.parts[self._heard - heard.first :])
        self._heard += len(news)
        for part in news:
            told = self._told.setdefault(part.input, _ToldSoFar())
            told.characters += len(part.text)
            told.tokens += len(part.tokens)
            told.has_ended = part.finish_reason is not None
        return news

    def _rest(self) -> list[PredictionPart]:
        rest = []
        for number, answer in enumerate(self.answers):
            told = self._told.get(number, _ToldSoFar())
            if told.has_ended or "text" not in answer:
                continue
            tokens = tuple(
                GeneratedToken.model_validate(each) for each in (answer.get("logprobs") or ())[told.tokens :]
            )
            text = answer["text"][told.characters :]
            rest.append(
                PredictionPart(input=number, text=text, tokens=tokens, finish_reason=answer.get("finish_reason"))
            )
        return rest

    async def _in_tenant(self, work: Callable[[], Result]) -> Result:
        def done() -> Result:
            with tenant_scope(self.prediction.organization_id):
                return work()

        return await self.run(done)


def streamed(
    request: Request,
    prediction: Prediction,
    *,
    actor: Actor,
    encode: Callable[[GenerationStream], AsyncIterator[bytes]],
) -> StreamingHttpResponse:
    """Server-sent events of what ``encode`` makes of the answers. Raises ``TooManyStreams``."""
    place = places.take(actor)

    stream, later = GenerationStream(prediction, runner_of(request._request)), later_of(request._request)  # noqa: SLF001

    async def content() -> AsyncIterator[bytes]:
        stream.has_begun = True
        try:
            async for event in encode(stream):
                yield event
        finally:
            place.give_back()
            await stream.leave()

    body = content()

    def discard() -> None:
        place.give_back()
        if not stream.has_begun:
            later(stream.leave_unread)

    # A client that left before the first byte leaves a generator that never ran, and so never ends.
    finalize(body, discard).atexit = False  # type: ignore[misc]  # a property, which typeshed's slots do not name
    response = StreamingHttpResponse(body, content_type="text/event-stream")
    response.headers["Cache-Control"] = "no-cache"
    response.headers["X-Accel-Buffering"] = "no"
    return response
