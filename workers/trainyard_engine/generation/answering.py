"""Answers of a language model, whole and piece by piece."""

from collections.abc import Callable, Sequence
from contextlib import closing
from typing import Any

from pydantic import ValidationError
from tokenizers import Tokenizer

from trainyard_engine.core.faults import EngineFault, invalid_input
from trainyard_engine.generation.port import GenerationRequest, SamplingParameters, TokenEvent, TokenLogprob
from trainyard_engine.generation.served_models import ServedLanguageModel
from trainyard_spec.generation import AlternativeToken, GeneratedToken, GenerationInput, PredictionPart, TokenUsage
from trainyard_spec.names import storable

REPLACEMENT = "\ufffd"
Tell = Callable[[PredictionPart], None]


class ReaderGone(EngineFault):
    """Nobody reads any more; the models in memory are as they were."""

    def __init__(self) -> None:
        super().__init__("Whoever read the answer left before its end.", code="reader_left")


def parse_inputs(inputs: Sequence[Any], *, chats: bool) -> list[GenerationInput]:
    """A text stands for what the user says, of a model that ``chats``, and else for a prompt.

    Raises ``EngineFault`` with the number of the first input that cannot be read.
    """
    return [_parsed(value, number, chats=chats) for number, value in enumerate(inputs)]


def answer(
    model: ServedLanguageModel,
    inputs: Sequence[GenerationInput],
    tell: Tell | None,
    *,
    has_left: Callable[[], bool] = lambda: False,
) -> list[dict[str, Any]]:
    """The answer to each input: ``text``, ``finish_reason``, ``usage`` and, where asked, ``logprobs``.

    ``tell`` hears each piece as soon as it is there. Raises ``EngineFault``, then before the first piece, or
    ``ReaderGone``, with the token after which ``has_left`` says so.
    """
    requests = [_request(model, each, number) for number, each in enumerate(inputs)]
    answers = [_Answer(asked, request, model.tokenizer) for asked, request in zip(inputs, requests, strict=True)]
    with closing(model.engine.generate(requests)) as events:
        for event in events:
            part = answers[event.sequence].add(event)
            if tell is not None and (part.text or part.tokens or part.finish_reason):
                tell(part)
            if has_left():
                raise ReaderGone
    return [each.body() for each in answers]


def embed(model: ServedLanguageModel, inputs: Sequence[GenerationInput]) -> list[dict[str, Any]]:
    """The embedding of each input: the mean of its tokens' last hidden states, of unit length."""
    prompts = [_prompt(model, each, number) for number, each in enumerate(inputs)]
    vectors = model.engine.embed(prompts, adapter=model.adapter)
    return [
        {"embedding": vector, "usage": _usage(len(prompt), 0)} for vector, prompt in zip(vectors, prompts, strict=True)
    ]


class _Answer:
    def __init__(self, asked: GenerationInput, request: GenerationRequest, tokenizer: Tokenizer) -> None:
        self._asked, self._request, self._tokenizer = asked, request, tokenizer
        self._text: list[str] = []
        self._tokens: list[GeneratedToken] = []
        self._count = 0
        self._finish_reason = ""

    def add(self, event: TokenEvent) -> PredictionPart:
        self._count += 1
        text = storable(event.text)
        self._text.append(text)
        tokens = (self._told(event),) if self._asked.logprobs else ()
        self._tokens += tokens
        self._finish_reason = event.finish_reason or ""
        return PredictionPart(input=event.sequence, text=text, tokens=tokens, finish_reason=event.finish_reason or None)

    def body(self) -> dict[str, Any]:
        body: dict[str, Any] = {
            "text": "".join(self._text),
            "finish_reason": self._finish_reason,
            "usage": _usage(len(self._request.prompt), self._count),
            "seed": self._asked.seed,
        }
        if self._asked.logprobs:
            body["logprobs"] = [token.model_dump(mode="json") for token in self._tokens]
        return body

    def _told(self, event: TokenEvent) -> GeneratedToken:
        top = tuple(AlternativeToken(**self._spelled(each)) for each in event.top)
        return GeneratedToken(**self._spelled(event.token), top_logprobs=top)

    def _spelled(self, token: TokenLogprob) -> dict[str, Any]:
        text = self._tokenizer.decode([token.token_id], skip_special_tokens=False)
        spelled = None if REPLACEMENT in text else tuple(text.encode())
        return {"token": storable(text), "bytes": spelled, "logprob": token.logprob}


def _usage(prompt: int, completion: int) -> dict[str, int]:
    usage = TokenUsage(prompt_tokens=prompt, completion_tokens=completion, total_tokens=prompt + completion)
    return usage.model_dump()


def _request(model: ServedLanguageModel, asked: GenerationInput, number: int) -> GenerationRequest:
    sampling = SamplingParameters(
        max_tokens=asked.max_tokens,
        temperature=asked.temperature,
        top_p=asked.top_p,
        top_k=asked.top_k,
        stop=asked.stop,
        seed=asked.seed,
        top_logprobs=asked.top_logprobs if asked.logprobs else 0,
    )
    return GenerationRequest(prompt=_prompt(model, asked, number), sampling=sampling, adapter=model.adapter)


def _prompt(model: ServedLanguageModel, asked: GenerationInput, number: int) -> tuple[int, ...]:
    if asked.messages is not None:
        ids: Sequence[int] = model.chat.prompt([dict(message) for message in asked.messages], asked.tools)
    elif isinstance(asked.prompt, str):
        ids = model.chat.encode_text(asked.prompt)
    else:
        ids = asked.prompt or ()
    most = model.engine.max_context
    if len(ids) >= most:
        raise invalid_input(
            f"Input {number} has {len(ids)} tokens, and the model's context {most} for input and answer.",
            code="prompt_too_long",
            hint="Shorten it.",
            field=f"inputs.{number}",
        )
    return tuple(ids)


def _parsed(value: Any, number: int, *, chats: bool) -> GenerationInput:
    if isinstance(value, str):
        value = {"messages": [{"role": "user", "content": value}]} if chats else {"prompt": value}
    try:
        return GenerationInput.model_validate(value)
    except ValidationError as error:
        raise _unreadable(error, number) from error


def _unreadable(error: ValidationError, number: int) -> EngineFault:
    first = error.errors()[0]
    place = ".".join(["inputs", str(number), *map(str, first["loc"][:1])])
    return invalid_input(f"Input {number} cannot be read: {first['msg']}.", code="invalid_input", field=place)
