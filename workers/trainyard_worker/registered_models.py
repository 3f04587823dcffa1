"""Facts about a registered causal language model, read without loading it."""

import json
from collections.abc import Iterator, Mapping
from math import prod
from pathlib import Path
from typing import Any

from trainyard_common.safetensors_header import TensorInfo, tensors_in
from trainyard_spec.pretrained_models import LANGUAGE_FAMILY, BaseModelFacts, longest_context

DTYPES = {"F32": "float32", "F16": "float16", "BF16": "bfloat16", "F64": "float64"}
HIDDEN_SIZES, LAYERS = ("hidden_size", "n_embd", "d_model"), ("num_hidden_layers", "n_layer", "num_layers")
"""What ``config.json`` files call the embedding dimension, and the number of layers."""
LOOKED_UP = ("embed", "wte", "wpe", "lm_head")
"""In the names of matrices that tokens and places are looked up in, or scored by: no adapter is beside them."""
ATTENTION = ("attn", "attention")


def base_model_facts(directory: Path) -> BaseModelFacts | None:
    """Facts of the model in ``directory``; None for what is no causal language model in safetensors."""
    try:
        config = json.loads((directory / "config.json").read_bytes())
        tensors = dict(_tensors(directory)) if LANGUAGE_FAMILY.holds(config) else {}
    except (OSError, RecursionError, ValueError):
        return None
    if not tensors:
        return None
    dense = {name: sum(each.shape) for name, each in tensors.items() if _is_dense(name, each)}
    bytes_of: dict[str, int] = {}
    for each in tensors.values():
        bytes_of[each.dtype] = bytes_of.get(each.dtype, 0) + each.bytes
    stored = max(bytes_of, key=lambda dtype: bytes_of[dtype])
    return BaseModelFacts(
        parameters=sum(prod(each.shape) for each in tensors.values()),
        context=longest_context(config),
        dtype=DTYPES.get(stored, stored),
        stored_bytes=sum(bytes_of.values()),
        hidden_size=_number(config, HIDDEN_SIZES),
        layers=_number(config, LAYERS),
        vocabulary=_number(config, ("vocab_size",)),
        features=sum(dense.values()),
        attention_features=sum(size for name, size in dense.items() if any(part in name for part in ATTENTION)),
    )


def _tensors(directory: Path) -> Iterator[tuple[str, TensorInfo]]:
    for path in sorted(directory.glob("*.safetensors")):
        yield from tensors_in(path).items()


def _is_dense(name: str, tensor: TensorInfo) -> bool:
    return len(tensor.shape) == 2 and not any(part in name for part in LOOKED_UP)


def _number(config: Mapping[str, Any], names: tuple[str, ...]) -> int:
    return next((config[name] for name in names if isinstance(config.get(name), int)), 0)
