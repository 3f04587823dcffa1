"""``matrix_factorization``: Koren, Bell & Volinsky, "Matrix Factorization Techniques for Recommender Systems", 2009."""

import torch
from torch import nn

from trainyard_engine.architectures.context import BuildContext
from trainyard_engine.architectures.scores import Scores
from trainyard_engine.architectures.tokens import token_embedding
from trainyard_spec.architectures import MatrixFactorizationConfig

FIRST_LENGTH = 0.1
"""Short, so that means and biases explain first what they can; long ones would have to be unlearnt, pair by pair."""


def build(config: MatrixFactorizationConfig, context: BuildContext) -> nn.Module:
    """Ids int64 (batch, 2) to (batch, outputs), as ``Scores`` says. Dropout follows the vectors."""
    users, items = (_vectors(count, config.factors, context.dropout) for count in (context.users, context.items))
    return Scores(users, items, context)


def _vectors(count: int, factors: int, dropout: float) -> nn.Module:
    """Ids int64 (n,) to (n, factors), of expected length ``FIRST_LENGTH``."""
    embedding = token_embedding(count + 1, factors)
    with torch.no_grad():
        embedding.weight.mul_(FIRST_LENGTH)
    return nn.Sequential(embedding, nn.Dropout(dropout))
