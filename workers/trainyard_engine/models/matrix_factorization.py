"""``matrix_factorization``: Koren, Bell & Volinsky, "Matrix Factorization Techniques for Recommender Systems", 2009."""

from torch import nn

from trainyard_engine.models.context import BuildContext
from trainyard_engine.models.layers.scores import Scores, id_embedding
from trainyard_engine.models.registry import architecture
from trainyard_spec.architectures.matrix_factorization import MatrixFactorizationConfig


@architecture("matrix_factorization")
def build(config: MatrixFactorizationConfig, context: BuildContext) -> nn.Module:
    """Ids int64 (batch, 2) to (batch, outputs), as ``Scores`` says. Dropout follows the vectors."""
    users, items = (
        nn.Sequential(id_embedding(count, config.factors), nn.Dropout(context.dropout))
        for count in (context.users, context.items)
    )
    return Scores(users, items, context)
