"""LoRA adapters (Hu et al. 2022) of one base in one process, by ``peft``."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import safetensors.torch
from safetensors import SafetensorError
from torch import Tensor

from trainyard_engine.core.faults import EngineFault, invalid_input
from trainyard_engine.generation.checks import unknown_adapter
from trainyard_engine.generation.port import BASE

ADAPTER_CONFIG, ADAPTER_WEIGHTS = "adapter_config.json", "adapter_model.safetensors"
READ = (
    "r",
    "lora_alpha",
    "target_modules",
    "use_rslora",
    "rank_pattern",
    "alpha_pattern",
    "fan_in_fan_out",
    "layers_to_transform",
    "layers_pattern",
)
"""Of an adapter's configuration: what its outputs depend on."""
NOT_SERVED = (
    "use_dora",
    "modules_to_save",
    "megatron_config",
    "trainable_token_indices",
    "lora_bias",
    "alora_invocation_tokens",
)
"""What changes outputs, too, and is not computed here for each row of a batch."""


class Adapters:
    """Adapters of ``network`` by name. Until one is loaded, the network stays as it is."""

    def __init__(self, network: Any) -> None:
        self._network = network
        self._adapted: Any = None
        self._names: dict[str, str] = {}
        self._loaded = 0

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._names)

    def load(self, name: str, directory: Path) -> None:
        """Raises ``EngineFault`` for one that cannot be read, or that does not fit the network."""
        self.add(name, *read_adapter(directory))

    def add(self, name: str, config: Any, weights: dict[str, Tensor]) -> None:
        """Adds the adapter of a ``LoraConfig`` and weights under peft's names. Raises ``EngineFault`` likewise."""
        if name == BASE or name in self._names:
            raise invalid_input(f"An adapter is loaded as {name or 'the base'} already.", code="adapter_loaded")
        self._loaded += 1
        # Module names may hold no dots, and a name that comes back must not meet what is left of the first.
        inner = f"adapter_{self._loaded}"
        try:
            self._add(inner, config, weights)
        except (ValueError, KeyError, RuntimeError, TypeError) as error:
            self._remove(inner)
            raise invalid_input(
                f"The adapter does not fit this base model: {str(error).splitlines()[0]}",
                code="adapter_for_another_base",
                hint="Load it with the base model that it was trained on.",
            ) from error
        self._names[name] = inner

    def unload(self, name: str) -> None:
        """Raises ``EngineFault`` where there is none of that name."""
        if name not in self._names:
            raise unknown_adapter(name)
        self._remove(self._names.pop(name))

    @contextmanager
    def active(self, names: Sequence[str]) -> Iterator[Any]:
        """The network as it computes a batch whose row i is served by the adapter ``names[i]``."""
        if self._adapted is None:
            yield self._network
        elif all(name == BASE for name in names):
            with self._adapted.disable_adapter():
                yield self._adapted
        elif len(set(names)) == 1:
            self._adapted.set_adapter(self._names[names[0]], inference_mode=True)
            yield self._adapted
        else:
            rows = ["__base__" if name == BASE else self._names[name] for name in names]
            yield lambda **inputs: self._adapted(adapter_names=rows, **inputs)

    def _add(self, inner: str, config: Any, weights: dict[str, Tensor]) -> None:
        from peft import PeftModel, set_peft_model_state_dict

        if self._adapted is None:
            self._adapted = PeftModel(self._network, config, adapter_name=inner)
        else:
            self._adapted.add_adapter(inner, config)
        answer: Any = set_peft_model_state_dict(self._adapted, weights, adapter_name=inner)
        missing = [key for key in answer.missing_keys if f".{inner}." in key]
        if missing or answer.unexpected_keys:
            raise ValueError(f"{len(missing)} weights are missing and {len(answer.unexpected_keys)} fit nothing.")
        self._adapted.eval()

    def _remove(self, inner: str) -> None:
        if self._adapted is None or inner not in self._adapted.peft_config:
            return
        others = [name for name in self._adapted.peft_config if name != inner]
        if others:
            self._adapted.set_adapter(others[0], inference_mode=True)
            self._adapted.delete_adapter(inner)
        else:
            self._network = self._adapted.unload()
            self._adapted = None


def read_adapter(directory: Path) -> tuple[Any, dict[str, Tensor]]:
    """Its ``LoraConfig``, of what is known to be served, and its weights. Raises ``EngineFault``."""
    from peft import LoraConfig

    try:
        declared = json.loads((directory / ADAPTER_CONFIG).read_bytes())
        weights = safetensors.torch.load_file(directory / ADAPTER_WEIGHTS)
    except (OSError, ValueError, SafetensorError) as error:
        raise _unusable(f"its files cannot be read ({error})") from error
    if not isinstance(declared, dict) or declared.get("peft_type") != "LORA":
        raise _unusable("it is no LoRA adapter in peft's layout")
    if declared.get("bias", "none") != "none":
        raise _unusable("it trains biases")
    for name in NOT_SERVED:
        if declared.get(name):
            raise _unusable(f"its {name} is not served here")
    read = {name: declared[name] for name in READ if declared.get(name) is not None}
    try:
        return LoraConfig(**read, lora_dropout=0.0, init_lora_weights=False, task_type="CAUSAL_LM"), weights
    except (ValueError, TypeError) as error:
        raise _unusable(str(error)) from error


def _unusable(reason: str) -> EngineFault:
    return invalid_input(f"The adapter cannot be used: {reason}.", code="unusable_adapter")
