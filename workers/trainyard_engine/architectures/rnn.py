"""``rnn``: vanilla (Elman, 1990), LSTM (Hochreiter & Schmidhuber, 1997) or GRU (Cho et al., 2014) layers."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

from trainyard_engine.architectures.context import BuildContext
from trainyard_engine.architectures.sequences import Sequences, input_layer, with_mask
from trainyard_engine.architectures.tokens import AttentionPooling, mean_over
from trainyard_spec.architectures import RnnConfig

CELLS: dict[str, Callable[..., nn.Module]] = {"vanilla": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}


class Rnn(nn.Module):
    """Tokens or steps to (batch, outputs). Dropout precedes every layer and the output.

    Each text or series is read to its own end, and backwards from there, whatever padding follows.
    """

    def __init__(self, config: RnnConfig, context: BuildContext) -> None:
        super().__init__()
        width = config.hidden * (2 if config.bidirectional else 1)
        self.pooling = config.pooling
        self.embedding = input_layer(context, config.embedding)
        self.dropout = nn.Dropout(context.dropout)
        # One module a layer: between the layers of a single one, CUDA drops out by a generator state of its own that
        # it carries from step to step, and a resumed training would draw otherwise.
        inputs = [config.embedding, *[width] * (config.layers - 1)]
        self.layers = nn.ModuleList(
            CELLS[config.cell](size, config.hidden, batch_first=True, bidirectional=config.bidirectional)
            for size in inputs
        )
        if config.pooling == "attention":
            self.attention = AttentionPooling(width)
        self.output = nn.Linear(width, context.outputs)

    def forward(self, inputs: Sequences) -> Tensor:
        steps, mask = with_mask(inputs)
        lengths = mask.sum(dim=1).cpu()
        read = pack_padded_sequence(self.embedding(steps), lengths, batch_first=True, enforce_sorted=False)
        for layer in self.layers:
            read, state = layer(_with(read, self.dropout(read.data)))
        pooled = self._pool(read, state, mask)
        outputs: Tensor = self.output(self.dropout(pooled))
        return outputs

    def _pool(self, read: PackedSequence, state: Tensor | tuple[Tensor, Tensor], mask: Tensor) -> Tensor:
        """(batch, width) of the last layer: the state at the end of each direction, or a mean over all steps."""
        if self.pooling == "last":
            hidden = state if isinstance(state, Tensor) else state[0]
            return torch.cat(tuple(hidden), dim=1)
        values, _ = pad_packed_sequence(read, batch_first=True, total_length=mask.shape[1])
        if self.pooling == "mean":
            return mean_over(values, mask)
        pooled: Tensor = self.attention(values, mask)
        return pooled


def _with(packed: PackedSequence, data: Tensor) -> PackedSequence:
    return PackedSequence(data, packed.batch_sizes, packed.sorted_indices, packed.unsorted_indices)


def build(config: RnnConfig, context: BuildContext) -> nn.Module:
    return Rnn(config, context)
