"""Autoregressive generation: texts, token by token, with a model that predicts the next one."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import torch
from torch import Tensor

from trainyard_engine.core.coverage import Coverage
from trainyard_engine.core.rng import key_of
from trainyard_engine.modalities.text.special_ids import SpecialIds
from trainyard_engine.modalities.text.tokenizer import END


class Decoder(Protocol):
    """Incremental decoding of several texts together: a model with what it keeps of the tokens so far."""

    def begin(self, prompts: Sequence[Sequence[int]]) -> Tensor:
        """Logits float32 (prompts, vocabulary) of what comes after each of ``prompts``."""
        ...

    def step(self, rows: Sequence[int], tokens: Sequence[int]) -> Tensor:
        """Logits float32 (rows, vocabulary) of what comes after ``tokens``, of which each goes on from one of ``rows``.

        These are places among the texts of the last call: one may be named twice, or not at all.
        """
        ...


@dataclass
class Generation:
    """A text under way. ``temperature`` 0 takes the likeliest token, else one is drawn by ``seed`` and place alone.

    ``num_beams`` over 1 searches for the likeliest text, by ``beam_search``, with its ``length_penalty``.
    """

    prompt: list[int]
    max_new_tokens: int
    temperature: float = 0.0
    seed: int = 0
    num_beams: int = 1
    length_penalty: float = 1.0
    generated: list[int] = field(default_factory=list)
    is_ended: bool = False

    @property
    def is_active(self) -> bool:
        return not self.is_ended and len(self.generated) < self.max_new_tokens

    def add(self, token: int, *, end: int) -> None:
        self.is_ended = token == end
        if not self.is_ended:
            self.generated.append(token)


class Recomputed:
    """A decoder that keeps nothing and reads each text anew at every token; ``next_logits`` are those of whole texts.

    float32 (texts, vocabulary).
    """

    def __init__(self, next_logits: Callable[[Sequence[Sequence[int]]], Tensor]) -> None:
        self._next_logits = next_logits
        self._texts: list[list[int]] = []

    def begin(self, prompts: Sequence[Sequence[int]]) -> Tensor:
        self._texts = [list(prompt) for prompt in prompts]
        return self._next_logits(self._texts)

    def step(self, rows: Sequence[int], tokens: Sequence[int]) -> Tensor:
        self._texts = [[*self._texts[row], token] for row, token in zip(rows, tokens, strict=True)]
        return self._next_logits(self._texts)


LEARNT = SpecialIds()


def never_generated(coverage: Coverage | None, special: SpecialIds = LEARNT) -> Tensor:
    """Ids int64 of the tokens that are never generated: padding, what is unknown, and what training never wrote."""
    return torch.tensor([special.padding, special.unknown, *(coverage.unwritten_tokens if coverage else ())])


def generate(generations: Sequence[Generation], decoder: Decoder, *, never: Tensor, end: int = END) -> None:
    """Decodes all ``generations`` together, until each text has ``end`` or its ``max_new_tokens``.

    Ids int64 in ``never`` are not generated.
    """
    active = [generation for generation in generations if generation.is_active]
    if not active:
        return
    logits = decoder.begin([generation.prompt for generation in active])
    never = never.to(logits.device)
    while True:
        logits[:, never] = -math.inf
        for row, generation in enumerate(active):
            if generation.temperature:
                logits[row] = logits[row] / generation.temperature + _noise(generation, logits[row])
        for generation, token in zip(active, logits.argmax(dim=1).tolist(), strict=True):
            generation.add(token, end=end)
        rows = [row for row, generation in enumerate(active) if generation.is_active]
        if not rows:
            return
        active = [active[row] for row in rows]
        logits = decoder.step(rows, [generation.generated[-1] for generation in active])


def _noise(generation: Generation, logits: Tensor) -> Tensor:
    """Standard Gumbel draws: the largest sum with logits is a draw from their softmax (Gumbel, 1954)."""
    generator = torch.Generator().manual_seed(key_of("write", generation.seed, len(generation.generated)))
    drawn = torch.empty(len(logits)).exponential_(generator=generator)
    return -drawn.log().to(logits)
