"""Recommendation: ratings of items by users, or an order of items for each user."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import nn

from trainyard_engine.core.dataset import Dataset
from trainyard_engine.core.model import LoadedModel, ModelConfig
from trainyard_engine.core.prediction_notes import Notes
from trainyard_engine.core.provenance import Columns, Places, numbers_of
from trainyard_engine.core.split import Rows
from trainyard_engine.core.statistics import Statistics, with_target
from trainyard_engine.modalities.interactions.biases import Biases
from trainyard_engine.modalities.interactions.dataset import (
    InteractionEncoder,
    InteractionSource,
    KnownIds,
    item_index_of,
    names_in,
    split_interactions,
)
from trainyard_engine.modalities.interactions.item_index import ItemIndex
from trainyard_engine.models.layers.scores import Scores
from trainyard_engine.tasks.handler import Inheritance, PreparedData, Preprocessing
from trainyard_engine.tasks.recommendation.baselines import OrderContest
from trainyard_engine.tasks.recommendation.objective import Ranking
from trainyard_engine.tasks.recommendation.predict import recommend
from trainyard_engine.tasks.shared.number_baselines import RatingContest
from trainyard_engine.tasks.shared.regression import Regression
from trainyard_engine.tasks.verdict.contest import Contest, Tested
from trainyard_spec.datasets import AnyProfile, InteractionProfile
from trainyard_spec.resolution import learns_order
from trainyard_spec.training import TrainingSpec

BY_ID = frozenset({"user_vectors.0.weight", "item_vectors.0.weight", "user_bias", "item_bias"})
"""The weights of a network that has a row for each user or item."""


class Recommendation:
    """``loss`` decides what is learnt: ``cross_entropy`` an order of items, the others ratings, where there are any."""

    def prepare(
        self,
        dataset: Dataset,
        spec: TrainingSpec,
        *,
        preprocessing: Preprocessing | None = None,
        start: Inheritance | None = None,
    ) -> PreparedData:
        ranks = _learns_order(spec, dataset.compiled.profile)
        split = split_interactions(dataset, spec.split)
        ids = KnownIds.of(dataset, split.train)
        if preprocessing is None:
            item_index = item_index_of(dataset, ids, split.train)
            statistics = _statistics(dataset, split.train, ranks)
            preprocessing = Preprocessing(start.scaled(statistics) if start else statistics, item_index=item_index)

        def biases(network: nn.Module) -> None:
            if not ranks:
                _set_biases(network, dataset, ids, split.train)

        return PreparedData(
            split=split,
            preprocessing=preprocessing,
            open_source=lambda device: InteractionSource(dataset, ids, device, ranks=ranks),
            warm_start=partial(_first_weights, known=_known(preprocessing), start=start, biases=biases),
            carried=BY_ID if start else frozenset(),
        )

    def places(self, dataset: Dataset, spec: TrainingSpec) -> Places:
        def places(rows: Rows) -> Columns:
            told = {name: names_in(dataset, name, rows) for name in ("user", "item")}
            return {"row": numbers_of(dataset, rows), **told}

        return places

    def encoder(self, config: ModelConfig, preprocessing: Preprocessing, device: torch.device) -> InteractionEncoder:
        return InteractionEncoder()

    def objective(self, config: ModelConfig, preprocessing: Preprocessing) -> Ranking | Regression:
        if _learns_order(config.spec, config.profile):
            return Ranking(config.spec, _known(preprocessing))
        return Regression(config.spec, config.statistics)

    def contest(self, tested: Tested) -> Contest:
        ranks = _learns_order(tested.spec, tested.model.config.profile)
        return OrderContest(tested) if ranks else RatingContest(tested)

    def predict(self, model: LoadedModel, inputs: list[Any], notes: Notes) -> list[dict[str, Any]]:
        return recommend(model, _known(model.preprocessing), inputs, notes)


def _learns_order(spec: TrainingSpec, profile: AnyProfile) -> bool:
    assert isinstance(profile, InteractionProfile)  # noqa: S101  as the task says
    return learns_order(spec, profile)


def _statistics(dataset: Dataset, train: Rows, ranks: bool) -> Statistics:
    return Statistics() if ranks else with_target(Statistics(), dataset.target, train)


def _first_weights(
    network: nn.Module, *, known: ItemIndex, start: Inheritance | None, biases: Callable[[nn.Module], None]
) -> None:
    """What is known of users and items before the first step, from a model or else by ``biases``.

    Of a model all that it knows by name; who is new begins as anybody new does.
    """
    if start is None:
        biases(network)
        return
    own, met = network.state_dict(), _known(start.preprocessing)
    for kind, names, theirs in (("user", known.users, met.users), ("item", known.items, met.items)):
        places = [theirs.find(name) for name in names]
        ours = torch.tensor([place + 1 for place, found in enumerate(places) if found is not None], dtype=torch.int64)
        found = torch.tensor([place + 1 for place in places if place is not None], dtype=torch.int64)
        for name in sorted(BY_ID & own.keys()):
            if name.startswith(kind):
                own[name][ours] = start.weights[name][found].to(own[name].device)


def _set_biases(network: nn.Module, dataset: Dataset, ids: KnownIds, train: Rows) -> None:
    """Begins with what biases alone explain, so that vectors learn what is left; else few ratings teach them noise."""
    assert isinstance(network, Scores) and network.user_bias is not None  # noqa: S101, PT018  as ratings have it
    target = dataset.target.astype(np.float64)
    found, scale = Biases.fit(ids, target, train), with_target(Statistics(), dataset.target, train).target_std
    for parameter, biases in ((network.user_bias, found.users), (network.item_bias, found.items)):
        parameter.data.copy_(torch.from_numpy(biases / scale))


def _known(preprocessing: Preprocessing) -> ItemIndex:
    assert preprocessing.item_index is not None  # noqa: S101  recommenders have one
    return preprocessing.item_index


HANDLER = Recommendation()
