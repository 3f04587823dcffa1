"""Recommendation: ratings of items by users, or an order of items for each user."""

from typing import Any

import torch

from trainyard_engine.data.catalogue import Catalogue
from trainyard_engine.data.dataset import Dataset
from trainyard_engine.data.interactions import (
    InteractionSource,
    KnownIds,
    PairEncoder,
    catalogue_of,
    split_interactions,
)
from trainyard_engine.data.split import Rows
from trainyard_engine.data.statistics import Statistics, with_target
from trainyard_engine.faults import EngineFault
from trainyard_engine.kinds.kind import Fitted, Prepared
from trainyard_engine.model import LoadedModel, ModelConfig
from trainyard_engine.recommendations import recommend
from trainyard_engine.training.objectives import Regression
from trainyard_engine.training.ranking import Ranking
from trainyard_spec.datasets import AnyProfile, InteractionProfile
from trainyard_spec.training import TrainingSpec

MOST_SCORES = 1 << 28
"""Scores of one batch that an order is learnt from, 1 GiB of them."""


class Interactions:
    """``loss`` decides what is learnt: ``cross_entropy`` an order of items, the others ratings, where there are any."""

    def prepare(self, dataset: Dataset, spec: TrainingSpec, *, fitted: Fitted | None = None) -> Prepared:
        learns_order = _learns_order(spec, dataset.compiled.profile)
        _require_metric(spec, learns_order)
        split = split_interactions(dataset, spec.split)
        ids = KnownIds.of(dataset, split.train)
        if fitted is None:
            catalogue = catalogue_of(dataset, ids, split.train)
            fitted = Fitted(_statistics(dataset, split.train, learns_order), catalogue=catalogue)
        _require_room(spec, learns_order, _known(fitted))
        return Prepared(
            split=split,
            fitted=fitted,
            open_source=lambda device: InteractionSource(dataset, ids, device, ranks=learns_order),
        )

    def encoder(self, config: ModelConfig, fitted: Fitted, device: torch.device) -> PairEncoder:
        return PairEncoder()

    def objective(self, config: ModelConfig, fitted: Fitted) -> Ranking | Regression:
        if _learns_order(config.spec, config.profile):
            return Ranking(config.spec, _known(fitted))
        return Regression(config.spec, config.statistics)

    def predict(self, model: LoadedModel, inputs: list[Any]) -> list[dict[str, Any]]:
        return recommend(model, _known(model.fitted), inputs)


def _learns_order(spec: TrainingSpec, profile: AnyProfile) -> bool:
    """Raises ``EngineFault`` for a loss of ratings where there are none."""
    assert isinstance(profile, InteractionProfile)  # noqa: S101  as the task says
    loss = spec.training.loss
    if profile.target is None and loss not in ("auto", "cross_entropy"):
        raise EngineFault(
            f"The loss {loss} compares ratings, and the data have none.",
            code="loss_mismatch",
            hint="Use cross_entropy, or name the column of ratings in the dataset's option target.",
            field="training.loss",
        )
    return loss == "cross_entropy" or profile.target is None


def _require_metric(spec: TrainingSpec, learns_order: bool) -> None:
    stopping = spec.training.early_stopping
    if stopping and stopping.metric == "val_ndcg_at_10" and not learns_order:
        raise EngineFault(
            "val_ndcg_at_10 judges an order of items, and this training learns ratings.",
            code="metric_mismatch",
            hint="Use val_loss, or the loss cross_entropy.",
            field="training.early_stopping.metric",
        )


def _require_room(spec: TrainingSpec, learns_order: bool, catalogue: Catalogue) -> None:
    size, items = spec.training.batch_size, len(catalogue.items)
    if learns_order and size * items > MOST_SCORES:
        raise EngineFault(
            f"A batch of {size:,} rows would score {items:,} items each, more than {MOST_SCORES:,} scores at once.",
            code="batch_too_large",
            hint=f"Use a batch_size of at most {MOST_SCORES // items:,}, and accumulate.",
            field="training.batch_size",
        )


def _statistics(dataset: Dataset, train: Rows, learns_order: bool) -> Statistics:
    return Statistics() if learns_order else with_target(Statistics(), dataset.target, train)


def _known(fitted: Fitted) -> Catalogue:
    assert fitted.catalogue is not None  # noqa: S101  recommenders have one
    return fitted.catalogue


KIND = Interactions()
