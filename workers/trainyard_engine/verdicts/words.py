"""Texts by their words alone, in any order: naive Bayes, the simplest model of a text."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from trainyard_engine.keyed import permutation
from trainyard_engine.verdicts.contest import Tested

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
    tokenizer, train = tested.model.fitted.known_tokenizer, tested.split.train
    if tokenizer.vocabulary * classes > MOST_COUNTS:
        return None
    rows = train[permutation(len(train), "baseline", tested.spec.training.seed)[: MOST_TOKENS // tokenizer.max_length]]
    counts = torch.zeros(classes, tokenizer.vocabulary, dtype=torch.int64)
    texts = torch.zeros(classes, dtype=torch.int64)
    for batch in tested.source.batches(np.sort(rows), size=tested.model.objective.evaluation_rows):
        ids, target = batch.raw[0].cpu().long(), batch.target.cpu()
        places = target[:, None] * tokenizer.vocabulary + ids
        counts += torch.bincount(places.flatten(), minlength=counts.numel()).reshape(counts.shape)
        texts += torch.bincount(target, minlength=classes)
    says_something = torch.ones(tokenizer.vocabulary, dtype=torch.bool)
    says_something[list(tokenizer.special)] = False
    smoothed = (counts.double() + 1) * says_something
    tokens = torch.where(says_something, (smoothed / smoothed.sum(dim=1, keepdim=True)).log(), 0.0)
    return WordModel(tokens.T.contiguous(), texts.double().log() - np.log(len(rows)), len(rows))


def word_outputs(words: WordModel, ids: Tensor) -> Tensor:
    """ln of each class's probability, but for what they have in common, float64 (texts, classes)."""
    bags = torch.nn.functional.embedding_bag(ids.cpu().long(), words.tokens, mode="sum")
    return bags + words.shares
