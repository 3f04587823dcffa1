"""Recommenders: their scores in NumPy, equation 4 of Koren, Bell & Volinsky, of a pair and of all items at once."""

import numpy as np
import pytest
import torch
from torch import nn

from trainyard_engine.models import BUILDERS, BuildContext
from trainyard_spec.architectures import ARCHITECTURES

SIZES = {"users": 6, "items": 5}
PAIRS = np.array([[1, 2], [6, 5], [0, 3], [4, 0], [0, 0]])
both = pytest.mark.parametrize("name", ["matrix_factorization", "two_tower"])


def built(name: str, *, outputs: int) -> nn.Module:
    torch.manual_seed(2)
    options = {"factors": 4} if name == "matrix_factorization" else {"embedding": 6, "hidden": [5], "factors": 4}
    context = BuildContext(input_shape=(2,), outputs=outputs, dropout=0.0, **SIZES)
    model = BUILDERS[name](ARCHITECTURES[name].model_validate(options), context).double()
    for bias in ("item_bias", *(["user_bias"] if outputs == 1 else [])):
        nn.init.normal_(model.get_parameter(bias))
    return model


def vectors(model: nn.Module, side: str) -> np.ndarray:
    """Of every id of a side in NumPy, float64 (ids, factors); that of id 0, which stands for all unknown, is 0."""
    weights = {
        name: value.detach().numpy() for name, value in model.get_submodule(f"{side}_vectors").state_dict().items()
    }
    found = weights["0.weight"]
    if "2.weight" in weights:
        hidden = np.maximum(found @ weights["2.weight"].T + weights["2.bias"], 0)
        found = hidden @ weights["4.weight"].T + weights["4.bias"]
    return np.where(np.arange(len(found))[:, None] > 0, found, 0)


def test_vectors_of_a_factorization_are_short_before_anything_is_learnt() -> None:
    """So that a prediction begins at the mean; long ones lost to two biases after two thousand steps."""
    torch.manual_seed(0)
    context = BuildContext(input_shape=(2,), outputs=1, dropout=0.0, users=500, items=500)
    model = BUILDERS["matrix_factorization"](ARCHITECTURES["matrix_factorization"](), context)
    pairs = torch.randint(1, 501, (2_000, 2))
    assert model(pairs).abs().max() < 0.02


@both
def test_a_rating_is_two_biases_and_a_dot_product(name: str) -> None:
    model = built(name, outputs=1)
    users, items = PAIRS.T
    dots = (vectors(model, "user")[users] * vectors(model, "item")[items]).sum(axis=1)
    biases = [model.get_parameter(f"{side}_bias").detach().numpy() for side in ("user", "item")]
    expected = dots + biases[0][users] + biases[1][items]
    np.testing.assert_allclose(model(torch.from_numpy(PAIRS)).detach().numpy()[:, 0], expected, rtol=1e-10)


@both
def test_an_order_is_the_scores_of_all_known_items(name: str) -> None:
    model = built(name, outputs=SIZES["items"])
    scores = vectors(model, "user")[PAIRS[:, 0]] @ vectors(model, "item")[1:].T
    expected = scores + model.get_parameter("item_bias").detach().numpy()[1:]
    np.testing.assert_allclose(model(torch.from_numpy(PAIRS)).detach().numpy(), expected, rtol=1e-10)
