"""Writes texts token by token with a model that predicts the next one."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from trainyard_engine.core.coverage import Coverage
from trainyard_engine.core.rng import key_of
from trainyard_engine.modalities.text.tokenizer import END, PADDING, UNKNOWN

NextLogits = Callable[[Sequence[int], Sequence[Sequence[int]]], Tensor]
"""From the numbers of some pages, and all their tokens, to logits float32 (pages, vocabulary) of what comes next."""


@dataclass
class Page:
    """A text on its way. ``temperature`` 0 takes the likeliest token, else one is drawn by ``seed`` and place alone."""

    given: list[int]
    most: int
    temperature: float = 0.0
    seed: int = 0
    written: list[int] = field(default_factory=list)
    is_ended: bool = False

    @property
    def is_open(self) -> bool:
        return not self.is_ended and len(self.written) < self.most

    def add(self, token: int) -> None:
        self.is_ended = token == END
        if not self.is_ended:
            self.written.append(token)


def unwritable(coverage: Coverage | None) -> Tensor:
    """Ids int64 of the tokens that are never written: padding, what is unknown, and what training never wrote."""
    return torch.tensor([PADDING, UNKNOWN, *(coverage.unwritten_tokens if coverage else ())])


def write(pages: Sequence[Page], next_logits: NextLogits, *, never: Tensor) -> None:
    """Goes on with every page until its text ends, or has as many tokens as it may have; ``never`` writes some ids."""
    while still := [number for number, page in enumerate(pages) if page.is_open]:
        logits = next_logits(still, [pages[number].given + pages[number].written for number in still])
        logits[:, never.to(logits.device)] = -math.inf
        for row, number in enumerate(still):
            if pages[number].temperature:
                logits[row] = logits[row] / pages[number].temperature + _noise(pages[number], logits[row])
        for number, token in zip(still, logits.argmax(dim=1).tolist(), strict=True):
            pages[number].add(token)


def _noise(page: Page, logits: Tensor) -> Tensor:
    """Standard Gumbel draws: the largest sum with logits is a draw from their softmax (Gumbel, 1954)."""
    generator = torch.Generator().manual_seed(key_of("write", page.seed, len(page.written)))
    drawn = torch.empty(len(logits)).exponential_(generator=generator)
    return -drawn.log().to(logits)
