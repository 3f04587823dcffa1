"""Seeded sampling of next tokens: temperature, top-k, nucleus (Holtzman et al. 2020).

Each draw is a function of (seed, place) and of the sequence's own logits: no generator carries state from one token to
the next, or from one sequence of the batch to another.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from trainyard_engine.core.rng import key_of
from trainyard_engine.generation.port import SamplingParameters, TokenLogprob

UNIT = 2.0**-53


def choose(logits: Tensor, parameters: Sequence[SamplingParameters], places: Sequence[int]) -> Tensor:
    """Ids int64 (sequences,) of the next tokens, given ``logits`` float32 (sequences, vocabulary).

    ``places[i]`` counts the tokens that sequence i has generated already.
    """
    chosen = logits.argmax(dim=-1)
    drawn = [row for row, each in enumerate(parameters) if each.temperature > 0]
    if drawn:
        rows = torch.tensor(drawn, device=logits.device)
        chosen[rows] = _draw(logits[rows], [parameters[row] for row in drawn], [places[row] for row in drawn])
    return chosen


def _draw(logits: Tensor, parameters: Sequence[SamplingParameters], places: Sequence[int]) -> Tensor:
    """By the inverse of the cumulated probabilities, at one uniform number a sequence."""
    device = logits.device
    temperature = torch.tensor([each.temperature for each in parameters], device=device)
    scaled = logits / temperature[:, None]
    if any(each.top_k or each.top_p < 1 for each in parameters):
        scaled = _truncated(scaled, parameters)
    # Float64: the sum over a large vocabulary must not lose the smallest probabilities.
    cumulated = scaled.double().softmax(dim=-1).cumsum(dim=-1)
    uniform = torch.tensor(
        [uniform_of(each.seed, place) for each, place in zip(parameters, places, strict=True)],
        dtype=torch.float64,
        device=device,
    )
    return torch.searchsorted(cumulated, (uniform * cumulated[:, -1])[:, None], right=True).squeeze(1)


def uniform_of(seed: int, place: int) -> float:
    """The number of [0, 1) that belongs to a seed and a place."""
    return (key_of("sample", seed, place) >> 11) * UNIT


def _truncated(scaled: Tensor, parameters: Sequence[SamplingParameters]) -> Tensor:
    """``scaled`` with -inf for what top-k and then top-p leave out; the likeliest token always stays."""
    vocabulary = scaled.shape[-1]
    values, ids = scaled.sort(dim=-1, descending=True, stable=True)
    top_k = torch.tensor([each.top_k or vocabulary for each in parameters], device=scaled.device)
    values = values.masked_fill(torch.arange(vocabulary, device=scaled.device) >= top_k[:, None], -torch.inf)
    probabilities = values.softmax(dim=-1)
    before = probabilities.cumsum(dim=-1) - probabilities
    top_p = torch.tensor([each.top_p for each in parameters], device=scaled.device)
    # A top_p of 1 leaves out nothing, whatever the sum's rounding.
    left_out = (before >= top_p[:, None]) & (top_p[:, None] < 1)
    left_out[:, 0] = False
    return torch.empty_like(values).scatter_(-1, ids, values.masked_fill(left_out, -torch.inf))


def logprobs_of(logits: Tensor, chosen: Tensor) -> list[float]:
    """Log-probability of each of ``chosen`` int64 (sequences,) under ``logits`` float32 (sequences, vocabulary)."""
    found: list[float] = logits.log_softmax(dim=-1).gather(-1, chosen[:, None]).squeeze(1).tolist()
    return found


def likeliest(logits: Tensor, count: int) -> list[tuple[TokenLogprob, ...]]:
    """The ``count`` likeliest tokens of each sequence, the likeliest first."""
    top = logits.log_softmax(dim=-1).topk(min(count, logits.shape[-1]), dim=-1)
    return [
        tuple(TokenLogprob(token, value) for token, value in zip(tokens, values, strict=True))
        for tokens, values in zip(top.indices.tolist(), top.values.tolist(), strict=True)
    ]
