"""Texts: a transformer encoder under a dense head over its pooled outputs, or over each of them."""

from typing import Any

from torch import Tensor, nn

from trainyard_engine.core.pretrained_backbones import PretrainedBackbone, width_of
from trainyard_engine.modalities.text.padding_ids import exchanged
from trainyard_engine.models.context import BuildContext
from trainyard_engine.models.layers.tokens import by_window, is_token, mean_over
from trainyard_engine.models.pretrained.network import Pretrained, config_of, loaded
from trainyard_spec.architectures.pretrained import PretrainedConfig


class PretrainedTexts(Pretrained):
    """Token ids int (batch, tokens) to (batch, outputs), or (batch, tokens, outputs).

    Dropout acts inside the encoder and before the head. Without a head the outputs are the pooled ones of the encoder.
    """

    def __init__(self, config: PretrainedConfig, context: BuildContext, base: PretrainedBackbone) -> None:
        super().__init__()
        from transformers import AutoModel

        self.pooling, self.padding = config.pooling, context.padding
        self.window = context.input_shape[0] if context.per_frame else None
        self.encoder: Any = loaded(AutoModel, config_of(base, dropout=context.dropout), base)
        if hasattr(self.encoder, "pooler") and not context.has_pooler:
            # It serves the task of the pretraining: here its outputs are not read, and its weights would only count.
            self.encoder.pooler = nn.Identity()
        self.adapt(self.encoder, config, base)
        self.dropout = nn.Dropout(context.dropout) if context.has_head else nn.Identity()
        self.head = nn.Linear(width_of(base), context.outputs) if context.has_head else nn.Identity()

    def forward(self, ids: Tensor) -> Tensor:
        if self.window:
            return by_window(lambda window: self._told(self._read(window)), ids, self.window)
        states = self._read(ids)
        return self._told(states[:, 0] if self.pooling == "cls" else mean_over(states, is_token(ids)))

    def _read(self, ids: Tensor) -> Tensor:
        own = exchanged(ids, self.padding)
        states: Tensor = self.encoder(input_ids=own.long(), attention_mask=is_token(ids).long()).last_hidden_state
        return states

    def _told(self, states: Tensor) -> Tensor:
        outputs: Tensor = self.head(self.dropout(states))
        return outputs
