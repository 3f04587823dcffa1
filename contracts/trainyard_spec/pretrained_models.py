"""Which of the models that operators register can learn: encoders, which read a text in both directions."""

from collections.abc import Mapping
from typing import Any

ENCODERS = frozenset({
    *("albert", "bert", "big_bird", "camembert", "convbert", "data2vec-text", "deberta", "deberta-v2", "distilbert"),
    *("electra", "ernie", "esm", "eurobert", "fnet", "gte", "ibert", "jina_embeddings_v3", "longformer", "luke"),
    *("megatron-bert", "mobilebert", "modernbert", "mpnet", "mra", "nomic_bert", "nystromformer", "rembert", "roberta"),
    *("roberta-prelayernorm", "roc_bert", "roformer", "squeezebert", "ultrabert", "xlm-roberta", "xlm-roberta-xl"),
    "yoso",
})  # fmt: skip
"""Values of ``model_type`` in a ``config.json`` of Hugging Face's ``transformers``."""

CAUSAL_LANGUAGE_MODELS = frozenset({
    *("cohere", "cohere2", "gemma", "gemma2", "gemma3_text", "glm", "glm4", "gpt2", "gpt_neox", "granite", "llama"),
    *("mistral", "mixtral", "nemotron", "olmo", "olmo2", "olmo3", "olmoe", "persimmon", "phi", "phi3", "qwen2"),
    *("qwen2_moe", "qwen3", "qwen3_moe", "smollm3", "stablelm", "starcoder2"),
})  # fmt: skip
"""Values of ``model_type`` likewise, of networks that write texts, each token after those before it."""

ENCODERS_ONLY = "Only encoders, such as BERT, can be trained further; language models, such as GPT-2 or Llama, cannot."

LANGUAGE_MODELS_ONLY = "Only causal language models, such as Llama, Qwen or GPT-2, write texts; encoders do not."


def is_encoder(config: Any) -> bool:
    """Whether ``config``, what such a file holds, is that of an encoder and of nothing else."""
    if not isinstance(config, Mapping):
        return False
    decodes = config.get("is_decoder") or config.get("is_encoder_decoder")
    return config.get("model_type") in ENCODERS and not decodes


def is_causal_language_model(config: Any) -> bool:
    """Whether ``config`` is that of a network that tells the next token from those before it."""
    return isinstance(config, Mapping) and config.get("model_type") in CAUSAL_LANGUAGE_MODELS


def is_trainable(config: Any) -> bool:
    """Whether ``config`` is that of a network which some architecture trains further."""
    return is_encoder(config) or is_causal_language_model(config)


CONTEXTS = ("max_position_embeddings", "n_positions", "seq_length")
"""What ``config.json`` files call the longest context."""


def longest_context(config: Any) -> int | None:
    """Tokens that the causal language model of ``config`` reads at most; ``None`` where it is none."""
    if not is_causal_language_model(config):
        return None
    return next((config[name] for name in CONTEXTS if isinstance(config.get(name), int)), None)
