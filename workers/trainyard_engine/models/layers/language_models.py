"""Causal language models of ``transformers``: loaded as an operator registered them, and given adapters."""

import os
from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

import torch
from torch import nn

from trainyard_engine.core.faults import EngineFault
from trainyard_engine.core.language_models import OWN
from trainyard_engine.core.pretrained_backbones import PretrainedBackbone
from trainyard_spec.architectures.causal_lm import CausalLmConfig

PEFT_PREFIX = "base_model.model."
DROPOUTS = ("attention_dropout", "attn_pdrop", "embd_pdrop", "resid_pdrop", "dropout", "hidden_dropout")
ADAPTER = "default"


def load_network(base: PretrainedBackbone, config: CausalLmConfig, *, dropout: float) -> Any:
    """The network of ``base`` by ``transformers``, with its first weights where it has them.

    They are float32, or those below adapters as they are stored where ``config`` says so.
    """
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    from transformers import AutoConfig, AutoModelForCausalLM  # seconds that only those pay who need it

    values = {name: value for name, value in base.config.items() if name not in ("model_type", OWN)}
    settings = AutoConfig.for_model(base.config["model_type"], **values)
    for name in DROPOUTS:
        if hasattr(settings, name):
            setattr(settings, name, dropout)
    # A network on the meta device is only counted, and has no values to load.
    if base.directory is None or torch.get_default_device().type == "meta":
        return AutoModelForCausalLM.from_config(settings, attn_implementation="sdpa")  # type: ignore[no-untyped-call]
    quantized = {} if config.quantization == "none" else {"quantization_config": _quantization(config.quantization)}
    return AutoModelForCausalLM.from_pretrained(
        base.directory,
        config=settings,
        attn_implementation="sdpa",
        dtype="auto" if config.base_dtype == "stored" else torch.float32,
        local_files_only=True,
        trust_remote_code=False,
        use_safetensors=True,
        **quantized,
    )


def add_adapters(network: Any, config: CausalLmConfig) -> Any:
    """Fixes the weights of ``network`` and gives it adapters that learn; their ``LoraConfig``."""
    from peft import LoraConfig, inject_adapter_in_model

    settings = LoraConfig(**adapter_settings(network, config))
    inject_adapter_in_model(settings, network, adapter_name=ADAPTER)
    for name, parameter in network.named_parameters():
        if is_adapter(name):
            # What learns in small steps stays float32, whatever the fixed weights below it are.
            parameter.data = parameter.data.float()
    return settings


def adapter_settings(network: Any, config: CausalLmConfig) -> dict[str, Any]:
    """The fields of peft's ``LoraConfig``."""
    from transformers.pytorch_utils import Conv1D

    dense = [(name, layer) for name, layer in network.named_modules() if isinstance(layer, nn.Linear | Conv1D)]
    head = network.get_output_embeddings()
    chosen = {
        name.rpartition(".")[2]
        for name, layer in dense
        if layer is not head and (config.target_modules == "all_linear" or "attn" in name or "attention" in name)
    }
    return {
        "r": config.rank,
        "lora_alpha": config.alpha,
        "lora_dropout": config.adapter_dropout,
        "target_modules": sorted(chosen),
        "fan_in_fan_out": any(isinstance(layer, Conv1D) for _, layer in dense),
        "task_type": "CAUSAL_LM",
    }


def adapted_layers(network: Any) -> Iterator[Any]:
    """Layers that adapters have been added to."""
    from peft.tuners.lora import LoraLayer

    return (layer for layer in network.modules() if isinstance(layer, LoraLayer))


def merge_adapters(network: nn.Module) -> None:
    """Adds the adapters in ``network`` to the weights that they adapt, after which there are none."""
    from peft.tuners.lora import LoraLayer

    for name, layer in list(network.named_modules()):
        if isinstance(layer, LoraLayer):
            layer.merge()
            network.set_submodule(name, layer.get_base_layer())


def is_adapter(name: str) -> bool:
    """Whether the weight ``name`` is an adapter's own."""
    return ".lora_" in name


def peft_name(name: str) -> str:
    """What peft calls the weight ``name`` of an adapter in its files."""
    return PEFT_PREFIX + name.replace(f".{ADAPTER}.", ".")


def _quantization(kind: str) -> Any:
    """By bitsandbytes, on a GPU. Raises ``EngineFault`` where it is not there."""
    if not torch.cuda.is_available() or find_spec("bitsandbytes") is None:
        raise EngineFault(
            f"{kind} weights need a GPU and the package bitsandbytes, and this worker has not both.",
            code="quantization_unavailable",
            hint="Set architecture.quantization to none, or choose a pool of workers that have them.",
            field="architecture.quantization",
        )
    import transformers

    settings: Any = transformers.BitsAndBytesConfig

    if kind == "int8":
        return settings(load_in_8bit=True)
    return settings(load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_compute_dtype=torch.bfloat16)
