"""A tiny causal language model as an operator would register it, made from a configuration, with a tokenizer.

Nothing is fetched: the weights are drawn by a seed, and byte-level BPE is learnt from a few sentences.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

PAD, END, START_TURN, END_TURN = "<|pad|>", "<|endoftext|>", "<|im_start|>", "<|im_end|>"
SPECIAL = [PAD, END, START_TURN, END_TURN]
"""Ids 0 to 3. ``END_TURN`` is what generation stops at, and the tokenizer's end of sequence; ``END`` ends documents."""

CHAT_TEMPLATE = (
    "{% for message in messages %}"
    "{{ '<|im_start|>' + message['role'] + '\n' }}"
    "{% if message['content'] %}{{ message['content'] }}{% endif %}"
    "{% for call in message['tool_calls'] or [] %}"
    "{{ '<tool_call>' + call['function']['name'] + ' ' + call['function']['arguments'] | tojson + '</tool_call>' }}"
    "{% endfor %}"
    "{{ '<|im_end|>\n' }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
"""ChatML, with the calls of tools behind a turn's text."""

SENTENCES = (
    "The capital of France is Paris. What is the capital of Norway? It is Oslo.",
    "user assistant system tool content name question answer yes no please thank you",
    "One two three four five six seven eight nine ten. Red green blue yellow black white.",
    "Say hello to the world. Hello, world! Count to five: 1 2 3 4 5 6 7 8 9 0.",
)

SIZES = {"hidden": 32, "layers": 2, "heads": 4, "key_value_heads": 2, "feed_forward": 64, "positions": 256}


def register_language_model(
    directory: Path,
    name: str = "tiny-lm",
    *,
    kind: str = "llama",
    seed: int = 0,
    chat_template: str | None = CHAT_TEMPLATE,
    texts: Iterable[str] = SENTENCES,
    hidden: int = SIZES["hidden"],
) -> Path:
    """Writes the model ``name`` below ``directory``, and returns ``directory``: what the worker's setting names.

    ``kind`` is ``llama``, ``qwen2`` or ``gpt2``. ``hidden`` is the embedding dimension, a multiple of 4.
    """
    tokenizer = _tokenizer(texts)
    torch.manual_seed(seed)
    place = directory / name
    _network(kind, words=tokenizer.get_vocab_size(), hidden=hidden).save_pretrained(place)
    _wrapped(tokenizer, chat_template).save_pretrained(place)
    return directory


@contextmanager
def registered_here(directory: Path) -> Iterator[Path]:
    """The model ``tiny-lm`` for engines of this process, while the block lasts."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRAINYARD_ENGINE_MODELS", str(register_language_model(directory)))
        yield directory


def _tokenizer(texts: Iterable[str]) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=384,
        special_tokens=SPECIAL,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator([list(texts)] * 4, trainer)
    return tokenizer


def _wrapped(tokenizer: Tokenizer, chat_template: str | None) -> Any:
    from transformers import PreTrainedTokenizerFast  # takes seconds, and most that read this file make no model

    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token=PAD, eos_token=END_TURN, chat_template=chat_template
    )


def _network(kind: str, *, words: int, hidden: int) -> Any:
    import transformers

    ids = {"pad_token_id": 0, "bos_token_id": None, "eos_token_id": SPECIAL.index(END_TURN)}
    if kind == "gpt2":
        return transformers.GPT2LMHeadModel(
            transformers.GPT2Config(
                vocab_size=words,
                n_embd=hidden,
                n_layer=SIZES["layers"],
                n_head=SIZES["heads"],
                n_positions=SIZES["positions"],
                **ids,
            )
        )
    config, network = {
        "llama": (transformers.LlamaConfig, transformers.LlamaForCausalLM),
        "qwen2": (transformers.Qwen2Config, transformers.Qwen2ForCausalLM),
    }[kind]
    return network(
        config(
            vocab_size=words,
            hidden_size=hidden,
            intermediate_size=2 * hidden,
            num_hidden_layers=SIZES["layers"],
            num_attention_heads=SIZES["heads"],
            num_key_value_heads=SIZES["key_value_heads"],
            max_position_embeddings=SIZES["positions"],
            tie_word_embeddings=kind == "qwen2",
            **ids,
        )
    )
