"""``rnn``: recurrent layers over token embeddings."""

from torch import Tensor, nn

from trainyard_engine.models.context import BuildContext
from trainyard_engine.models.layers.recurrent import packed, pooled, read_through, recurrent_layers, unpacked
from trainyard_engine.models.layers.sequences import Sequences, input_layer, with_mask
from trainyard_engine.models.layers.tokens import AttentionPooling, by_window, is_token
from trainyard_engine.models.registry import architecture
from trainyard_spec.architectures.rnn import RnnConfig


class Rnn(nn.Module):
    """Tokens or steps to (batch, outputs), or (batch, tokens, outputs). Dropout precedes every layer and the output."""

    def __init__(self, config: RnnConfig, context: BuildContext) -> None:
        super().__init__()
        width = config.hidden * (2 if config.bidirectional else 1)
        self.pooling = config.pooling
        self.window = context.input_shape[0] if context.per_frame else None
        self.embedding = input_layer(context, config.embedding)
        self.dropout = nn.Dropout(context.dropout)
        self.layers = recurrent_layers(
            config.cell, config.embedding, config.hidden, layers=config.num_layers, bidirectional=config.bidirectional
        )
        self.attention = AttentionPooling(width) if config.pooling == "attention" else None
        self.output = nn.Linear(width, context.outputs)

    def forward(self, inputs: Sequences) -> Tensor:
        if self.window and isinstance(inputs, Tensor):
            return by_window(self._tagged, inputs, self.window)
        steps, mask = with_mask(inputs)
        read, state = read_through(self.layers, packed(self.embedding(steps), mask), self.dropout)
        summary = pooled(read, state, mask, pooling=self.pooling, attention=self.attention)
        outputs: Tensor = self.output(self.dropout(summary))
        return outputs

    def _tagged(self, ids: Tensor) -> Tensor:
        mask = is_token(ids)
        read, _ = read_through(self.layers, packed(self.embedding(ids), mask), self.dropout)
        outputs: Tensor = self.output(self.dropout(unpacked(read, mask)))
        return outputs


@architecture("rnn")
def build(config: RnnConfig, context: BuildContext) -> nn.Module:
    return Rnn(config, context)
