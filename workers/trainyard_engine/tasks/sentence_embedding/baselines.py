"""Embeddings held against TF-IDF: words that two texts share, the rarer the more."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

import numpy as np
import torch
from torch import Tensor

from trainyard_engine.core.dataset import Dataset
from trainyard_engine.core.provenance import Columns
from trainyard_engine.core.split import Rows
from trainyard_engine.modalities.text.dataset import texts_of
from trainyard_engine.modalities.text.text_pairs import roles_of, text_identities
from trainyard_engine.tasks.sentence_embedding.metrics import Candidates, Ranks, average_ranks, ranks_of
from trainyard_engine.tasks.verdict.contest import Contest, Rival
from trainyard_engine.tasks.verdict.measures import Floats, Measure, ratio

WORD = re.compile(r"\b\w\w+\b")
"""That of scikit-learn's ``TfidfVectorizer``: two characters or more."""
MOST_TRAINED = 200_000
"""Training rows whose words are counted."""
MOST_WORDS = 8_192
"""The words of most training texts; a vector has as many numbers."""
MOST_NUMBERS = 1 << 27
"""Of the vectors of all test rows on one side."""


def correlation(sums: Floats) -> Floats:
    """Pearson's of sums of x, y, their squares, their product and 1."""
    x, y, xx, yy, xy, count = np.moveaxis(sums, -1, 0)
    size = np.sqrt(np.clip(xx - x * x / count, 0, None) * np.clip(yy - y * y / count, 0, None))
    found: Floats = np.divide(xy - x * y / count, size, out=np.zeros_like(size), where=size > 0)
    return found


MRR = Measure("mrr", ratio)
SPEARMAN = Measure("spearman", correlation)


class TfIdf:
    """TF-IDF (Spärck Jones, 1972) as scikit-learn has it: smoothed frequencies of texts, rows of length 1."""

    def __init__(self, texts: Iterable[str], *, words: int = MOST_WORDS) -> None:
        counts, seen = Counter[str](), 0
        for text in texts:
            counts.update(set(_words(text)))
            seen += 1
        kept = sorted(counts, key=lambda word: (-counts[word], word))[:words]
        self._places = {word: place for place, word in enumerate(kept)}
        found = np.array([counts[word] for word in kept], dtype=np.float64)
        self._weights = np.log((1 + seen) / (1 + found)) + 1

    def vectors(self, texts: Sequence[str]) -> Tensor:
        """float32 (texts, words), of length 1, or 0 for a text without a known word."""
        whole = np.zeros((len(texts), max(1, len(self._places))), dtype=np.float32)
        for row, text in enumerate(texts):
            for word, times in Counter(_words(text)).items():
                if (place := self._places.get(word)) is not None:
                    whole[row, place] = times * self._weights[place]
        lengths = np.linalg.norm(whole, axis=1, keepdims=True)
        return torch.from_numpy(np.divide(whole, lengths, out=whole, where=lengths > 0))


def _words(text: str) -> list[str]:
    return WORD.findall(text.lower())


class EmbeddingContest(Contest):
    """What both kinds share: TF-IDF of the training texts, and the test rows' own."""

    unit = "pairs"

    def tfidf(self) -> TfIdf:
        """Fitted to the first training rows."""
        dataset, train = self.tested.dataset, np.sort(self.tested.split.train)[:MOST_TRAINED]
        words = min(MOST_WORDS, max(1, MOST_NUMBERS // len(self.tested.split.test)))
        return TfIdf(chain.from_iterable(_texts(dataset, train, name) for name in roles_of(dataset)), words=words)

    @property
    def fitted_rows(self) -> int:
        return min(len(self.tested.split.train), MOST_TRAINED)

    def vectors(self, name: str, tfidf: TfIdf) -> Tensor:
        """Vectors of the test rows."""
        return tfidf.vectors(list(_texts(self.tested.dataset, self.tested.split.test, name)))


class RetrievalContest(EmbeddingContest):
    """By the mean reciprocal rank of the own positive, beside TF-IDF and an order drawn by lot."""

    measure = MRR

    def parts(self, examples: Rows, told: Columns) -> Floats:
        return _reciprocal(np.array(told["place"], dtype=np.int64) - 1)

    def rivals(self) -> Iterator[Rival]:
        target = text_identities(self.tested.dataset)[self.tested.split.test]
        judged = Candidates(target).judged
        # Each place among n is as likely: the mean of 1, 1/2, …, 1/n.
        expected = np.cumsum(1 / np.arange(1, judged.max() + 1))[judged - 1] / judged
        drawn = np.stack((expected, np.ones(len(target))), axis=1)
        yield self.rival("random_order", [drawn], rows=0)
        tfidf = self.tfidf()
        ranks = ranks_of(self.vectors("text", tfidf), self.vectors("positive", tfidf), target)
        yield self.rival("tfidf_cosine", [_reciprocal(ranks)], rows=self.fitted_rows, is_guess=False)


class ScoreContest(EmbeddingContest):
    """By Spearman's correlation of cosines with scores, beside TF-IDF and one cosine for all."""

    measure = SPEARMAN

    def parts(self, examples: Rows, told: Columns) -> Floats:
        return _moments(np.array(told["prediction"]), np.array(told["truth"]))

    def rivals(self) -> Iterator[Rival]:
        scores = self.tested.dataset.target[self.tested.split.test]
        yield self.rival("one_cosine", [_moments(np.zeros(len(scores)), scores)], rows=0)
        tfidf = self.tfidf()
        first, second = (self.vectors(name, tfidf) for name in ("text", "positive"))
        near = (first * second).sum(dim=1).double().numpy()
        yield self.rival("tfidf_cosine", [_moments(near, scores)], rows=self.fitted_rows, is_guess=False)


def _texts(dataset: Dataset, rows: Rows, name: str) -> Iterator[str]:
    return chain.from_iterable(texts_of(dataset, rows, name))


def _reciprocal(ranks: Ranks) -> Floats:
    return np.stack((1 / (ranks + 1), np.ones(len(ranks))), axis=1)


def _moments(found: Floats, truth: Floats) -> Floats:
    """What the correlation of the ranks of both is computed from, float64 (rows, 6)."""
    x, y = (average_ranks(values) / len(values) for values in (found, truth))
    return np.stack((x, y, x * x, y * y, x * y, np.ones(len(x))), axis=1)
