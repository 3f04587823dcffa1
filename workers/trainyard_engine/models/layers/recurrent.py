"""Recurrent layers over sequences of different lengths: vanilla (Elman, 1990), LSTM (Hochreiter & Schmidhuber, 1997) or
GRU (Cho et al., 2014). Each sequence is read to its own end, and backwards from there."""

from collections.abc import Callable, Iterable

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

from trainyard_engine.models.layers.tokens import AttentionPooling, mean_over

CELLS: dict[str, Callable[..., nn.Module]] = {"vanilla": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}

State = Tensor | tuple[Tensor, Tensor]


def recurrent_layers(cell: str, inputs: int, hidden: int, *, layers: int, bidirectional: bool) -> nn.ModuleList:
    """From ``inputs`` numbers at each place to ``hidden`` in each direction."""
    # One module a layer: between the layers of a single one, CUDA drops out by a generator state of its own that
    # it carries from step to step, and a resumed training would draw otherwise.
    sizes = [inputs, *[hidden * (2 if bidirectional else 1)] * (layers - 1)]
    return nn.ModuleList(CELLS[cell](size, hidden, batch_first=True, bidirectional=bidirectional) for size in sizes)


def packed(values: Tensor, mask: Tensor) -> PackedSequence:
    """(batch, places, width), of which those of ``mask``, bool (batch, places), are read."""
    return pack_padded_sequence(values, mask.sum(dim=1).cpu(), batch_first=True, enforce_sorted=False)


def read_through(
    layers: Iterable[nn.Module], sequences: PackedSequence, dropout: nn.Module
) -> tuple[PackedSequence, State]:
    """The last layer's outputs and its final state. Dropout precedes every layer."""
    sequences, states = states_through(layers, sequences, dropout)
    return sequences, states[-1]


def states_through(
    layers: Iterable[nn.Module], sequences: PackedSequence, dropout: nn.Module
) -> tuple[PackedSequence, list[State]]:
    """As ``read_through``, with the final state of every layer."""
    states: list[State] = []
    for layer in layers:
        sequences, state = layer(_with(sequences, dropout(sequences.data)))
        states.append(state)
    return sequences, states


def unpacked(sequences: PackedSequence, mask: Tensor) -> Tensor:
    """(batch, places, width), zeros behind each end."""
    values, _ = pad_packed_sequence(sequences, batch_first=True, total_length=mask.shape[1])
    return values


def pooled(
    sequences: PackedSequence, state: State, mask: Tensor, *, pooling: str, attention: AttentionPooling | None
) -> Tensor:
    """(batch, width) of the last layer: the state at the end of each direction, or a mean over the places of ``mask``,
    weighted by ``attention`` if there is one."""
    if pooling == "last":
        hidden = state if isinstance(state, Tensor) else state[0]
        return torch.cat(tuple(hidden), dim=1)
    values = unpacked(sequences, mask)
    if attention is None:
        return mean_over(values, mask)
    weighted: Tensor = attention(values, mask)
    return weighted


def _with(packed_values: PackedSequence, data: Tensor) -> PackedSequence:
    return PackedSequence(data, packed_values.batch_sizes, packed_values.sorted_indices, packed_values.unsorted_indices)
