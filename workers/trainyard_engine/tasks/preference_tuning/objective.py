"""Losses of preferences: DPO, ORPO and KTO, over the log-probabilities of whole answers.

DPO: Rafailov et al., "Direct Preference Optimization" (2023), eq. 7. ORPO: Hong et al., "ORPO: Monolithic Preference
Optimization without Reference Model" (2024), eq. 6, of mean log-probabilities per token. KTO: Ethayarajh et al., "KTO:
Model Alignment as Prospect Theoretic Optimization" (2024), with its reference point held at 0 as APO-zero holds it
(D'Oosterlinck et al., 2024): so the gradient of a step is the same however its rows are divided.
"""

from collections.abc import Callable, Iterator

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from trainyard_engine.core.batches import Batch
from trainyard_engine.core.evaluation import Metrics
from trainyard_engine.core.model import LoadedModel
from trainyard_engine.core.provenance import Columns, Record
from trainyard_engine.core.split import Rows
from trainyard_engine.core.weighted_sum import WeightedSum
from trainyard_engine.tasks.verdict.contest import Contest, Rival
from trainyard_engine.tasks.verdict.measures import Floats, Measure, ratio
from trainyard_spec.engine_protocol import ClassReport

PREFERRED = Measure("accuracy", ratio)
LEAST = 1e-6
"""Of 1 - p, so that odds stay finite."""


def dpo(outputs: Tensor, target: Tensor, beta: float) -> Tensor:
    """(pairs,) of outputs (pairs, 2, 3): the chosen answer first; see ``CausalLm``."""
    return -functional.logsigmoid(beta * margins(outputs))


def orpo(outputs: Tensor, target: Tensor, beta: float) -> Tensor:
    """(pairs,): what the chosen answer costs a token, and beta times what the odds ratio does."""
    means = outputs[..., 0] / outputs[..., 2]
    log_odds = means - (-torch.expm1(means)).clamp(min=LEAST).log()
    return -means[:, 0] - beta * functional.logsigmoid(log_odds[:, 0] - log_odds[:, 1])


def kto(outputs: Tensor, target: Tensor, beta: float) -> Tensor:
    """(answers,) of outputs (answers, 1, 3); ``target`` is 1 where an answer is desirable, else 0."""
    ratios = beta * (outputs[:, 0, 0] - outputs[:, 0, 1])
    return 1 - torch.sigmoid(torch.where(target > 0, ratios, -ratios))


LOSSES: dict[str, Callable[[Tensor, Tensor, float], Tensor]] = {"dpo": dpo, "orpo": orpo, "kto": kto}


def margins(outputs: Tensor) -> Tensor:
    """(pairs,): by how much more the model prefers the chosen answer than its reference does, in nats."""
    ratios = outputs[..., 0] - outputs[..., 1]
    return ratios[:, 0] - ratios[:, 1]


class Preferences:
    """The mean over pairs, or over rated answers. ``reward_margin`` and ``accuracy`` are by the implicit rewards."""

    outputs = 3

    def __init__(self, loss: str, beta: float, *, evaluation_rows: int) -> None:
        self.name, self.beta = loss, beta
        self.evaluation_rows = evaluation_rows

    def loss(self, outputs: Tensor, target: Tensor) -> WeightedSum:
        return WeightedSum(LOSSES[self.name](outputs, target, self.beta).sum(), len(target))

    def weight(self, target: Tensor) -> float:
        return len(target)

    def step_metrics(self, outputs: Tensor, target: Tensor) -> dict[str, WeightedSum]:
        rewards = self.rewards(outputs, target)
        return {
            "accuracy": WeightedSum((rewards > 0).float().sum(), len(target)),
            "reward_margin": WeightedSum(rewards.sum(), len(target)),
        }

    def rewards(self, outputs: Tensor, target: Tensor) -> Tensor:
        """(rows,): positive where the model prefers what it should, by how much."""
        if self.name == "kto":
            ratios = outputs[:, 0, 0] - outputs[:, 0, 1]
            return self.beta * torch.where(target > 0, ratios, -ratios)
        if self.name == "orpo":
            means = outputs[..., 0] / outputs[..., 2]
            return self.beta * (means[:, 0] - means[:, 1])
        return self.beta * margins(outputs)

    def evaluation(self, *, final: bool, record: Record | None = None) -> "PreferenceEvaluation":
        return PreferenceEvaluation(record)


class PreferenceEvaluation:
    """Adds up losses, rewards and how many are right."""

    def __init__(self, record: Record | None = None) -> None:
        self._record = record
        self._sums = np.zeros(4)

    def add(self, model: LoadedModel, batch: Batch) -> None:
        outputs, objective = model.outputs(batch.raw), model.objective
        assert isinstance(objective, Preferences)  # noqa: S101  as the task has no other
        losses = LOSSES[objective.name](outputs, batch.target, objective.beta).double()
        rewards = objective.rewards(outputs, batch.target).double()
        is_right = rewards > 0
        self._sums += [float(part.sum()) for part in (losses, is_right, rewards, torch.ones_like(rewards))]
        if self._record:
            told = {"loss": losses.tolist(), "reward_margin": rewards.tolist(), "right": is_right.int().tolist()}
            self._record(len(batch.target), told)

    def result(self) -> tuple[Metrics, ClassReport | None]:
        loss, right, rewards, rows = self._sums.tolist()
        return {"loss": loss / rows, "accuracy": right / rows, "reward_margin": rewards / rows}, None


class PreferenceContest(Contest):
    """By how often it prefers what people do, beside a coin."""

    measure = PREFERRED
    unit = "examples"

    def parts(self, examples: Rows, told: Columns) -> Floats:
        right = np.array(told["right"], dtype=np.float64)
        return np.stack((right, np.ones_like(right)), axis=1)

    def rivals(self) -> Iterator[Rival]:
        rows = len(self.tested.split.test)
        parts = np.stack((np.full(rows, 0.5), np.ones(rows)), axis=1)
        yield self.rival("coin", [parts], rows=0)
