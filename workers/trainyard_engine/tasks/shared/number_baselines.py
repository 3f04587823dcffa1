"""Regressions and ratings, held against one number for all rows and the simplest model of their inputs."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from trainyard_engine.core.provenance import Columns
from trainyard_engine.core.split import Rows
from trainyard_engine.modalities.interactions.biases import Biases
from trainyard_engine.modalities.interactions.dataset import KnownIds
from trainyard_engine.tasks.verdict.contest import Contest, Rival, Tested
from trainyard_engine.tasks.verdict.linear import featured, features_for, fit_ridge, training_examples, width_of
from trainyard_engine.tasks.verdict.measures import Floats, Measure, ratio, root_of_ratio

RMSE = Measure("rmse", root_of_ratio)
MAE = Measure("mae", ratio)


class NumberContest(Contest):
    """By what the loss is about: absolute errors of ``mae``, else squared ones."""

    def __init__(self, tested: Tested) -> None:
        super().__init__(tested)
        self.measure = MAE if tested.spec.training.loss == "mae" else RMSE

    def parts(self, examples: Rows, told: Columns) -> Floats:
        return self._parts(np.array(told["truth"]), np.array(told["prediction"]))

    def rivals(self) -> Iterator[Rival]:
        target, split = self.tested.dataset.target, self.tested.split
        known, truth = target[split.train], target[split.test].astype(np.float64)
        yield self._constant("mean", float(known.mean(dtype=np.float64)), truth)
        yield self._constant("median", float(np.median(known)), truth)
        yield from self.models()

    def models(self) -> Iterator[Rival]:
        """Baselines that read the inputs."""
        read = features_for(self.tested)
        width = width_of(self.tested, read)
        examples = training_examples(self.tested, read, products=width * width)
        if examples:
            ridge = fit_ridge(replace(examples, target=examples.target.double()[:, None]))
            found = (
                self._parts(batch.target.double().cpu().numpy(), ridge.outputs(features).squeeze(1).numpy())
                for batch, features in featured(self.tested, read, self.tested.split.test)
            )
            yield self.rival("ridge_regression", found, rows=len(examples.target), is_guess=False)

    def _constant(self, name: str, value: float, truth: npt.NDArray[np.float64]) -> Rival:
        return self.rival(name, [self._parts(truth, np.full(len(truth), value))])

    def _parts(self, truth: Floats, predicted: Floats) -> Floats:
        errors = np.abs(truth - predicted)
        return np.stack((errors if self.measure is MAE else errors**2, np.ones(len(errors))), axis=1)


class RatingContest(NumberContest):
    """Ratings are explained by who is generous and what is liked, before anything else."""

    unit = "ratings"

    def models(self) -> Iterator[Rival]:
        target, split = self.tested.dataset.target.astype(np.float64), self.tested.split
        ids = KnownIds.of(self.tested.dataset, split.train)
        predicted = Biases.fit(ids, target, split.train).ratings(ids, split.test)
        yield self.rival("user_item_biases", [self._parts(target[split.test], predicted)], is_guess=False)
