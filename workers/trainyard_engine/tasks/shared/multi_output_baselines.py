"""Several labels, or several numbers, for a row: held against one answer for all rows and the simplest model."""

from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
from torch import Tensor

from trainyard_engine.core.provenance import Columns
from trainyard_engine.core.split import Rows
from trainyard_engine.tasks.verdict.contest import Contest, Rival
from trainyard_engine.tasks.verdict.linear import Linear, featured, features_for, fit_ridge, training_examples, width_of
from trainyard_engine.tasks.verdict.measures import Floats, Measure, ratio
from trainyard_engine.tasks.verdict.naive_bayes import WordModel, fit_label_words, word_outputs
from trainyard_spec.datasets import TargetProfile


def mean_r2(sums: Floats) -> Floats:
    """Over targets, of sums (…, 3 * targets + 1): squared errors, values, their squares, and the rows."""
    errors, values, squares = np.split(sums[..., :-1], 3, axis=-1)
    rows = sums[..., -1:]
    with np.errstate(divide="ignore", invalid="ignore"):
        found: Floats = (1 - errors / (squares - values**2 / rows)).mean(axis=-1)
    return found


class SeveralContest(Contest):
    """Contest over data whose targets are (rows, names)."""

    @property
    @abstractmethod
    def names(self) -> tuple[str, ...]:
        """Names of the labels or targets."""

    def parts(self, examples: Rows, told: Columns) -> Floats:
        truth, answers = (
            np.array([told[f"{what}:{name}"] for name in self.names], dtype=np.float64).T
            for what in ("truth", "prediction")
        )
        return self._parts(truth, answers)

    def rivals(self) -> Iterator[Rival]:
        target, split = self.tested.dataset.target, self.tested.split
        name, answer = self._guess(target[split.train])
        yield self.rival(name, [self._parts(target[split.test].astype(np.float64), answer)])
        yield from self.models()

    def models(self) -> Iterator[Rival]:
        """Baselines that read the inputs."""
        read = features_for(self.tested)
        width = width_of(self.tested, read)
        examples = training_examples(self.tested, read, products=width * (width + len(self.names)))
        if examples:
            ridge = fit_ridge(replace(examples, target=self._scaled(examples.target)))
            batches = featured(self.tested, read, self.tested.split.test)
            parts = (
                self._parts(batch.target.double().cpu().numpy(), self._told(ridge, features))
                for batch, features in batches
            )
            yield self.rival("ridge_regression", parts, rows=len(examples.target), is_guess=False)

    @abstractmethod
    def _guess(self, known: npt.NDArray[Any]) -> tuple[str, Floats]:
        """The best answers (names,) to all rows by the targets of those that train, and what they are called."""

    @abstractmethod
    def _scaled(self, target: Tensor) -> Tensor:
        """What a linear model learns, float64."""

    @abstractmethod
    def _told(self, ridge: Linear, features: Tensor) -> Floats:
        """What it answers, as the targets are stored."""

    @abstractmethod
    def _parts(self, truth: Floats, answers: Floats) -> Floats: ...


class LabelContest(SeveralContest):
    """By the share of wrong answers; a linear model answers yes where it finds more of yes than of no."""

    measure = Measure("hamming_loss", ratio)

    @property
    def names(self) -> tuple[str, ...]:
        return self.tested.model.config.classes

    def models(self) -> Iterator[Rival]:
        yield from self._words() if self.tested.model.tokenizer else super().models()

    def _words(self) -> Iterator[Rival]:
        words = fit_label_words(self.tested, labels=len(self.names))
        if words:
            size = self.tested.model.objective.evaluation_rows
            batches = self.tested.source.batches(self.tested.split.test, size=size)
            parts = (
                self._parts(batch.target.double().cpu().numpy(), self._by_words(words, batch.raw[0]))
                for batch in batches
            )
            yield self.rival("naive_bayes", parts, rows=words.rows, is_guess=False)

    def _by_words(self, words: WordModel, ids: Tensor) -> Floats:
        with_label, without = word_outputs(words, ids).chunk(2, dim=1)
        answers: Floats = (with_label > without).double().numpy()
        return answers

    def _guess(self, known: npt.NDArray[Any]) -> tuple[str, Floats]:
        return "majority_answers", (known.mean(axis=0) > 0.5).astype(np.float64)

    def _scaled(self, target: Tensor) -> Tensor:
        return target.double()

    def _told(self, ridge: Linear, features: Tensor) -> Floats:
        answers: Floats = (ridge.outputs(features) > 0.5).double().numpy()
        return answers

    def _parts(self, truth: Floats, answers: Floats) -> Floats:
        return np.stack(((truth != answers).mean(axis=1), np.ones(len(truth))), axis=1)


class TargetContest(SeveralContest):
    """By the mean of the targets' R², which knows no units."""

    measure = Measure("r2", mean_r2)

    @property
    def names(self) -> tuple[str, ...]:
        profile = self.tested.model.config.profile
        assert isinstance(profile, TargetProfile)  # noqa: S101  as the task says
        return profile.targets

    def _guess(self, known: npt.NDArray[Any]) -> tuple[str, Floats]:
        return "mean", known.mean(axis=0, dtype=np.float64)

    def _scaled(self, target: Tensor) -> Tensor:
        return (target.double() - target.new_tensor(self._shift)) / target.new_tensor(self._scale)

    def _told(self, ridge: Linear, features: Tensor) -> Floats:
        return np.asarray(ridge.outputs(features).numpy() * self._scale + self._shift)

    def _parts(self, truth: Floats, answers: Floats) -> Floats:
        errors, values = (truth - answers) / self._scale, (truth - self._shift) / self._scale
        return np.concatenate((errors**2, values, values**2, np.ones((len(truth), 1))), axis=1)

    @property
    def _shift(self) -> Floats:
        return np.array(self.tested.model.config.targets_mean)

    @property
    def _scale(self) -> Floats:
        return np.array(self.tested.model.config.targets_std)
