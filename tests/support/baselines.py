"""What needs no network: the simple answers that a trained model is held against, on the rows that it was tested on."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from trainyard_engine.core.dataset import Dataset, open_dataset
from trainyard_engine.core.model_directory import load_model
from trainyard_engine.core.split import split_examples
from trainyard_engine.modalities.interactions.dataset import KnownIds, item_index_of, split_interactions
from trainyard_engine.modalities.text.streams import BlockSource, blocks_of
from trainyard_engine.modalities.text.tokenizer import PADDING
from trainyard_engine.tasks.recommendation.objective import ranking_metrics, ranks
from trainyard_spec.splits import SplitConfig

Array = npt.NDArray[Any]


def order_metrics(dataset: Dataset, spec: SplitConfig, score: Callable[[Array], Array]) -> dict[str, float]:
    """Metrics of the order that ``score`` makes of what users met in training, 1 or 0 (users, items), in its shape."""
    split = split_interactions(dataset, spec)
    ids = KnownIds.of(dataset, split.train)
    item_index = item_index_of(dataset, ids, split.train)
    met = np.zeros((len(item_index.users), len(item_index.items)))
    met[ids.users[split.train] - 1, ids.items[split.train] - 1] = 1
    users, target = ids.users[split.test] - 1, torch.from_numpy(ids.items[split.test].astype(np.int64) - 1)
    scores = torch.from_numpy(np.where(met > 0, -np.inf, score(met))[users])
    return ranking_metrics(users, ranks(scores, target).numpy())


def most_popular(dataset: Dataset, spec: SplitConfig) -> dict[str, float]:
    """Metrics of offering everybody the items that most users met in training."""
    return order_metrics(dataset, spec, lambda met: met.sum(axis=0, keepdims=True))


def rmse_of_means(dataset: Dataset, spec: SplitConfig) -> float:
    """Of the overall mean plus a user's and an item's deviation from it."""
    split, target = split_interactions(dataset, spec), dataset.target
    mean = target[split.train].mean()
    predicted = np.full(len(split.test), mean)
    for name in ("user", "item"):
        codes = dataset.features[name]
        sums = np.bincount(codes[split.train], weights=target[split.train] - mean)
        predicted += (sums / np.bincount(codes[split.train]))[codes[split.test]]
    return float(np.sqrt(np.mean((predicted - target[split.test]) ** 2)))


@dataclass(frozen=True, slots=True)
class TokenPairs:
    """Every token of a part after the one before it, int64 (tokens, 2), as the tokenizer of a model cuts the texts."""

    train: Array
    test: Array
    vocabulary: int

    @classmethod
    def of(cls, data: Path, model: Path, spec: SplitConfig) -> "TokenPairs":
        dataset, tokenizer = open_dataset(data), load_model(model, "cpu", threads=1).preprocessing.known_tokenizer
        blocks = blocks_of(dataset, tokenizer, split_examples(dataset, spec))
        source = BlockSource(blocks, torch.device("cpu"))

        def pairs(rows: Array) -> Array:
            batches = source.batches(rows, size=1)
            found = np.concatenate([np.stack([batch.raw[0][0], batch.target[0]], axis=1) for batch in batches])
            return found[found[:, 1] != PADDING]

        return cls(pairs(blocks.split.train), pairs(blocks.split.test), tokenizer.vocabulary)

    @property
    def frequencies(self) -> Array:
        """Of each token in the training part, 1 added (Laplace): float64 (vocabulary,), together 1."""
        counts = np.bincount(self.train[:, 1], minlength=self.vocabulary) + 1
        return counts / counts.sum()

    def perplexity_by_frequencies(self) -> float:
        """Of the test part, each token by how frequent it is."""
        return float(np.exp(-np.log(self.frequencies[self.test[:, 1]]).mean()))

    def perplexity_by_last(self) -> float:
        """Of the test part, each token by the one before it: bigrams, smoothed as by Witten and Bell (1991)."""
        counts = np.zeros((self.vocabulary, self.vocabulary))
        np.add.at(counts, tuple(self.train.T), 1)
        kinds = (counts > 0).sum(axis=1, keepdims=True).clip(min=1)
        probability = (counts + kinds * self.frequencies) / (counts.sum(axis=1, keepdims=True) + kinds)
        return float(np.exp(-np.log(probability[tuple(self.test.T)]).mean()))
