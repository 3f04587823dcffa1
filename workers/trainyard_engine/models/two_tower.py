"""``two_tower``: dense layers for users and for items, which meet in a dot product.

Covington, Adams & Sargin (2016), "Deep Neural Networks for YouTube Recommendations"; Yi et al. (2019),
"Sampling-Bias-Corrected Neural Modeling for Large Corpus Item Recommendations". Here the softmax is over all items, so
that no sampling has to be corrected for.
"""

from torch import nn

from trainyard_engine.models.context import BuildContext
from trainyard_engine.models.layers.dense import dense
from trainyard_engine.models.layers.scores import Scores, id_embedding
from trainyard_engine.models.registry import architecture
from trainyard_spec.architectures.two_tower import TwoTowerConfig


@architecture("two_tower")
def build(config: TwoTowerConfig, context: BuildContext) -> nn.Module:
    """Ids int64 (batch, 2) to (batch, outputs), as ``Scores`` says."""
    users, items = (_tower(config, count, context.dropout) for count in (context.users, context.items))
    return Scores(users, items, context)


def _tower(config: TwoTowerConfig, count: int, dropout: float) -> nn.Module:
    """Ids int64 (n,) to (n, factors). Dropout follows the embedding and every hidden activation."""
    layers: list[nn.Module] = [id_embedding(count, config.embedding), nn.Dropout(dropout)]
    width = config.embedding
    for units in config.hidden:
        layers += dense(width, units, activation=config.activation, norm="none", dropout=dropout)
        width = units
    return nn.Sequential(*layers, nn.Linear(width, config.factors))
