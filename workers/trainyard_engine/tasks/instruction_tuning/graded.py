"""Answers that a model writes to test conversations, graded beside those that its base writes."""

import math
from typing import Any

import numpy as np

from trainyard_engine.core.batches import Batch
from trainyard_engine.core.evaluation import Metrics
from trainyard_engine.core.model import LoadedModel
from trainyard_engine.core.provenance import Record
from trainyard_engine.modalities.text.token_examples import IGNORED
from trainyard_engine.tasks.shared.graders import CORPUS_WIDE, score
from trainyard_engine.tasks.shared.language_models import chat_tokenizer, generated, network_of
from trainyard_engine.tasks.shared.token_costs import CostEvaluation, TokenCosts, costs_of
from trainyard_spec.engine_protocol import ClassReport
from trainyard_spec.tuning import TuningConfig

WRITTEN = ("prompt", "truth", "prediction", "base_prediction")
"""Columns of the test predictions beside the costs and grades: empty for conversations that are not graded."""


class GradedCosts(TokenCosts):
    """Token costs and, of a finished model, grades of what it writes."""

    def __init__(self, max_length: int, tuning: TuningConfig) -> None:
        super().__init__(max_length)
        self._tuning = tuning

    def evaluation(self, *, final: bool, record: Record | None = None) -> CostEvaluation:
        return GradedEvaluation(record, self._tuning) if final and self._tuning.graders else CostEvaluation(record)


class GradedEvaluation(CostEvaluation):
    """Writes the last answer of each of the first ``graded_examples``, by the model and by its base."""

    def __init__(self, record: Record | None, tuning: TuningConfig) -> None:
        super().__init__(record)
        self._tuning = tuning
        self._written: list[tuple[str, ...]] = []

    def add(self, model: LoadedModel, batch: Batch) -> None:
        costs = costs_of(model.outputs(batch.raw), batch.target)
        self._sums += costs.sum(axis=0)
        room = max(0, self._tuning.graded_examples - len(self._written))
        rows = [self._answered(model, batch, row) for row in range(min(room, len(batch.target)))]
        self._written += rows
        if self._record:
            nats, tokens, right = costs.T
            told: dict[str, list[Any]] = {"nats": nats.tolist()}
            told |= {"tokens": tokens.astype(int).tolist(), "right": right.astype(int).tolist()}
            rows += [("",) * len(WRITTEN)] * (len(batch.target) - len(rows))
            told |= {name: [row[place] for row in rows] for place, name in enumerate(WRITTEN)}
            told |= self._grades(rows)
            self._record(len(batch.target), told)

    def result(self) -> tuple[Metrics, ClassReport | None]:
        metrics, report = super().result()
        references = [row[1] for row in self._written]
        for grader in self._tuning.graders:
            for place, suffix in ((2, ""), (3, "/base")):
                value = score(grader, [row[place] for row in self._written], references)
                if math.isfinite(value):
                    metrics[f"{grader.name}{suffix}"] = value
        return metrics, report

    def _grades(self, rows: list[tuple[str, ...]]) -> dict[str, list[Any]]:
        """Grades of each written answer, the model's and its base's, by each grader that judges answers one by one."""
        return {
            f"{prefix}:{grader.name}": [score(grader, [row[place]], [row[1]]) if row[0] else "" for row in rows]
            for grader in self._tuning.graders
            if grader.name not in CORPUS_WIDE
            for place, prefix in ((2, "grade"), (3, "base_grade"))
        }

    def _answered(self, model: LoadedModel, batch: Batch, row: int) -> tuple[str, ...]:
        """The prompt of the last answer, that answer, and what model and base write instead."""
        ids, _, target = (tensor[row].cpu().numpy() for tensor in batch.raw)
        learnt = np.flatnonzero(target != IGNORED)
        begin = int(learnt[np.flatnonzero(np.diff(learnt, prepend=-2) > 1)[-1]]) + 1
        prompt, reference = ids[:begin].tolist(), ids[begin : learnt[-1] + 2].tolist()
        most = self._tuning.max_new_tokens
        (own,) = generated(model, [prompt], max_new_tokens=most)
        with network_of(model).without_training() as base:
            (before,) = generated(model, [prompt], max_new_tokens=most, network=base)
        decode = chat_tokenizer(model.preprocessing).decode
        return tuple(decode(tokens) for tokens in (prompt, reference, own, before))
