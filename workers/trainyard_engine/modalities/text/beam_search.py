"""Beam search (Sutskever et al., 2014) with length normalization, as ``generate`` of ``transformers`` has it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import torch
from torch import Tensor

from trainyard_engine.modalities.text.generation import Decoder, Generation
from trainyard_engine.modalities.text.tokenizer import END


class Candidate(NamedTuple):
    """A beam with one token more: ``score`` is the sum of its tokens' log-probabilities."""

    score: float
    row: int
    token: int


@dataclass
class Beams:
    """Beams of one text: those that are written on, and the finished ones, best first, by normalized scores."""

    generation: Generation
    running: list[tuple[float, list[int]]] = field(default_factory=lambda: [(0.0, [])])
    finished: list[tuple[float, list[int]]] = field(default_factory=list)
    length: int = 0

    @property
    def is_done(self) -> bool:
        """At the most tokens, or where the best running beam, were it finished now, is no better than any finished."""
        if not self.running or self.length >= self.generation.max_new_tokens:
            return True
        if len(self.finished) < self.generation.num_beams:
            return False
        return self._normalized(self.running[0][0], self.length) <= self.finished[-1][0]

    def advance(self, candidates: Sequence[Candidate], *, first: int, end: int) -> list[Candidate]:
        """Takes the best ``candidates``, in order, of which ``first`` is the row of the first beam; those that go on.

        One that ends is finished if it is among the ``num_beams`` best of all.
        """
        chosen: list[Candidate] = []
        most = self.generation.num_beams
        beams, self.length = self.running, self.length + 1
        is_last = self.length == self.generation.max_new_tokens
        for rank, candidate in enumerate(candidates):
            tokens = beams[candidate.row - first][1]
            if candidate.token == end or is_last:
                if rank < most:
                    tokens = tokens if candidate.token == end else [*tokens, candidate.token]
                    self.finished.append((self._normalized(candidate.score, self.length), tokens))
            elif len(chosen) < most:
                chosen.append(candidate)
        self.finished = sorted(self.finished, key=lambda scored: -scored[0])[:most]
        self.running = [(one.score, [*beams[one.row - first][1], one.token]) for one in chosen]
        return chosen

    def _normalized(self, score: float, length: int) -> float:
        return score / math.pow(length, self.generation.length_penalty)


def beam_search(generations: Sequence[Generation], decoder: Decoder, *, never: Tensor, end: int = END) -> None:
    """Finds, for all ``generations`` together, the texts with the best normalized score.

    That of a finished text is the sum of the log-probabilities of its tokens, the end included, divided by their number
    to the power of ``length_penalty``, as ``length_penalty`` of ``transformers``: the mean log-probability at 1, their
    sum at 0; more favours longer texts. (Wu et al., "Google's Neural Machine Translation System", 2016, equation 14,
    divide by ((5 + length) / 6)^α instead, and add a coverage penalty.)

    At each step the ``num_beams`` likeliest beginnings that have no end are kept. The search is over when ``num_beams``
    texts have ended and the best beginning, its score divided by its own length, is no better than the worst of them
    (``early_stopping=False`` of ``transformers``), or at ``max_new_tokens``.

    Parameters
    ----------
    generations
        Of one ``num_beams``. What is found is put into ``generated``.
    decoder
        Goes on with ``num_beams`` rows a text.
    never
        Ids int64 that are not written. Others' log-probabilities are not changed by it.
    end
        Id of the token that ends a text, and is no part of it.
    """
    active = [Beams(generation) for generation in generations]
    if not active:
        return
    log_probs = _log_probs(decoder.begin([each.generation.prompt for each in active]), never)
    while active:
        active, chosen = _advance(active, log_probs, end=end)
        if active:
            rows, tokens = [candidate.row for candidate in chosen], [candidate.token for candidate in chosen]
            log_probs = _log_probs(decoder.step(rows, tokens), never)


def _advance(active: list[Beams], log_probs: Tensor, *, end: int) -> tuple[list[Beams], list[Candidate]]:
    """One token more for all: those that are not done, and what goes on of them, in the order of the next rows."""
    first, kept, goes_on = 0, [], []
    for beams in active:
        count = len(beams.running)
        scores = torch.tensor([score for score, _ in beams.running], dtype=torch.float64)
        found = _candidates(log_probs[first : first + count], scores, first, beams.generation.num_beams)
        chosen = beams.advance(found, first=first, end=end)
        first += count
        if beams.is_done:
            _finish(beams)
        else:
            kept.append(beams)
            goes_on += chosen
    return kept, goes_on


def _finish(beams: Beams) -> None:
    generation = beams.generation
    generation.generated = beams.finished[0][1] if beams.finished else []
    generation.is_ended = len(generation.generated) < generation.max_new_tokens


def _log_probs(logits: Tensor, never: Tensor) -> Tensor:
    found = logits.double().log_softmax(dim=1)
    found[:, never.to(found.device)] = -math.inf
    return found


def _candidates(log_probs: Tensor, scores: Tensor, first: int, num_beams: int) -> list[Candidate]:
    """The 2 × ``num_beams`` best, of which the ends leave ``num_beams``; ``log_probs`` (beams, vocabulary)."""
    total = (log_probs + scores.to(log_probs.device)[:, None]).flatten()
    best = total.topk(min(2 * num_beams, len(total)))
    vocabulary = log_probs.shape[1]
    return [
        Candidate(score, first + place // vocabulary, place % vocabulary)
        for score, place in zip(best.values.tolist(), best.indices.tolist(), strict=True)
        if score > -math.inf
    ]
