"""Classifications, held against the most frequent class and the simplest model of their inputs."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor

from trainyard_engine.core.prediction_notes import quoted
from trainyard_engine.core.provenance import Columns
from trainyard_engine.core.split import Rows
from trainyard_engine.tasks.verdict.contest import Contest, Rival, Tested
from trainyard_engine.tasks.verdict.linear import featured, features_of, fit_logistic, training_examples, width_of
from trainyard_engine.tasks.verdict.measures import Floats, Measure, ratio
from trainyard_engine.tasks.verdict.naive_bayes import fit_words, word_outputs
from trainyard_spec.verdicts import Sign, SignCode

MOST_CLASSES = 1_000
"""Of more there is no simple model, and accuracy decides whatever classes weigh."""

ACCURACY = Measure("accuracy", ratio)


def mean_recall(sums: Floats) -> Floats:
    """Over the classes that a row has or was taken for, of sums (…, 3 * classes): rows, rows taken, and both."""
    rows, taken, both = np.split(sums, 3, axis=-1)
    found: Floats = (both / np.maximum(rows, 1)).sum(axis=-1) / np.count_nonzero(rows + taken, axis=-1)
    return found


RECALL = Measure("recall_macro", mean_recall)


class ClassContest(Contest):
    """By accuracy, or, where classes weigh differently, by the mean of their recalls."""

    def __init__(self, tested: Tested) -> None:
        super().__init__(tested)
        config = tested.model.config
        self._places = {name: place for place, name in enumerate(config.classes)}
        weighs = bool(config.class_weights) and len(config.classes) <= MOST_CLASSES
        self.measure = RECALL if weighs else ACCURACY

    def parts(self, examples: Rows, told: Columns) -> Floats:
        truth, taken = (np.array([self._places[name] for name in told[key]]) for key in ("truth", "prediction"))
        return self._parts(truth, taken)

    def rivals(self) -> Iterator[Rival]:
        split, target, classes = self.tested.split, self.tested.dataset.target, len(self._places)
        most = int(np.bincount(target[split.train], minlength=classes).argmax())
        sizes = range(0, len(split.test), self.tested.model.objective.evaluation_rows)
        truths = (target[split.test[begin : begin + sizes.step]] for begin in sizes)
        yield self.rival("majority_class", (self._parts(truth, np.full(len(truth), most)) for truth in truths))
        if classes <= MOST_CLASSES:
            yield from self._words() if self.tested.model.tokenizer else self._linear()

    def one_answer(self, answer: Any) -> Sign:
        message = f"It takes every test row for {quoted(repr(answer))}: it has not learnt to tell the classes apart."
        return Sign(code=SignCode.ONE_CLASS, message=message)

    def _linear(self) -> Iterator[Rival]:
        classes = len(self._places)
        examples = training_examples(self.tested, features_of, products=width_of(self.tested, features_of) * classes)
        if examples:
            linear = fit_logistic(examples, classes=classes)
            batches = featured(self.tested, features_of, self.tested.split.test)
            parts = (self._judged(batch.target, linear.outputs(features)) for batch, features in batches)
            yield self.rival("logistic_regression", parts, rows=len(examples.target), is_guess=False)

    def _words(self) -> Iterator[Rival]:
        words = fit_words(self.tested, classes=len(self._places))
        if words:
            size = self.tested.model.objective.evaluation_rows
            batches = self.tested.source.batches(self.tested.split.test, size=size)
            parts = (self._judged(batch.target, word_outputs(words, batch.raw[0])) for batch in batches)
            yield self.rival("naive_bayes", parts, rows=words.rows, is_guess=False)

    def _judged(self, target: Tensor, outputs: Tensor) -> Floats:
        return self._parts(target.cpu().numpy(), outputs.argmax(dim=1).cpu().numpy())

    def _parts(self, truth: Rows, taken: Rows) -> Floats:
        hits = truth == taken
        if self.measure is ACCURACY:
            return np.stack((hits, np.ones(len(hits))), axis=1)
        ones = partial(_one_hot, classes=len(self._places))
        return np.concatenate((ones(truth), ones(taken), ones(truth) * hits[:, None]), axis=1)


def _one_hot(places: Rows, *, classes: int) -> Floats:
    found = torch.nn.functional.one_hot(torch.from_numpy(places), classes).double().numpy()
    return np.asarray(found)
