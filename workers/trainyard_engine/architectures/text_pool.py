"""``text_pool``: the mean of a text's embeddings with a dense head (Iyyer et al., 2015; Joulin et al., 2017)."""

from torch import Tensor, nn

from trainyard_engine.architectures.context import BuildContext
from trainyard_engine.architectures.layers import dense
from trainyard_engine.architectures.tokens import is_token, token_embedding
from trainyard_spec.architectures import TextPoolConfig


class TextPool(nn.Module):
    """Token ids int (batch, tokens) to (batch, outputs). Dropout follows the mean and every hidden activation."""

    def __init__(self, config: TextPoolConfig, context: BuildContext) -> None:
        super().__init__()
        self.embedding = token_embedding(context.vocabulary, config.embedding, unmet=context.unmet_tokens)
        layers: list[nn.Module] = [nn.Dropout(context.dropout)]
        width = config.embedding
        for units in config.hidden:
            layers += dense(width, units, activation=config.activation, norm="none", dropout=context.dropout)
            width = units
        self.head = nn.Sequential(*layers, nn.Linear(width, context.outputs))

    def forward(self, ids: Tensor) -> Tensor:
        # Padding is embedded as zeros, so the sum needs no mask.
        mean = self.embedding(ids).sum(dim=1) / is_token(ids).sum(dim=1, keepdim=True)
        outputs: Tensor = self.head(mean)
        return outputs


def build(config: TextPoolConfig, context: BuildContext) -> nn.Module:
    return TextPool(config, context)
