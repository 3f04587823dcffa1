"""Incremental decoding by an encoder and decoder: the text is read once, and so is each token that is written."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from trainyard_engine.core.model import LoadedModel
from trainyard_engine.core.precision import Compute
from trainyard_engine.modalities.text.generation import Decoder, never_generated
from trainyard_engine.models.pretrained.translators import PretrainedTranslator, TranslatorState
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


class PretrainedDecoder:
    """See ``Decoder``. Prompts are as long as one another: one token, or two where the second is a language's code."""

    def __init__(self, network: PretrainedTranslator, source: Tensor, *, compute: Compute) -> None:
        self._network, self._source, self._compute = network, source, compute
        self._state: TranslatorState | None = None

    def begin(self, prompts: Sequence[Sequence[int]]) -> Tensor:
        with self._compute.autocast():
            self._state = self._network.begin(self._source)
        rows = range(len(prompts))
        *before, last = zip(*prompts, strict=True)
        for tokens in before:
            self.step(rows, tokens)
        return self.step(rows, last)

    def step(self, rows: Sequence[int], tokens: Sequence[int]) -> Tensor:
        assert self._state is not None  # noqa: S101  as ``begin`` has been called
        self._state.select(rows)
        ids = torch.tensor(tokens, device=self._compute.device)
        with self._compute.autocast():
            return self._network.step(self._state, ids).float()


def translating_decoder(model: LoadedModel, source: Tensor, *, capacity: int) -> Decoder:
    """Decoder of the translations of ``source`` int (texts, places), of at most ``capacity`` tokens each."""
    if isinstance(model.network, PretrainedTranslator):
        return PretrainedDecoder(model.network, source, compute=model.compute)
    assert isinstance(model.network, Seq2seq)  # noqa: S101  what else serves the task
    return Seq2seqDecoder(model.network, source, compute=model.compute, capacity=capacity)


def never_written(model: LoadedModel) -> Tensor:
    """Ids int64; a pretrained network may have outputs, too, for which its tokenizer has no token."""
    known = never_generated(model.config.coverage, model.preprocessing.special_ids)
    if not isinstance(model.network, PretrainedTranslator):
        return known
    return torch.cat((known, torch.arange(model.preprocessing.writers_tokenizer.vocabulary, model.network.vocabulary)))


def numbers_a_token(network: nn.Module) -> int:
    """What a decoder keeps of each token at most: keys and values of both texts in every layer."""
    if isinstance(network, PretrainedTranslator):
        return network.numbers_a_token
    assert isinstance(network, Seq2seq)  # noqa: S101  what else serves the task
    layers = sum(1 for _ in network.get_submodule("decoder").children())
    return 4 * layers * network.embedding.embedding_dim
