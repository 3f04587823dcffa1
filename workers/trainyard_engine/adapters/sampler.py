"""Samples of a sampling session, by the generation engine: tokens, their log-probabilities, and those of the prompt."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from trainyard_engine.core.rng import key_of
from trainyard_engine.generation.port import BASE, GenerationEngine, GenerationRequest, SamplingParameters, TokenEvent
from trainyard_spec.training_sessions import SampledTokens, SampleResult

ADAPTERS_KEPT = 8
"""Of sampling sessions; the least recently used goes first."""
NO_TOKEN, NO_LOGPROB = 0, -99_999.0
"""What fills a place for which there is no such likely token."""


class Sampler:
    """Answers with ``engine``; adapters are loaded where they are first asked for."""

    def __init__(self, engine: GenerationEngine) -> None:
        self._engine = engine
        self._loaded: dict[str, None] = {}

    def sample(self, request: dict[str, Any], *, adapter: str, directory: Path | None) -> tuple[SampleResult, bytes]:
        """``num_samples`` sequences behind ``prompt``; arrays as ``SampleResult`` says. Raises ``EngineFault``."""
        name = BASE if directory is None else self._adapter(adapter, directory)
        prompt, count = tuple(request["prompt"]), int(request["num_samples"])
        requests = [
            GenerationRequest(prompt=prompt, sampling=_parameters(request, index), adapter=name)
            for index in range(count)
        ]
        found: list[list[TokenEvent]] = [[] for _ in range(count)]
        for event in self._engine.generate(requests):
            found[event.sequence].append(event)
        parts: list[bytes] = []
        top = int(request.get("topk_sample_logprobs", 0))
        sequences = tuple(_sequence(events, parts, top=top) for events in found)
        top_prompt = int(request.get("topk_prompt_logprobs", 0))
        if request.get("prompt_logprobs") or top_prompt:
            self._add_prompt(prompt, parts, adapter=name, top=top_prompt)
        result = SampleResult(
            sequences=sequences,
            top=top,
            prompt_tokens=len(prompt),
            has_prompt_logprobs=bool(request.get("prompt_logprobs") or top_prompt),
            top_prompt=top_prompt,
        )
        return result, b"".join(parts)

    def _adapter(self, name: str, directory: Path) -> str:
        if name not in self._loaded:
            while len(self._loaded) >= ADAPTERS_KEPT:
                oldest = next(iter(self._loaded))
                del self._loaded[oldest]
                self._engine.unload_adapter(oldest)
            self._engine.load_adapter(name, directory)
        self._loaded[name] = self._loaded.pop(name, None)
        return name

    def _add_prompt(self, prompt: tuple[int, ...], parts: list[bytes], *, adapter: str, top: int) -> None:
        scored = self._engine.prompt_logprobs([prompt], adapter=adapter, top=top)[0]
        # The first token follows nothing, so nothing is known of it.
        parts.append(np.array([np.nan, *(token.logprob for token, _ in scored)], np.float32).tobytes())
        if top:
            ids, values = _tops([(), *(likeliest for _, likeliest in scored)], top)
            parts += [ids.tobytes(), values.tobytes()]


def _parameters(request: dict[str, Any], index: int) -> SamplingParameters:
    asked = request["sampling_params"]
    stop = asked.get("stop")
    texts = [stop] if isinstance(stop, str) else [each for each in stop or () if isinstance(each, str)]
    return SamplingParameters(
        max_tokens=int(asked["max_tokens"]),
        temperature=float(asked["temperature"]),
        top_p=float(asked["top_p"]),
        top_k=max(int(asked["top_k"]), 0),
        stop=tuple(texts),
        stop_token_ids=tuple(each for each in stop or () if isinstance(each, int)),
        seed=key_of("sequence", int(asked["seed"]), index),
        top_logprobs=int(request.get("topk_sample_logprobs", 0)),
        # Whoever names what ends a sequence names all of it.
        ignore_end=stop is not None,
    )


def _sequence(events: Sequence[TokenEvent], parts: list[bytes], *, top: int) -> SampledTokens:
    parts.append(np.array([event.token.token_id for event in events], np.int32).tobytes())
    parts.append(np.array([event.token.logprob for event in events], np.float32).tobytes())
    if top:
        ids, values = _tops([event.top for event in events], top)
        parts += [ids.tobytes(), values.tobytes()]
    reason = events[-1].finish_reason if events else None
    return SampledTokens(tokens=len(events), stop_reason="length" if reason == "length" else "stop")


def _tops(rows: Sequence[Sequence[Any]], width: int) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    ids = np.full((len(rows), width), NO_TOKEN, np.int32)
    values = np.full((len(rows), width), NO_LOGPROB, np.float32)
    for place, row in enumerate(rows):
        for column, token in enumerate(row[:width]):
            ids[place, column], values[place, column] = token.token_id, token.logprob
    return ids, values
