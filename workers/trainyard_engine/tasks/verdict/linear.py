"""Linear models, the simplest that read a row: cheap to fit, and often hard to beat."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from trainyard_engine.core.batches import Batch
from trainyard_engine.core.rng import permutation
from trainyard_engine.core.split import Rows
from trainyard_engine.modalities.audio.encode import Frames, LogMel
from trainyard_engine.modalities.audio.waveform import Waves
from trainyard_engine.modalities.series.steps import PaddedSteps
from trainyard_engine.modalities.text.tokenizer import PADDING
from trainyard_engine.tasks.verdict.contest import Tested
from trainyard_spec.audio import FULL_SCALE, AudioConfig

MOST_PRODUCTS = 40_000_000
"""Multiplications of one pass over the rows of a fit: about a second for all passes."""
MOST_NUMBERS = 40_000_000
"""Stored numbers that are read for a fit, and at most four times as many for a test."""
LEAST_ROWS = 200
"""Where fewer fit into these bounds, and there are more, a fit would say little."""
PASSES = 60
MOST_TOKENS, MOST_COUNTED = 256, 4_096
"""Tokens that a linear model of texts reads, and texts whose tokens are counted to choose them."""


Features = Callable[[Any], Tensor]
"""From what an encoder gives to numbers (batch, width)."""


@dataclass(frozen=True, slots=True)
class Linear:
    """``outputs`` of features float64 (rows, width): float64 (rows, outputs)."""

    mean: Tensor
    scale: Tensor
    weights: Tensor
    bias: Tensor

    def outputs(self, features: Tensor) -> Tensor:
        return (features - self.mean) / self.scale @ self.weights + self.bias


@dataclass(frozen=True, slots=True)
class Examples:
    """Some training examples: features float64 (rows, width) and targets (rows, …)."""

    features: Tensor
    target: Tensor


def training_examples(tested: Tested, features: Features, *, products: int) -> Examples | None:
    """As many as the bounds allow, drawn by the seed; ``products`` are those of a row in one pass of the fit.

    ``None`` where that is too few, or the test would take long.
    """
    train, test = tested.split.train, tested.split.test
    first = next(tested.source.batches(train[:1], size=1))
    numbers = sum(tensor.numel() for tensor in first.raw)
    most = min(MOST_PRODUCTS // products, MOST_NUMBERS // numbers)
    if most < min(len(train), LEAST_ROWS) or len(test) * numbers > 4 * MOST_NUMBERS:
        return None
    rows = train
    if most < len(train):
        rows = np.sort(train[permutation(len(train), "baseline", tested.spec.training.seed)[:most]])
    parts = [(found, batch.target.cpu()) for batch, found in featured(tested, features, rows)]
    return Examples(*(torch.cat(column) for column in zip(*parts, strict=True)))


def featured(tested: Tested, features: Features, rows: Rows) -> Iterator[tuple[Batch, Tensor]]:
    """Batches of examples with their features on the CPU, float64 (batch, width)."""
    for batch in tested.source.batches(rows, size=tested.model.objective.evaluation_rows):
        yield batch, _encoded(tested, features, batch)


def width_of(tested: Tested, features: Features) -> int:
    """Width of the features."""
    return _encoded(tested, features, next(tested.source.batches(tested.split.train[:1], size=1))).shape[1]


@torch.inference_mode()
def _encoded(tested: Tested, features: Features, batch: Batch) -> Tensor:
    return features(tested.model.encoder(batch.raw)).double().cpu()


def features_for(tested: Tested) -> Features:
    """``features_of``, or of texts how often each of the ``MOST_TOKENS`` commonest tokens stands in them."""
    if tested.model.tokenizer is None:
        return features_of
    rows = tested.split.train[:MOST_COUNTED]
    counts = torch.zeros(tested.model.tokenizer.vocabulary, dtype=torch.int64)
    for batch in tested.source.batches(rows, size=tested.model.objective.evaluation_rows):
        counts += torch.bincount(batch.raw[0].flatten().cpu(), minlength=len(counts))
    counts[PADDING] = 0
    common = counts.argsort(descending=True, stable=True)[:MOST_TOKENS]

    def counted(ids: Any) -> Tensor:
        found = torch.zeros(len(ids), len(counts), device=ids.device)
        found.scatter_add_(1, ids.long(), torch.ones_like(ids, dtype=found.dtype))
        return found[:, common.to(ids.device)]

    return counted


def features_of(encoded: Any) -> Tensor:
    """What a network is fed, (batch, width); of series and recordings their channels' means and deviations."""
    if isinstance(encoded, Tensor):
        return encoded.flatten(1)
    if isinstance(encoded, Waves):
        encoded = _frames_of(encoded)
    if isinstance(encoded, Frames):
        encoded = PaddedSteps(encoded.features, encoded.is_heard)
    values, mask = encoded.values.double(), encoded.mask.unsqueeze(2)
    count = mask.sum(dim=1)
    mean = (values * mask).sum(dim=1) / count
    squares = ((values - mean.unsqueeze(1)).square() * mask).sum(dim=1) / count
    return torch.cat((mean, squares.sqrt()), dim=1)


def _frames_of(waves: Waves) -> Frames:
    """What networks that do not hear samples are fed of them."""
    log_mel = LogMel(AudioConfig(), waves.rate, waves.samples.device)
    return Frames(log_mel(waves.samples * FULL_SCALE), log_mel.frames(waves.lengths))


def fit_ridge(examples: Examples) -> Linear:
    """Least squares with a penalty of 1 on the squares of weights between standardized features.

    ``target`` is float64 (rows, outputs). Hoerl & Kennard (1970).
    """
    mean, scale = _standard(examples.features)
    inputs = (examples.features - mean) / scale
    bias = examples.target.mean(dim=0)
    products = inputs.T @ inputs
    products.diagonal().add_(1.0)
    return Linear(mean, scale, torch.linalg.solve(products, inputs.T @ (examples.target - bias)), bias)


def fit_logistic(examples: Examples, *, classes: int) -> Linear:
    """Multinomial logistic regression between standardized features, with the penalty that scikit-learn's has.

    ``target`` is int64 (rows,). By L-BFGS, at most ``PASSES`` iterations.
    """
    mean, scale = _standard(examples.features)
    inputs = (examples.features - mean) / scale
    weights = torch.zeros(inputs.shape[1], classes, dtype=torch.float64, requires_grad=True)
    bias = torch.zeros(classes, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS([weights, bias], max_iter=PASSES, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        optimizer.zero_grad()
        total = functional.cross_entropy(inputs @ weights + bias, examples.target)
        total = total + weights.square().sum() / (2 * len(inputs))
        total.backward()  # type: ignore[no-untyped-call]
        return total

    optimizer.step(loss)  # type: ignore[no-untyped-call]
    return Linear(mean, scale, weights.detach(), bias.detach())


def _standard(features: Tensor) -> tuple[Tensor, Tensor]:
    """Means and deviations, 1 for what does not vary."""
    deviation = features.std(dim=0, correction=0)
    return features.mean(dim=0), torch.where(deviation > 0, deviation, 1.0)
