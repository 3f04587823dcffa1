"""Texts by their words alone, in any order: naive Bayes, the simplest model of a text.

Of labels each is told from its lack by a model of its own (binary relevance).
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from trainyard_engine.core.rng import permutation
from trainyard_engine.tasks.verdict.contest import Tested

MOST_COUNTS = 10_000_000
"""Of a token in a class."""
MOST_TOKENS = 5_000_000
"""Read for a fit."""


@dataclass(frozen=True, slots=True)
class WordModel:
    """ln of a token's probability in each class, float64 (vocabulary, classes), 0 for those that say nothing of a
    text; ln of the classes' shares of ``rows`` texts."""

    tokens: Tensor
    shares: Tensor
    rows: int


def fit_words(tested: Tested, *, classes: int) -> WordModel | None:
    """Multinomial naive Bayes, 1 added to every count (Laplace); ``None`` where its table would be large."""
    counted = _counted(tested, classes=classes)
    return counted and _model(*counted, tested)


def fit_label_words(tested: Tested, *, labels: int) -> WordModel | None:
    """The same of each label; its classes are those of all labels, and then of the lack of each."""
    counted = _counted(tested, classes=labels + 1)
    if counted is None:
        return None
    counts, texts, rows = counted
    # The last one is that of all texts, whatever their labels.
    lacks, without = counts[-1] - counts[:-1], texts[-1] - texts[:-1]
    return _model(torch.cat((counts[:-1], lacks)), torch.cat((texts[:-1], without)), rows, tested)


def _counted(tested: Tested, *, classes: int) -> tuple[Tensor, Tensor, int] | None:
    """How often each token is in the texts of each class, int64 (classes, vocabulary), how many texts these are, int64
    (classes,), and of how many rows."""
    tokenizer, train = tested.model.preprocessing.known_tokenizer, tested.split.train
    if tokenizer.vocabulary * classes > MOST_COUNTS:
        return None
    rows = train[permutation(len(train), "baseline", tested.spec.training.seed)[: MOST_TOKENS // tokenizer.max_length]]
    counts = torch.zeros(classes, tokenizer.vocabulary, dtype=torch.int64)
    texts = torch.zeros(classes, dtype=torch.int64)
    for batch in tested.source.batches(np.sort(rows), size=tested.model.objective.evaluation_rows):
        ids = batch.raw[0].cpu().long()
        members, of = _members(batch.target.cpu(), classes)
        places = of[:, None] * tokenizer.vocabulary + ids[members]
        counts += torch.bincount(places.flatten(), minlength=counts.numel()).reshape(counts.shape)
        texts += torch.bincount(of, minlength=classes)
    return counts, texts, len(rows)


def _members(target: Tensor, classes: int) -> tuple[Tensor, Tensor]:
    """Rows with the classes that they are of, both int64 (pairs,)."""
    everyone = torch.arange(len(target))
    if target.ndim == 1:
        return everyone, target
    rows, labels = target.nonzero(as_tuple=True)
    return torch.cat((rows, everyone)), torch.cat((labels, torch.full((len(target),), classes - 1)))


def _model(counts: Tensor, texts: Tensor, rows: int, tested: Tested) -> WordModel:
    says_something = torch.ones(counts.shape[1], dtype=torch.bool)
    says_something[list(tested.model.preprocessing.known_tokenizer.special)] = False
    smoothed = (counts.double() + 1) * says_something
    tokens = torch.where(says_something, (smoothed / smoothed.sum(dim=1, keepdim=True)).log(), 0.0)
    return WordModel(tokens.T.contiguous(), texts.double().log() - np.log(rows), rows)


def word_outputs(words: WordModel, ids: Tensor) -> Tensor:
    """ln of each class's probability, but for what they have in common, float64 (texts, classes)."""
    bags = torch.nn.functional.embedding_bag(ids.cpu().long(), words.tokens, mode="sum")
    return bags + words.shares
