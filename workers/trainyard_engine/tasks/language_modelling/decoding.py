"""Incremental decoding by a ``gpt`` with a key/value cache."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from trainyard_engine.core.model import LoadedModel
from trainyard_engine.core.ragged import padded
from trainyard_engine.modalities.encode import StreamEncoder
from trainyard_engine.modalities.text.generation import Recomputed
from trainyard_engine.models.gpt import Gpt
from trainyard_engine.models.layers.key_value_cache import KeyValueCache


class GptDecoder:
    """See ``Decoder``: each token is read once, until a text is longer than what the model looks back on.

    Then places move with every token, and with them the keys and values of all before: texts are read anew.
    A text has at most ``capacity`` tokens, its prompt included.
    """

    def __init__(self, model: LoadedModel, *, capacity: int) -> None:
        assert isinstance(model.network, Gpt)  # noqa: S101  what serves the task without a base
        self._model, self._network = model, model.network
        self._context = looks_back(model)
        self._capacity = min(capacity, self._context)
        self._recomputed = Recomputed(lambda texts: next_logits(model, texts))
        self._texts: list[list[int]] = []
        self._cache: KeyValueCache | None = None
        self._is_told = torch.zeros(0, dtype=torch.bool)

    def begin(self, prompts: Sequence[Sequence[int]]) -> Tensor:
        self._texts = [list(prompt) for prompt in prompts]
        lengths = [len(prompt) for prompt in prompts]
        if max(lengths) > self._context:
            return self._recomputed.begin(self._texts)
        ids = _padded(prompts).to(self._model.compute.device)
        with self._model.compute.autocast():
            logits, self._cache = self._network.begin(ids, lengths, capacity=self._capacity)
        if isinstance(self._model.encoder, StreamEncoder):
            is_read = torch.arange(ids.shape[1], device=ids.device) < torch.tensor(lengths, device=ids.device)[:, None]
            self._is_told = (self._model.encoder.is_known(ids) & is_read).any(dim=1)
        return self._hedged(logits.float())

    def step(self, rows: Sequence[int], tokens: Sequence[int]) -> Tensor:
        if self._cache is None:
            return self._recomputed.step(rows, tokens)
        self._texts = [[*self._texts[row], token] for row, token in zip(rows, tokens, strict=True)]
        if max(map(len, self._texts)) > self._context:
            self._cache = None
            return self._recomputed.begin(self._texts)
        ids = torch.tensor(tokens, device=self._model.compute.device)
        self._cache.select(rows)
        with self._model.compute.autocast():
            logits = self._network.step(ids, self._cache)
        if isinstance(self._model.encoder, StreamEncoder):
            chosen = torch.tensor(rows, device=ids.device)
            self._is_told = self._is_told[chosen] | self._model.encoder.is_known(ids)
        return self._hedged(logits.float())

    def _hedged(self, logits: Tensor) -> Tensor:
        if not isinstance(self._model.encoder, StreamEncoder):
            return logits
        last = torch.tensor([text[-1] for text in self._texts], device=logits.device)
        return self._model.encoder.hedged_next(logits, last, is_told=self._is_told)


def looks_back(model: LoadedModel) -> int:
    """On so many tokens: on no more than training did, for a place further on is untrained."""
    longest, coverage = model.preprocessing.writers_tokenizer.max_length, model.config.coverage
    return min(coverage.longest, longest) if coverage else longest


def next_logits(model: LoadedModel, texts: Sequence[Sequence[int]]) -> Tensor:
    """Float32 (texts, vocabulary), after the tokens that the network can look back on, all of them read anew."""
    seen = [text[-looks_back(model) :] for text in texts]
    outputs = model.outputs((_padded(seen).to(model.compute.device),))
    return outputs[torch.arange(len(seen)), torch.tensor([len(tokens) - 1 for tokens in seen])]


def numbers_a_token(model: LoadedModel) -> int:
    """What a ``GptDecoder`` keeps of each: a key and a value in every layer."""
    assert isinstance(model.network, Gpt)  # noqa: S101  what serves the task without a base
    return 2 * len(model.network.blocks) * model.network.embedding.embedding_dim


def _padded(texts: Sequence[Sequence[int]]) -> Tensor:
    lengths = np.array([len(tokens) for tokens in texts])
    return torch.from_numpy(padded(np.concatenate(texts).astype(np.int32), np.cumsum(lengths) - lengths, lengths))
