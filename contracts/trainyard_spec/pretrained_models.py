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

ENCODERS_ONLY = "Only encoders, such as BERT, can be trained further; language models, such as GPT-2 or Llama, cannot."


def is_encoder(config: Any) -> bool:
    """Whether ``config``, what such a file holds, is that of an encoder and of nothing else."""
    if not isinstance(config, Mapping):
        return False
    decodes = config.get("is_decoder") or config.get("is_encoder_decoder")
    return config.get("model_type") in ENCODERS and not decodes
