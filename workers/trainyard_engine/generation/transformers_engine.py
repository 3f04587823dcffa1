"""Batched decoding with a key/value cache, on ``transformers``.

Prompts of a batch are padded on the left; a sequence that has ended leaves the cache, and the others go on without its
cost. Adapters of one batch may differ: peft adds to each row what its own adapter says.
"""

from collections.abc import Generator, Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional

from trainyard_engine.generation.adapters import Adapters
from trainyard_engine.generation.checks import check_requests
from trainyard_engine.generation.port import (
    BASE,
    GenerationRequest,
    SamplingParameters,
    TokenEvent,
    TokenLogprob,
)
from trainyard_engine.generation.sampling import choose, likeliest, logprobs_of
from trainyard_engine.generation.sequences import GeneratedSequence

UNLIMITED_CONTEXT = 2**20


class TransformersEngine:
    """Serves ``network``, a causal language model of ``transformers`` in evaluation mode, on the device it is on."""

    def __init__(
        self,
        network: Any,
        tokenizer: Tokenizer,
        *,
        max_context: int | None = None,
        end: frozenset[int] | None = None,
    ) -> None:
        self._network = network.eval()
        self._tokenizer = tokenizer
        self._adapters = Adapters(network)
        self._end = end_tokens(network) if end is None else end
        declared = getattr(network.config, "max_position_embeddings", None) or UNLIMITED_CONTEXT
        self._max_context = min(declared, max_context or declared)

    @property
    def max_context(self) -> int:
        return self._max_context

    @property
    def network(self) -> Any:
        """The base, as ``transformers`` has it."""
        return self._network

    @property
    def adapters(self) -> tuple[str, ...]:
        return self._adapters.names

    def load_adapter(self, name: str, directory: Path) -> None:
        self._adapters.load(name, directory)

    def add_adapter(self, name: str, config: Any, weights: dict[str, Tensor]) -> None:
        """As ``load_adapter``, of a ``LoraConfig`` and weights that are in memory already."""
        self._adapters.add(name, config, weights)

    def unload_adapter(self, name: str) -> None:
        self._adapters.unload(name)

    def generate(self, requests: Sequence[GenerationRequest]) -> Generator[TokenEvent]:
        check_requests(
            requests,
            max_context=self._max_context,
            vocabulary=self._network.config.vocab_size,
            adapters=self._adapters.names,
        )
        return self._decode(requests)

    def prompt_logprobs(
        self, prompts: Sequence[tuple[int, ...]], *, adapter: str = BASE, top: int = 0
    ) -> list[list[tuple[TokenLogprob, tuple[TokenLogprob, ...]]]]:
        scored = []
        with torch.inference_mode(), self._adapters.active([adapter]) as network:
            for prompt in prompts:
                ids = torch.tensor([prompt], device=self._network.device)
                logits = network(input_ids=ids, use_cache=False).logits[0, :-1].float()
                values = logprobs_of(logits, ids[0, 1:])
                tops = likeliest(logits, top) if top else [()] * len(values)
                tokens = map(TokenLogprob, prompt[1:], values)
                scored.append(list(zip(tokens, tops, strict=True)))
        return scored

    def embed(self, prompts: Sequence[tuple[int, ...]], *, adapter: str = BASE) -> list[list[float]]:
        """Embeddings: for each prompt the mean over its last hidden states, float32 (hidden,), of unit length."""
        check_requests(
            [GenerationRequest(prompt=prompt, sampling=SamplingParameters(), adapter=adapter) for prompt in prompts],
            max_context=self._max_context,
            vocabulary=self._network.config.vocab_size,
            adapters=self._adapters.names,
        )
        vectors = []
        with torch.inference_mode(), self._adapters.active([adapter]) as network:
            for prompt in prompts:
                ids = torch.tensor([prompt], device=self._network.device)
                output = network(input_ids=ids, use_cache=False, output_hidden_states=True, logits_to_keep=1)
                mean = output.hidden_states[-1][0].float().mean(dim=0)
                vectors.append(functional.normalize(mean, dim=0).tolist())
        return vectors

    def _decode(self, requests: Sequence[GenerationRequest]) -> Generator[TokenEvent]:
        from transformers import DynamicCache  # seconds that only those pay who need it

        if not requests:
            return
        live = [
            GeneratedSequence(number, request, self._tokenizer, end=self._end, max_context=self._max_context)
            for number, request in enumerate(requests)
        ]
        ids, mask = left_padded([request.prompt for request in requests], self._network.device)
        positions = (mask.cumsum(dim=1) - 1).clamp(min=0)
        cache = DynamicCache(config=self._network.config)
        while live:
            logits = self._next_logits(live, ids, mask, positions, cache)
            chosen = choose(logits, [each.sampling for each in live], [each.count for each in live])
            yield from _events(live, logits, chosen)
            kept = [row for row, each in enumerate(live) if each.finish_reason is None]
            if len(kept) < len(live):
                rows = torch.tensor(kept, dtype=torch.long, device=mask.device)
                chosen, mask, positions = chosen[rows], mask[rows], positions[rows]
                live = [live[row] for row in kept]
                if live:
                    cache.batch_select_indices(rows)
            ids = chosen[:, None]
            mask = torch.cat([mask, mask.new_ones(len(live), 1)], dim=1)
            positions = positions[:, -1:] + 1

    def _next_logits(
        self, live: Sequence[GeneratedSequence], ids: Tensor, mask: Tensor, positions: Tensor, cache: Any
    ) -> Tensor:
        """Float32 (sequences, vocabulary)."""
        # Not held over a yield: who reads the events may generate with another adapter meanwhile.
        with torch.inference_mode(), self._adapters.active([each.adapter for each in live]) as network:
            output = network(
                input_ids=ids,
                attention_mask=mask,
                position_ids=positions,
                past_key_values=cache,
                use_cache=True,
                logits_to_keep=1,
            )
        logits: Tensor = output.logits[:, -1].float()
        return logits


def _events(live: Sequence[GeneratedSequence], logits: Tensor, chosen: Tensor) -> Iterator[TokenEvent]:
    values = logprobs_of(logits, chosen)
    most = max(each.sampling.top_logprobs for each in live)
    tops = likeliest(logits, most) if most else [()] * len(live)
    for sequence, token, value, top in zip(live, chosen.tolist(), values, tops, strict=True):
        yield sequence.add(TokenLogprob(token, value), top)


def left_padded(prompts: Sequence[Sequence[int]], device: torch.device) -> tuple[Tensor, Tensor]:
    """Ids and attention mask, both int64 (prompts, longest); token 0 pads, which the mask leaves out."""
    longest = max(map(len, prompts))
    ids = torch.tensor([[0] * (longest - len(prompt)) + list(prompt) for prompt in prompts], device=device)
    lengths = torch.tensor([len(prompt) for prompt in prompts], device=device)
    mask = torch.arange(longest, device=device) >= (longest - lengths)[:, None]
    return ids, mask.long()


def end_tokens(network: Any) -> frozenset[int]:
    """The tokens that end a text by the model's own configuration."""
    for config in (getattr(network, "generation_config", None), network.config):
        declared = getattr(config, "eos_token_id", None)
        if declared is not None:
            return frozenset([declared] if isinstance(declared, int) else declared)
    return frozenset()
