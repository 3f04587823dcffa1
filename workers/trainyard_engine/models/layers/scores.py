"""Scores of how well users and items match, with which recommenders end."""

import torch
from torch import Tensor, nn

from trainyard_engine.modalities.interactions.item_index import UNMET_ID
from trainyard_engine.models.context import BuildContext
from trainyard_engine.models.layers.tokens import token_embedding

FIRST_LENGTH = 0.1
"""Short, so that means and biases explain first what they can; long ones would have to be unlearnt, pair by pair."""


class Scores(nn.Module):
    """User bias + item bias + the dot product of two vectors (Koren, Bell & Volinsky, 2009, eq. 4).

    ``user_vectors`` and ``item_vectors`` turn ids int64 (n,) into float32 (n, factors). Ids int64 (batch, 2) of users
    and items go to (batch, 1), or, where the network learns an order, to (batch, items): the scores of all known
    items, whatever the second id. A user's own bias does not change an order and is left out there.

    An unknown user or item has the vector and the bias 0: what remains is what is known of the other.
    """

    def __init__(self, user_vectors: nn.Module, item_vectors: nn.Module, context: BuildContext) -> None:
        super().__init__()
        self.ranks = context.outputs > 1
        self.items = context.items
        self.user_vectors = user_vectors
        self.item_vectors = item_vectors
        self.user_bias = None if self.ranks else nn.Parameter(torch.zeros(context.users + 1))
        self.item_bias = nn.Parameter(torch.zeros(context.items + 1))

    def forward(self, pairs: Tensor) -> Tensor:
        users, items = pairs.unbind(dim=1)
        if self.ranks:
            return self.of_all_items(users)
        dot = (_known(self.user_vectors, users) * _known(self.item_vectors, items)).sum(dim=1)
        return (dot + self._bias_of(users) + self.item_bias[items]).unsqueeze(1)

    def of_all_items(self, users: Tensor) -> Tensor:
        """float32 (users, items): what ``forward`` gives for each of ``users`` with each known item."""
        every = torch.arange(1, self.items + 1, device=users.device)
        scores: Tensor = _known(self.user_vectors, users) @ self.item_vectors(every).T + self.item_bias[1:]
        return scores if self.ranks else scores + self._bias_of(users).unsqueeze(1)

    def _bias_of(self, users: Tensor) -> Tensor:
        assert self.user_bias is not None  # noqa: S101  as ``ranks`` says
        bias: Tensor = self.user_bias[users]
        return bias


def id_embedding(count: int, width: int) -> nn.Embedding:
    """Vectors of ``count`` users or items and of the unknown one, of expected length ``FIRST_LENGTH``."""
    embedding = token_embedding(count + 1, width)
    with torch.no_grad():
        embedding.weight.mul_(FIRST_LENGTH)
    return embedding


def _known(vectors: nn.Module, ids: Tensor) -> Tensor:
    known: Tensor = vectors(ids) * (ids != UNMET_ID).unsqueeze(1)
    return known
