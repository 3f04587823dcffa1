"""Autoregressive generation: texts, token by token, with a model that predicts the next one."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from trainyard_engine.core.coverage import Coverage
from trainyard_engine.core.rng import key_of
from trainyard_engine.modalities.text.tokenizer import END, PADDING, UNK_ID

NextLogits = Callable[[Sequence[int], Sequence[Sequence[int]]], Tensor]
"""From the numbers of some generations, and all their tokens, to logits float32 (generations, vocabulary)."""


@dataclass
class Generation:
    """A text under way. ``temperature`` 0 takes the likeliest token, else one is drawn by ``seed`` and place alone."""

    prompt: list[int]
    max_new_tokens: int
    temperature: float = 0.0
    seed: int = 0
    generated: list[int] = field(default_factory=list)
    is_ended: bool = False

    @property
    def is_active(self) -> bool:
        return not self.is_ended and len(self.generated) < self.max_new_tokens

    def add(self, token: int) -> None:
        self.is_ended = token == END
        if not self.is_ended:
            self.generated.append(token)


def never_generated(coverage: Coverage | None) -> Tensor:
    """Ids int64 of the tokens that are never generated: padding, what is unknown, and what training never wrote."""
    return torch.tensor([PADDING, UNK_ID, *(coverage.unwritten_tokens if coverage else ())])


def generate(generations: Sequence[Generation], next_logits: NextLogits, *, never: Tensor) -> None:
    """Decodes all ``generations`` together, until each text ends or has its ``max_new_tokens``.

    Ids int64 in ``never`` are not generated.
    """
    while active := [number for number, generation in enumerate(generations) if generation.is_active]:
        logits = next_logits(active, [generations[number].prompt + generations[number].generated for number in active])
        logits[:, never.to(logits.device)] = -math.inf
        for row, number in enumerate(active):
            if generations[number].temperature:
                logits[row] = logits[row] / generations[number].temperature + _noise(generations[number], logits[row])
        for number, token in zip(active, logits.argmax(dim=1).tolist(), strict=True):
            generations[number].add(token)


def _noise(generation: Generation, logits: Tensor) -> Tensor:
    """Standard Gumbel draws: the largest sum with logits is a draw from their softmax (Gumbel, 1954)."""
    generator = torch.Generator().manual_seed(key_of("write", generation.seed, len(generation.generated)))
    drawn = torch.empty(len(logits)).exponential_(generator=generator)
    return -drawn.log().to(logits)
