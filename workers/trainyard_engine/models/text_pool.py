"""``text_pool``: the mean of a text's embeddings with a dense head (Iyyer et al., 2015; Joulin et al., 2017)."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from trainyard_engine.modalities.text.tokenizer import PADDING
from trainyard_engine.models.context import BuildContext
from trainyard_engine.models.layers.dense import dense
from trainyard_engine.models.layers.tokens import is_token, token_embedding
from trainyard_engine.models.registry import architecture
from trainyard_spec.architectures.text_pool import TextPoolConfig


class TextPool(nn.Module):
    """Token ids int (batch, tokens) to (batch, outputs). Dropout follows the mean and every hidden activation.

    Where tokens have weights, these stand in the place of the mean's, scaled so that their squares sum to 1.
    """

    token_weights: Tensor | None

    def __init__(self, config: TextPoolConfig, context: BuildContext) -> None:
        super().__init__()
        weights = torch.tensor(context.token_weights) if context.token_weights else None
        self.register_buffer("token_weights", weights, persistent=False)  # the tokenizer has them
        self.embedding = token_embedding(context.vocabulary, config.embedding, unmet=context.unmet_tokens)
        layers: list[nn.Module] = [nn.Dropout(context.dropout)]
        width = config.embedding
        for units in config.hidden:
            layers += dense(width, units, activation=config.activation, norm="none", dropout=context.dropout)
            width = units
        self.head = nn.Sequential(*layers, nn.Linear(width, context.outputs))

    def forward(self, ids: Tensor) -> Tensor:
        if self.token_weights is None:
            # Padding is embedded as zeros, so the sum needs no mask.
            pooled = self.embedding(ids).sum(dim=1) / is_token(ids).sum(dim=1, keepdim=True)
        else:
            # Sets of n-grams are large: their vectors are summed without being laid side by side.
            weights = functional.normalize(self.token_weights[ids], dim=1)
            pooled = functional.embedding_bag(
                ids, self.embedding.weight, mode="sum", per_sample_weights=weights, padding_idx=PADDING
            )
        outputs: Tensor = self.head(pooled)
        return outputs


@architecture("text_pool")
def build(config: TextPoolConfig, context: BuildContext) -> nn.Module:
    return TextPool(config, context)
