"""Loading of the networks of ``pretrained``, and their adapters.

Adapters are those of Hu et al., "LoRA: Low-Rank Adaptation of Large Language Models" (2022), on every dense layer of
the body, or of a body that has none on its convolutions; a finished model has them added to its weights.
"""

import os
from collections.abc import Iterable
from typing import Any, Self

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from trainyard_engine.core.pretrained_backbones import PretrainedBackbone
from trainyard_engine.models.layers.language_models import merge_adapters
from trainyard_spec.architectures.pretrained import PretrainedConfig

EAGER = "eager"
"""Attention in torch's plain operations, which are deterministic on every device."""
DROPOUTS = ("hidden_dropout_prob", "attention_probs_dropout_prob", "dropout", "attention_dropout")
"""What configurations of ``transformers`` call the shares that drop out."""


class Pretrained(nn.Module):
    """A body of ``transformers`` under a head that is drawn anew."""

    is_adapted = False
    merged_adapter: tuple[Any, dict[str, Tensor]] | None = None
    """Once adapters of a registered network are merged: their ``LoraConfig``, and their weights by peft's names."""
    _peft_config: Any = None

    def adapt(
        self, body: nn.Module, config: PretrainedConfig, base: PretrainedBackbone, *, head: nn.Module | None = None
    ) -> None:
        """Fixes the weights of ``body`` and gives it adapters that learn, where ``config`` wants them for ``base``.

        A ``head`` in it gets none. A finished model has none any more.
        """
        if config.method != "lora" or (base.directory is None and not base.is_start):
            return
        from peft import LoraConfig, inject_adapter_in_model

        adapters = LoraConfig(
            r=config.rank,
            lora_alpha=config.alpha,
            lora_dropout=config.adapter_dropout,
            target_modules=adapted_layers(body, head=head),
        )
        inject_adapter_in_model(adapters, body)
        self.is_adapted = True
        # On another start they are of no use without that model's own weights.
        self._peft_config = adapters if base.directory is not None else None

    def train(self, mode: bool = True) -> Self:
        """As of any module; batch norms between fixed weights keep their statistics, which are as fixed."""
        super().train(mode)
        if mode and self.is_adapted:
            for module in self.modules():
                if isinstance(module, _BatchNorm) and not any(weight.requires_grad for weight in module.parameters()):
                    module.eval()
        return self

    def merge(self) -> None:
        """Adds the adapters to the weights that they adapt, after which there are none."""
        if self._peft_config is not None:
            named = ((name.replace(".default.", "."), weight) for name, weight in self.named_parameters())
            weights = {name: weight.detach().cpu().clone() for name, weight in named if ".lora_" in name}
            self.merged_adapter = self._peft_config, weights
        merge_adapters(self)
        self.is_adapted = False


def adapted_layers(body: nn.Module, *, head: nn.Module | None = None) -> list[str]:
    """The names of the layers of ``body`` but its ``head`` that get adapters."""
    dense = [name for name, layer in body.named_modules() if isinstance(layer, nn.Linear) and layer is not head]
    # A convolution of each channel alone is a few numbers, and has no rank to lower.
    return dense or [name for name, layer in body.named_modules() if isinstance(layer, nn.Conv2d) and layer.groups == 1]


def config_of(base: PretrainedBackbone, *, dropout: float, **changes: Any) -> Any:
    """The configuration of ``base`` as ``transformers`` has it, with ``dropout`` everywhere and ``changes``."""
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    from transformers import AutoConfig  # seconds that only those pay who need it
    from transformers.utils import logging

    # Else it warns of the head that is left out, and draws bars.
    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    values = {name: value for name, value in base.config.items() if name != "model_type"}
    config = AutoConfig.for_model(base.config["model_type"], **values)
    for name in DROPOUTS:
        if hasattr(config, name):
            setattr(config, name, dropout)
    for name, value in changes.items():
        setattr(config, name, value)
    return config


def drawn(kind: Any, config: Any) -> Any:
    """The network that ``kind``, an automatic class of ``transformers``, makes of ``config``, with first weights."""
    return kind.from_config(config, attn_implementation=EAGER, dtype=torch.float32)


def loaded(kind: Any, config: Any, base: PretrainedBackbone, *, whole: bool = False) -> Any:
    """The network likewise, with the weights of ``base``, where it has any of its own and values are not just counted.

    Raises ``OSError`` or ``ValueError`` where they cannot be read, or some are missing of a network that is to be
    ``whole``.
    """
    if base.directory is None or torch.get_default_device().type == "meta":
        return drawn(kind, config)
    network, told = kind.from_pretrained(
        base.directory,
        config=config,
        attn_implementation=EAGER,
        dtype=torch.float32,
        local_files_only=True,
        trust_remote_code=False,
        use_safetensors=True,
        output_loading_info=True,
    )
    if whole:
        _refuse_missing(told["missing_keys"])
    return network


def with_new_head(kind: Any, config: Any, base: PretrainedBackbone) -> Any:
    """The network that ``kind`` makes of ``config``, on the body of ``base``, with a head that is drawn.

    A head that ``base`` was registered with told something else. Raises ``ValueError`` where the body is of another
    form.
    """
    from transformers import AutoModel

    network = drawn(kind, config)
    if base.directory is not None and torch.get_default_device().type != "meta":
        known = loaded(AutoModel, config, base).state_dict()
        _refuse_missing(network.base_model.load_state_dict(known, strict=False, assign=True).missing_keys)
    return network


def _refuse_missing(names: Iterable[str]) -> None:
    if missing := sorted(names):
        raise ValueError(f"it has no weights for {', '.join(missing[:3])}")
