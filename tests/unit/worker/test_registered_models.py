"""What a worker tells of registered language models: read from their files' headers, as the networks have it."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM

from tests.support.tiny_language_model import register_language_model
from trainyard_common.safetensors_header import tensors_in
from trainyard_worker.registered_models import base_model_facts


@pytest.mark.parametrize(
    ("kind", "dtype"), [("llama", torch.float32), ("qwen2", torch.bfloat16), ("gpt2", torch.float16)]
)
def test_facts_are_those_of_the_network(tmp_path: Path, kind: str, dtype: torch.dtype) -> None:
    directory = register_language_model(tmp_path, "tiny", kind=kind) / "tiny"
    network: Any = AutoModelForCausalLM.from_pretrained(directory).to(dtype)
    network.save_pretrained(directory)
    facts = base_model_facts(directory)
    assert facts is not None
    assert facts.parameters == network.num_parameters()
    assert facts.stored_bytes == facts.parameters * network.dtype.itemsize
    assert (facts.dtype, facts.context, facts.layers) == (str(dtype).removeprefix("torch."), 256, 2)
    assert (facts.hidden_size, facts.vocabulary) == (32, network.config.vocab_size)
    layers = network.transformer.h if kind == "gpt2" else network.model.layers
    dense = {name: weight for name, weight in layers.named_parameters() if weight.dim() == 2}
    assert facts.features == sum(sum(weight.shape) for weight in dense.values())
    assert facts.attention_features == sum(sum(weight.shape) for name, weight in dense.items() if "attn" in name)
    assert 0 < facts.attention_features < facts.features


def test_of_what_writes_no_texts_or_cannot_be_read_nothing_is_told(tmp_path: Path) -> None:
    directory = register_language_model(tmp_path, "tiny") / "tiny"
    config = json.loads((directory / "config.json").read_bytes())
    (directory / "config.json").write_text(json.dumps(config | {"model_type": "bert"}))
    assert base_model_facts(directory) is None
    (directory / "config.json").write_text(json.dumps(config))
    (directory / "model.safetensors").write_bytes(b"\x10" + bytes(7) + b"{")
    assert base_model_facts(directory) is None
    assert base_model_facts(tmp_path / "none") is None


@pytest.mark.parametrize(
    "content", [b"", b"\xff" * 8, (2).to_bytes(8, "little") + b"[]", (7).to_bytes(8, "little") + b'{"a":1}']
)
def test_a_header_that_is_none_is_a_value_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "model.safetensors"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"safetensors|JSON|double|Expecting"):
        tensors_in(path)
