"""One base model with the LoRA adapters (Hu et al. 2022) of several training runs, by ``peft``.

The base is frozen, so runs share its weights; of the adapters one is active at a time, and only its parameters take
part in an operation. Their first weights are drawn by (seed, name of the module): nothing of another run's is in them.
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from trainyard_engine.core.faults import invalid_input
from trainyard_engine.core.rng import key_of
from trainyard_spec.training_sessions import LORA_ALPHA, LoraConfig

UNLIMITED_CONTEXT = 2**20
CONV1D = "Conv1D"
"""GPT-2's linear layer, with its weights transposed."""
PARTS = ("attn", "mlp", "unembed")
"""Attention, feed-forward and output layers: what ``train_…`` of a ``LoraConfig`` name."""


class AdaptedNetwork:
    """``network`` is a causal language model of ``transformers``; names of adapters are identifiers."""

    def __init__(self, network: Any) -> None:
        network.requires_grad_(False)
        self._network = network
        # As they are before peft wraps them.
        self._linear = linear_layers(network)
        self._transposed = any(type(network.get_submodule(name)).__name__ == CONV1D for name in self._linear)
        self._adapted: Any = None
        self._active: str | None = None

    @property
    def device(self) -> torch.device:
        device: torch.device = self._network.device
        return device

    @property
    def vocabulary(self) -> int:
        return int(self._network.config.vocab_size)

    @property
    def max_context(self) -> int:
        """Tokens of one sequence at most."""
        return int(getattr(self._network.config, "max_position_embeddings", None) or UNLIMITED_CONTEXT)

    def add(self, name: str, lora: LoraConfig) -> dict[str, nn.Parameter]:
        """A new adapter with its first weights; its parameters by peft's names, in order."""
        from peft import PeftModel  # seconds that only those pay who train adapters

        config = self.peft_config(lora)
        if self._adapted is None:
            self._adapted = PeftModel(self._network, config, adapter_name=name, autocast_adapter_dtype=True)
        else:
            self._adapted.add_adapter(name, config, autocast_adapter_dtype=True)
        self._active = None
        parameters = self._parameters(name)
        for key, parameter in parameters.items():
            _initialize(parameter, key, seed=lora.seed)
        return parameters

    def remove(self, name: str) -> None:
        """Forgets the adapter and frees its memory; the last one takes peft's layers along."""
        if self._adapted is None or name not in self._adapted.peft_config:
            return
        if len(self._adapted.peft_config) > 1:
            self._adapted.delete_adapter(name)
        else:
            self._network = self._adapted.unload()
            self._adapted = None
        self._active = None

    @contextmanager
    def active(self, name: str) -> Iterator[Any]:
        """The network as it computes with the adapter ``name`` alone."""
        if self._active != name:
            self._adapted.set_adapter(name)
            self._active = name
        yield self._adapted

    def peft_config(self, lora: LoraConfig) -> Any:
        """``lora`` as ``peft`` has it, with full names of what is adapted. Raises ``EngineFault`` if none is."""
        from peft import LoraConfig as PeftLoraConfig

        wanted = {part for part in PARTS if getattr(lora, f"train_{part}")}
        modules = [name for name, part in self._linear.items() if part in wanted]
        if not modules:
            raise invalid_input("The base model has none of the parts that are to be adapted.", code="nothing_to_adapt")
        return PeftLoraConfig(
            r=lora.rank,
            lora_alpha=LORA_ALPHA,
            target_modules=modules,
            fan_in_fan_out=self._transposed,
            lora_dropout=0.0,
            bias="none",
            task_type="CAUSAL_LM",
        )

    def _parameters(self, name: str) -> dict[str, nn.Parameter]:
        marks = (f".lora_A.{name}.", f".lora_B.{name}.")
        found = {}
        for key, parameter in self._adapted.named_parameters():
            if any(mark in key for mark in marks):
                found[key.replace(f".{name}.", ".")] = parameter
        return dict(sorted(found.items()))


def token_logprobs(network: Any, ids: Tensor, mask: Tensor, targets: Tensor) -> Tensor:
    """Log-probability, float32, of each of ``targets`` int64 (rows, length, width) after the tokens up to its place."""
    logits = network(input_ids=ids, attention_mask=mask, use_cache=False).logits.float()
    found: Tensor = logits.gather(-1, targets) - logits.logsumexp(dim=-1, keepdim=True)
    return found


def linear_layers(network: Any) -> dict[str, str]:
    """The part of the network that each linear layer belongs to, by its name: see ``PARTS``."""
    output = network.get_output_embeddings()
    found = {}
    for name, module in network.named_modules():
        if module is output:
            found[name] = "unembed"
        elif isinstance(module, nn.Linear) or type(module).__name__ == CONV1D:
            found[name] = "attn" if "attn" in name or "attention" in name else "mlp"
    return found


def _initialize(parameter: nn.Parameter, key: str, *, seed: int) -> None:
    """A by He et al. (2015), uniform with a = √5, as in ``nn.Linear``; B with zeros: at first nothing changes."""
    if ".lora_B." in key:
        nn.init.zeros_(parameter)
        return
    generator = torch.Generator().manual_seed(key_of("lora", seed, key))
    first = torch.empty(parameter.shape, dtype=torch.float32)
    nn.init.kaiming_uniform_(first, a=math.sqrt(5), generator=generator)
    with torch.no_grad():
        parameter.copy_(first)
