"""Texts: a transformer encoder under a dense head over its pooled outputs."""

from typing import Any

from torch import Tensor, nn

from trainyard_engine.core.pretrained_backbones import PretrainedBackbone, width_of
from trainyard_engine.models.context import BuildContext
from trainyard_engine.models.layers.tokens import is_token, mean_over
from trainyard_engine.models.pretrained.network import Pretrained, config_of, loaded
from trainyard_spec.architectures.pretrained import PretrainedConfig


class PretrainedTexts(Pretrained):
    """Token ids int (batch, tokens) to (batch, outputs). Dropout acts inside the encoder and before the head.

    Without a head the outputs are the pooled ones of the encoder.
    """

    def __init__(self, config: PretrainedConfig, context: BuildContext, base: PretrainedBackbone) -> None:
        super().__init__()
        from transformers import AutoModel

        self.pooling = config.pooling
        self.encoder: Any = loaded(AutoModel, config_of(base, dropout=context.dropout), base)
        if hasattr(self.encoder, "pooler") and not context.has_pooler:
            # It serves the task of the pretraining: here its outputs are not read, and its weights would only count.
            self.encoder.pooler = nn.Identity()
        self.adapt(self.encoder, config, base)
        self.dropout = nn.Dropout(context.dropout) if context.has_head else nn.Identity()
        self.head = nn.Linear(width_of(base), context.outputs) if context.has_head else nn.Identity()

    def forward(self, ids: Tensor) -> Tensor:
        mask = is_token(ids)
        states = self.encoder(input_ids=ids.long(), attention_mask=mask.long()).last_hidden_state
        pooled = states[:, 0] if self.pooling == "cls" else mean_over(states, mask)
        outputs: Tensor = self.head(self.dropout(pooled))
        return outputs
