"""Cross-entropy of the tokens that a language model learns to write: in training, validation and beside baselines."""

import math
from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from trainyard_engine.core.batches import Batch
from trainyard_engine.core.evaluation import Metrics
from trainyard_engine.core.model import LoadedModel
from trainyard_engine.core.provenance import Columns, Record
from trainyard_engine.core.split import Rows
from trainyard_engine.core.weighted_sum import WeightedSum
from trainyard_engine.modalities.text.token_examples import IGNORED
from trainyard_engine.tasks.shared.language_models import network_of
from trainyard_engine.tasks.verdict.contest import Contest, Rival
from trainyard_engine.tasks.verdict.measures import Floats, Measure, ratio
from trainyard_spec.engine_protocol import ClassReport

TOKENS_AT_ONCE = 1 << 14
MOST_ROWS_COUNTED = 100_000
"""Of the training part, whose tokens' frequencies are a baseline."""

LOSS = Measure("loss", ratio)


class TokenCosts:
    """The mean over the tokens that are learnt. Outputs are those of ``CausalLm``, targets as in ``TokenSource``."""

    outputs = 2

    def __init__(self, max_length: int) -> None:
        self.evaluation_rows = max(1, TOKENS_AT_ONCE // max_length)

    def loss(self, outputs: Tensor, target: Tensor) -> WeightedSum:
        return WeightedSum(outputs[..., 0].sum(), self.weight(target))

    def weight(self, target: Tensor) -> Tensor:
        """The tokens that are learnt."""
        return (target != IGNORED).sum()

    def step_metrics(self, outputs: Tensor, target: Tensor) -> dict[str, WeightedSum]:
        """``accuracy`` over the tokens that are learnt."""
        return {"accuracy": WeightedSum(outputs[..., 1].sum(), self.weight(target))}

    def evaluation(self, *, final: bool, record: Record | None = None) -> "CostEvaluation":
        return CostEvaluation(record)


class CostEvaluation:
    """Adds up what each batch's tokens cost."""

    def __init__(self, record: Record | None = None) -> None:
        self._record = record
        self._sums = np.zeros(3)

    def add(self, model: LoadedModel, batch: Batch) -> None:
        costs = costs_of(model.outputs(batch.raw), batch.target)
        self._sums += costs.sum(axis=0)
        if self._record:
            nats, tokens, right = costs.T
            told = {"nats": nats.tolist(), "tokens": tokens.astype(int).tolist(), "right": right.astype(int).tolist()}
            self._record(len(batch.target), told)

    def result(self) -> tuple[Metrics, ClassReport | None]:
        """``loss`` in nats per token, ``perplexity``, which is exp(loss), and ``accuracy``."""
        nats, tokens, right = self._sums.tolist()
        loss = nats / tokens
        # Beyond, a float has no number for it.
        return {"loss": loss, "perplexity": math.exp(min(loss, 700.0)), "accuracy": right / tokens}, None


def costs_of(outputs: Tensor, target: Tensor) -> Floats:
    """float64 (batch, 3): nats, tokens, and how many were right, of each row."""
    nats, right = outputs.double().sum(dim=1).unbind(dim=1)
    found: Floats = torch.stack((nats, (target != IGNORED).sum(dim=1).double(), right), dim=1).cpu().numpy()
    return found


class AnswerContest(Contest):
    """By what a token costs in the mean, in nats, beside the base model as it was registered."""

    measure = LOSS
    unit = "examples"

    def parts(self, examples: Rows, told: Columns) -> Floats:
        return np.stack((np.array(told["nats"]), np.array(told["tokens"], dtype=np.float64)), axis=1)

    def rivals(self) -> Iterator[Rival]:
        model, split, source = self.tested.model, self.tested.split, self.tested.source
        size = model.objective.evaluation_rows
        train = split.train[:MOST_ROWS_COUNTED]
        counts = torch.ones(network_of(model).lm.config.vocab_size, dtype=torch.float64)
        for batch in source.batches(train, size=size):
            counts += torch.bincount(batch.target[batch.target != IGNORED].cpu(), minlength=len(counts))
        costs = -(counts / counts.sum()).log()
        batches = source.batches(split.test, size=size)
        yield self.rival(
            "token_frequencies", (_priced(costs, batch.target.cpu()) for batch in batches), rows=len(train)
        )
        batches = source.batches(split.test, size=size)
        yield self.rival("base_model", (self._of_base(batch) for batch in batches), rows=0, is_guess=False)

    def _of_base(self, batch: Batch) -> Floats:
        model = self.tested.model
        with torch.inference_mode(), model.compute.autocast():
            outputs = network_of(model).costs_of_base(model.encoder(batch.raw))
        return costs_of(outputs.float(), batch.target)[:, :2]


def _priced(costs: Tensor, target: Tensor) -> Floats:
    is_learnt = target != IGNORED
    priced = (costs[target.clamp(min=0)] * is_learnt).sum(dim=1)
    return torch.stack((priced, is_learnt.sum(dim=1).double()), dim=1).numpy()
