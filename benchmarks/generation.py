"""``generation``: tokens a second beside ``transformers.generate``, alone and in batches, and what adapters cost."""

import copy
import statistics
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import torch
from tokenizers import Tokenizer, models

from trainyard_engine.generation.port import BASE, GenerationRequest, SamplingParameters
from trainyard_engine.generation.transformers_engine import TransformersEngine

WORDS, TOKENS, PROMPT, ROUNDS = 4_096, 64, 32, 5
BATCHES = (1, 8)
ADAPTERS = 4
AIM = 1.0


def report() -> None:
    """Prints a line for each batch size: medians of ``ROUNDS`` rounds, by turns."""
    torch.set_num_threads(1)
    network = tiny_network()
    engine = TransformersEngine(copy.deepcopy(network), Tokenizer(models.WordLevel({"a": 0}, unk_token="a")))
    for size in BATCHES:
        prompts = torch.randint(0, WORDS, (size, PROMPT), generator=torch.Generator().manual_seed(size))
        ours, theirs = medians_by_turns(
            partial(by_engine, engine, prompts, [BASE]), partial(by_transformers, network, prompts)
        )
        print(
            f"batch {size}: {size * TOKENS / ours:,.0f} tokens/s, transformers.generate {size * TOKENS / theirs:,.0f}; "
            f"{theirs / ours:.2f} of it (aim: {AIM:.1f} or more)"
        )
    names = _add_adapters(engine)
    prompts = torch.randint(0, WORDS, (ADAPTERS, PROMPT), generator=torch.Generator().manual_seed(0))
    mixed, alike = medians_by_turns(
        lambda: by_engine(engine, prompts, names), lambda: by_engine(engine, prompts, names[:1])
    )
    print(f"{ADAPTERS} adapters in one batch: {alike / mixed:.2f} of the throughput of one")


def tiny_network() -> Any:
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=WORDS,
        hidden_size=256,
        intermediate_size=512,
        num_hidden_layers=4,
        num_attention_heads=4,
        num_key_value_heads=4,
        max_position_embeddings=512,
        pad_token_id=0,
        eos_token_id=None,
    )
    network: Any = LlamaForCausalLM(config)
    return network.eval()


def _add_adapters(engine: TransformersEngine) -> list[str]:
    from peft import LoraConfig, get_peft_model_state_dict, inject_adapter_in_model

    settings: dict[str, Any] = {
        "r": 8,
        "target_modules": ["q_proj", "v_proj"],
        "task_type": "CAUSAL_LM",
        "init_lora_weights": False,
    }
    adapted = inject_adapter_in_model(LoraConfig(**settings), copy.deepcopy(engine.network))
    weights = {f"base_model.model.{name}": tensor for name, tensor in get_peft_model_state_dict(adapted).items()}
    names = [f"adapter {number}" for number in range(ADAPTERS)]
    for name in names:
        engine.add_adapter(name, LoraConfig(**settings), weights)
    return names


def by_engine(engine: TransformersEngine, prompts: torch.Tensor, adapters: Sequence[str]) -> None:
    sampling = SamplingParameters(max_tokens=TOKENS, temperature=0, ignore_end=True)
    requests = [
        GenerationRequest(prompt=tuple(prompt), sampling=sampling, adapter=adapters[row % len(adapters)])
        for row, prompt in enumerate(prompts.tolist())
    ]
    written = sum(1 for _ in engine.generate(requests))
    assert written == len(requests) * TOKENS


def by_transformers(network: Any, prompts: torch.Tensor) -> None:
    with torch.inference_mode():
        network.generate(
            prompts,
            attention_mask=torch.ones_like(prompts),
            max_new_tokens=TOKENS,
            min_new_tokens=TOKENS,
            do_sample=False,
        )


def medians_by_turns(
    first: Callable[[], None], second: Callable[[], None], *, rounds: int = ROUNDS
) -> tuple[float, float]:
    """Median seconds of each, after one round that does not count."""
    seconds: tuple[list[float], list[float]] = ([], [])
    for number in range(rounds + 1):
        for place, run in enumerate((first, second)):
            begun = time.perf_counter()
            run()
            if number:
                seconds[place].append(time.perf_counter() - begun)
    return statistics.median(seconds[0]), statistics.median(seconds[1])
