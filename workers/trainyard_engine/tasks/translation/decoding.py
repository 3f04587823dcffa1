"""Incremental decoding by an encoder and decoder: the text is read once, and so is each token that is written."""

from collections.abc import Sequence

import torch
from torch import Tensor

from trainyard_engine.core.precision import Compute
from trainyard_engine.models.seq2seq import DecoderState, Seq2seq


class Seq2seqDecoder:
    """See ``Decoder``. Prompts are a token each, after which translations of ``source`` int (texts, places) begin.

    A translation has at most ``capacity`` tokens.
    """

    def __init__(self, network: Seq2seq, source: Tensor, *, compute: Compute, capacity: int) -> None:
        self._network, self._source, self._compute, self._capacity = network, source, compute, capacity
        self._state: DecoderState | None = None

    def begin(self, prompts: Sequence[Sequence[int]]) -> Tensor:
        with self._compute.autocast():
            encoded = self._network.encode(self._source)
            self._state = self._network.begin(encoded, capacity=self._capacity)
        return self.step(range(len(prompts)), [token for (token,) in prompts])

    def step(self, rows: Sequence[int], tokens: Sequence[int]) -> Tensor:
        assert self._state is not None  # noqa: S101  as ``begin`` has been called
        self._state.select(rows)
        ids = torch.tensor(tokens, device=self._compute.device)
        with self._compute.autocast():
            return self._network.logits(self._network.step(self._state, ids)).float()


def numbers_a_token(network: Seq2seq) -> int:
    """What a ``Seq2seqDecoder`` keeps of each token at most: keys and values of both texts in every layer."""
    layers = sum(1 for _ in network.get_submodule("decoder").children())
    return 4 * layers * network.embedding.embedding_dim
