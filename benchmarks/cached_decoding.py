"""``decoding``: texts and translations written with a key/value cache beside reading all of each at every token."""

from collections.abc import Callable, Sequence
from functools import partial

import torch
from torch import Tensor

from benchmarks.generation import medians_by_turns
from benchmarks.report_page import machine, markdown
from trainyard_engine.core.precision import Compute
from trainyard_engine.modalities.text.beam_search import beam_search
from trainyard_engine.modalities.text.generation import Decoder, Generation, Recomputed, generate
from trainyard_engine.models import BUILDERS, BuildContext
from trainyard_engine.models.gpt import Gpt
from trainyard_engine.models.layers.key_value_cache import KeyValueCache
from trainyard_engine.models.seq2seq import Seq2seq
from trainyard_engine.tasks.translation.decoding import Seq2seqDecoder
from trainyard_spec.architectures.gpt import GptConfig
from trainyard_spec.architectures.seq2seq import Seq2seqConfig

WORDS, PROMPT, WIDTH, LAYERS, ROUNDS = 4_096, 32, 256, 4, 3
SIZES = ((64, 1), (64, 8), (224, 1))
"""Of tokens, and of texts that are decoded together."""
TOKENS, TEXTS = 64, 8
BEAMS = 4
CPU = Compute(torch.device("cpu"), "fp32")


class CachedGpt:
    """See ``Decoder``: a network alone, without what the task puts around it."""

    def __init__(self, network: Gpt, capacity: int) -> None:
        self._network, self._capacity = network, capacity
        self._cache: KeyValueCache | None = None

    def begin(self, prompts: Sequence[Sequence[int]]) -> Tensor:
        lengths = [len(prompt) for prompt in prompts]
        logits, self._cache = self._network.begin(torch.tensor(prompts), lengths, capacity=self._capacity)
        return logits

    def step(self, rows: Sequence[int], tokens: Sequence[int]) -> Tensor:
        assert self._cache is not None
        self._cache.select(rows)
        return self._network.step(torch.tensor(tokens), self._cache)


def report() -> None:
    """Prints a table: medians of rounds by turns, on one thread."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    longest = PROMPT + max(tokens for tokens, _ in SIZES)
    context = BuildContext(input_shape=(longest,), outputs=WORDS, dropout=0.0, vocabulary=WORDS)
    gpt = BUILDERS["gpt"](GptConfig(d_model=WIDTH, num_layers=LAYERS), context).eval()
    assert isinstance(gpt, Gpt)
    rows = [_row("gpt", size, tokens, partial(_gpt_decoders, gpt)) for tokens, size in SIZES]
    for variant in ("transformer", "lstm"):
        config = Seq2seqConfig.model_validate({"variant": variant, "d_model": WIDTH, "num_layers": 2})
        network = BUILDERS["seq2seq"](config, context).eval()
        assert isinstance(network, Seq2seq)
        rows += [_row(f"seq2seq, {variant}", size, TOKENS, partial(_translators, network)) for size in (1, TEXTS)]
        rows.append(_beam_row(f"seq2seq, {variant}", partial(_translators, network)))
    print(f"Medians by turns, one thread; {machine()}.\n")
    header = ("network", "texts together", "new tokens", "tokens/s with the cache", "reading all anew", "times as fast")
    print(markdown(header, rows))


Decoders = Callable[[Tensor, int], tuple[Decoder, Decoder]]


def _row(name: str, size: int, tokens: int, decoders: Decoders) -> list[str]:
    prompts = torch.randint(3, WORDS, (size, PROMPT), generator=torch.Generator().manual_seed(size))

    def written(place: int) -> None:
        begun = prompts.tolist() if name == "gpt" else [[2]] * size
        generations = [Generation(prompt, tokens) for prompt in begun]
        with torch.inference_mode():
            generate(generations, decoders(prompts, tokens)[place], never=torch.tensor([0]), end=-1)

    cached, anew = medians_by_turns(lambda: written(0), lambda: written(1), rounds=ROUNDS)
    rates = (size * tokens / cached, size * tokens / anew)
    return [name, str(size), str(tokens), *(f"{rate:,.0f}" for rate in rates), f"{anew / cached:.1f}"]


def _beam_row(name: str, decoders: Decoders) -> list[str]:
    """Beam search beside greedy decoding, both with the cache."""
    prompts = torch.randint(3, WORDS, (TEXTS, PROMPT), generator=torch.Generator().manual_seed(TEXTS))

    def written(num_beams: int) -> None:
        generations = [Generation([2], TOKENS, num_beams=num_beams) for _ in range(TEXTS)]
        search = beam_search if num_beams > 1 else generate
        with torch.inference_mode():
            search(generations, decoders(prompts, TOKENS)[0], never=torch.tensor([0]), end=-1)

    searched, greedy = medians_by_turns(lambda: written(BEAMS), lambda: written(1), rounds=ROUNDS)
    rate = TEXTS * TOKENS / searched
    beside = f"{greedy / searched:.2f} of greedy decoding"
    return [f"{name}, {BEAMS} beams", str(TEXTS), str(TOKENS), f"{rate:,.0f}", "", beside]


def _gpt_decoders(network: Gpt, prompts: Tensor, tokens: int) -> tuple[Decoder, Decoder]:
    return CachedGpt(network, PROMPT + tokens), Recomputed(lambda texts: network(torch.tensor(texts))[:, -1])


def _translators(network: Seq2seq, source: Tensor, tokens: int) -> tuple[Decoder, Decoder]:
    encoded = network.encode(source)

    def anew(texts: Sequence[Sequence[int]]) -> Tensor:
        return network.logits(network.decode(encoded, torch.tensor(texts))[:, -1])

    return Seq2seqDecoder(network, source, compute=CPU, capacity=tokens), Recomputed(anew)
