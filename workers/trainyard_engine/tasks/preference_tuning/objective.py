"""Losses of preferences: DPO, ORPO and KTO, over the log-probabilities of whole answers.

DPO: Rafailov et al., "Direct Preference Optimization" (2023), eq. 7. ORPO: Hong et al., "ORPO: Monolithic Preference
Optimization without Reference Model" (2024), eq. 6, of mean log-probabilities per token. KTO: Ethayarajh et al., "KTO:
Model Alignment as Prospect Theoretic Optimization" (2024), eq. 8: its reference point, the divergence from the
reference, is estimated over a step's prompts with answers of other rows, and bounded below by 0.
"""

from collections.abc import Callable, Iterator
from typing import Literal

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
    """(answers,) of outputs (answers, 2, 3), an answer and another row's; ``target`` is 1 for desirable ones, else 0.

    The rows are all of a step: they share the reference point.
    """
    gains = beta * (outputs[:, 0, 0] - outputs[:, 0, 1] - reference_point(outputs))
    return 1 - torch.sigmoid(torch.where(target > 0, gains, -gains))


def reference_point(outputs: Tensor) -> Tensor:
    """In nats, at least 0: by how much the model prefers other rows' answers (rows, 2, 3) more than its reference."""
    others = outputs[:, 1]
    return (others[:, 0] - others[:, 1]).mean().clamp(min=0).detach()


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


class RatedAnswers(Preferences):
    """KTO: the loss of an answer depends on the reference point, to which all answers of a step contribute."""

    compares_rows: Literal[True] = True


def preferences(loss: str, beta: float, *, evaluation_rows: int) -> Preferences:
    """The objective called ``loss``."""
    kind = RatedAnswers if loss == "kto" else Preferences
    return kind(loss, beta, evaluation_rows=evaluation_rows)


class PreferenceEvaluation:
    """Losses, rewards and how many are right, of all rows together: of rated answers they share a reference point."""

    def __init__(self, record: Record | None = None) -> None:
        self._record = record
        self._outputs: list[Tensor] = []
        self._targets: list[Tensor] = []
        self._objective: Preferences | None = None

    def add(self, model: LoadedModel, batch: Batch) -> None:
        assert isinstance(model.objective, Preferences)  # noqa: S101  as the task has no other
        self._objective = model.objective
        self._outputs.append(model.outputs(batch.raw).double().cpu())
        self._targets.append(batch.target.cpu())

    def result(self) -> tuple[Metrics, ClassReport | None]:
        objective = self._objective
        assert objective is not None  # noqa: S101  no part of a split is empty
        outputs, target = torch.cat(self._outputs), torch.cat(self._targets)
        losses, rewards = LOSSES[objective.name](outputs, target, objective.beta), objective.rewards(outputs, target)
        right = (rewards > 0).int()
        if self._record:
            told = {"loss": losses.tolist(), "reward_margin": rewards.tolist(), "right": right.tolist()}
            self._record(len(target), told)
        means = {"loss": losses, "accuracy": right.double(), "reward_margin": rewards}
        return {name: float(values.mean()) for name, values in means.items()}, None


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
