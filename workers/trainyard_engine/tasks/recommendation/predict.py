"""Answers of a recommender: the best items for a user, or the rating of one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from trainyard_engine.core.model import LoadedModel
from trainyard_engine.core.prediction import outputs_of
from trainyard_engine.core.prediction_notes import Notes
from trainyard_engine.modalities.inputs import bad_input, category_text
from trainyard_engine.modalities.interactions.item_index import UNMET_ID, ItemIndex, Names
from trainyard_engine.models.layers.scores import Scores
from trainyard_engine.tasks.shared.regression import Regression
from trainyard_spec.engine_protocol import PredictionWarningCode

DEFAULT_ITEMS = 10
MOST_ITEMS = 100
KEYS = frozenset({"user", "item", "k"})


@dataclass(frozen=True, slots=True)
class Wish:
    """What an input asks for: ids by ``item_index``, and ``item`` of ``None`` for the ``k`` best items."""

    user: int
    item: int | None
    k: int


def recommend(model: LoadedModel, item_index: ItemIndex, inputs: Sequence[Any], notes: Notes) -> list[dict[str, Any]]:
    """``{"items": [{"item", "score"}, …], "known_user"}`` or ``{"value", "known_user", "known_item"}`` for each input.

    Raises ``EngineFault`` naming the first bad input by its index from 0.
    """
    rates = isinstance(model.objective, Regression)
    wishes = [_wish(value, index, item_index, rates=rates) for index, value in enumerate(inputs)]
    for index, wish in enumerate(wishes):
        _note_unknown(wish, index, notes)
    return [_rating(model, wish) if wish.item is not None else _best(model, item_index, wish) for wish in wishes]


def _wish(value: Any, index: int, item_index: ItemIndex, *, rates: bool) -> Wish:
    if not isinstance(value, dict) or "user" not in value:
        raise bad_input(index, 'is not an object with a "user"')
    for name in value.keys() - KEYS:
        raise bad_input(index, f"has {name!r}, which means nothing here", hint="Valid are user, item and k.")
    item, k = value.get("item"), value.get("k", DEFAULT_ITEMS)
    if item is not None and not rates:
        raise bad_input(
            index,
            "asks for a rating, and the model has learnt none",
            hint="Leave item out to get the best items, or train with ratings.",
            column="item",
        )
    if isinstance(k, bool) or not isinstance(k, int) or not 1 <= k <= MOST_ITEMS:
        raise bad_input(index, f"asks for k = {k!r} items, and k is a whole number from 1 to {MOST_ITEMS}", column="k")
    return Wish(
        user=_id(value["user"], item_index.users, index, "user"),
        item=None if item is None else _id(item, item_index.items, index, "item"),
        k=k,
    )


def _id(value: Any, names: Names, index: int, column: str) -> int:
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        raise bad_input(index, f"has a {column} that is neither text nor a number", column=column)
    found = names.find(category_text(value))
    return UNMET_ID if found is None else found + 1


def _note_unknown(wish: Wish, index: int, notes: Notes) -> None:
    if wish.user == UNMET_ID:
        answer = "these are the items that most users like" if wish.item is None else "the rating is the item's alone"
        message = f"Training never met this user: {answer}."
        notes.add(index, PredictionWarningCode.UNKNOWN_USER, message, column="user")
    if wish.item == UNMET_ID:
        message = "Training never met this item: the rating is how the user rates in general."
        notes.add(index, PredictionWarningCode.UNKNOWN_ITEM, message, column="item")


def _rating(model: LoadedModel, wish: Wish) -> dict[str, Any]:
    assert isinstance(model.objective, Regression)  # noqa: S101  ``_wish`` has made sure
    pair = [np.array([number], dtype=np.int32) for number in (wish.user, wish.item)]
    (value,) = model.objective.values(outputs_of(model, pair)).tolist()
    return {"value": value, "known_user": wish.user != UNMET_ID, "known_item": wish.item != UNMET_ID}


def _best(model: LoadedModel, item_index: ItemIndex, wish: Wish) -> dict[str, Any]:
    """Without the items that the user has met in the data, trained on or held out."""
    network = model.network
    assert isinstance(network, Scores)  # noqa: S101  as all recommenders are
    user = torch.tensor([wish.user], device=model.compute.device)
    with torch.no_grad(), model.compute.autocast():
        scores = network.of_all_items(user)[0].float()
    if isinstance(model.objective, Regression):
        scores = model.objective.values(scores.unsqueeze(1))
    if wish.user != UNMET_ID:
        _, met = item_index.met_by(np.array([wish.user - 1]), trained=False)
        scores[torch.from_numpy(met).to(scores.device)] = -torch.inf
    found, places = scores.topk(min(wish.k, int(scores.isfinite().sum())))
    items = [
        {"item": item_index.items[place], "score": score}
        for score, place in zip(found.tolist(), places.tolist(), strict=True)
    ]
    return {"items": items, "known_user": wish.user != UNMET_ID}
