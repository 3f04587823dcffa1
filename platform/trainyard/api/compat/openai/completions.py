"""Completions in the form of OpenAI's client, whole and as chunks."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from trainyard.api.compat.openai.errors import error_body
from trainyard.api.generation_stream import GenerationStream
from trainyard.core.errors import TrainyardError
from trainyard_spec.generation import GeneratedToken, PredictionPart

DONE = b"data: [DONE]\n\n"
Answers = list[dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Completions:
    """Converts answers to a chat or to prompts; choice ``n * i + j`` is answer j to prompt i."""

    id: str
    created: int
    model: str
    is_chat: bool
    logprobs: bool
    includes_usage: bool = False

    @property
    def _head(self) -> dict[str, Any]:
        return {"id": self.id, "created": self.created, "model": self.model}

    def whole(self, answers: Answers, *, prompts: int) -> dict[str, Any]:
        choices = [self._choice(number, answer) for number, answer in enumerate(answers)]
        kind = "chat.completion" if self.is_chat else "text_completion"
        return {**self._head, "object": kind, "choices": choices, "usage": usage(answers, prompts=prompts)}

    async def chunks(self, stream: GenerationStream, *, prompts: int) -> AsyncIterator[bytes]:
        """Server-sent events; an error, once they have begun, is one of them."""
        begun: set[int] = set()
        try:
            async for part in stream.follow():
                yield self._chunk([self._piece(part, is_first=part.input not in begun)])
                begun.add(part.input)
        except TrainyardError as error:
            yield _event(error_body(error))
            return
        if self.includes_usage:
            yield self._chunk([], usage=usage(stream.answers, prompts=prompts))
        yield DONE

    def _choice(self, number: int, answer: dict[str, Any]) -> dict[str, Any]:
        tokens = [GeneratedToken.model_validate(each) for each in answer.get("logprobs") or ()]
        shown: dict[str, Any] = {"index": number, "finish_reason": answer["finish_reason"]}
        shown["logprobs"] = self._logprobs(tokens) if self.logprobs else None
        if self.is_chat:
            return {**shown, "message": {"role": "assistant", "content": answer["text"], "refusal": None}}
        return {**shown, "text": answer["text"]}

    def _piece(self, part: PredictionPart, *, is_first: bool) -> dict[str, Any]:
        shown: dict[str, Any] = {"index": part.input, "finish_reason": part.finish_reason}
        shown["logprobs"] = self._logprobs(list(part.tokens)) if self.logprobs else None
        if self.is_chat:
            role = {"role": "assistant"} if is_first else {}
            return {**shown, "delta": {**role, "content": part.text}}
        # OpenAI's own type of a chunk of a text knows no choice that has not ended.
        return {**shown, "text": part.text}

    def _chunk(self, choices: list[dict[str, Any]], *, usage: dict[str, int] | None = None) -> bytes:
        kind = "chat.completion.chunk" if self.is_chat else "text_completion"
        shown = {"usage": usage} if self.includes_usage else {}
        return _event({**self._head, "object": kind, "choices": choices, **shown})

    def _logprobs(self, tokens: list[GeneratedToken]) -> dict[str, Any]:
        if self.is_chat:
            return {"content": [token.model_dump(mode="json") for token in tokens], "refusal": None}
        return {
            "tokens": [token.token for token in tokens],
            "token_logprobs": [token.logprob for token in tokens],
            "top_logprobs": [{each.token: each.logprob for each in token.top_logprobs} for token in tokens],
            "text_offset": None,
        }


def usage(answers: Answers, *, prompts: int) -> dict[str, int]:
    """Tokens of all: each of ``prompts`` prompts counts once, however many answers it has."""
    each = max(1, len(answers) // prompts)
    read = sum(answer["usage"]["prompt_tokens"] for answer in answers[::each])
    written = sum(answer["usage"].get("completion_tokens", 0) for answer in answers)
    return {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}


def _event(data: dict[str, Any]) -> bytes:
    return f"data: {json.dumps(data, separators=(',', ':'))}\n\n".encode()
