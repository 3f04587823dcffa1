"""``pretrained``: a transformer encoder with a dense head, all of it trained or by adapters alone.

Adapters are those of Hu et al., "LoRA: Low-Rank Adaptation of Large Language Models" (2022), on every dense layer of
the encoder; a finished model has them added to its weights.
"""

import os
from typing import Any

import torch
from torch import Tensor, nn

from trainyard_engine.core.faults import invalid_input
from trainyard_engine.core.pretrained_backbones import PretrainedBackbone
from trainyard_engine.models.context import BuildContext
from trainyard_engine.models.layers.tokens import is_token, mean_over
from trainyard_engine.models.registry import architecture
from trainyard_spec.architectures.pretrained import PretrainedConfig

EAGER = "eager"
"""Attention in torch's plain operations, which are deterministic on every device."""


class Pretrained(nn.Module):
    """Token ids int (batch, tokens) to (batch, outputs). Dropout acts inside the encoder and before the head."""

    def __init__(self, config: PretrainedConfig, context: BuildContext, base: PretrainedBackbone) -> None:
        super().__init__()
        self.pooling = config.pooling
        self.encoder: Any = _encoder(base, context.dropout)
        if hasattr(self.encoder, "pooler") and not context.has_pooler:
            # It serves the task of the pretraining: here its outputs are not read, and its weights would only count.
            self.encoder.pooler = nn.Identity()
        if config.method == "lora" and (base.directory is not None or base.is_start):
            _adapt(self.encoder, config)
        self.dropout = nn.Dropout(context.dropout)
        self.head = nn.Linear(base.config["hidden_size" if "hidden_size" in base.config else "dim"], context.outputs)

    def forward(self, ids: Tensor) -> Tensor:
        mask = is_token(ids)
        states = self.encoder(input_ids=ids.long(), attention_mask=mask.long()).last_hidden_state
        pooled = states[:, 0] if self.pooling == "cls" else mean_over(states, mask)
        outputs: Tensor = self.head(self.dropout(pooled))
        return outputs

    def merge(self) -> None:
        """Adds the adapters to the weights that they adapt, after which there are none."""
        from peft.tuners.lora import LoraLayer

        for name, layer in list(self.encoder.named_modules()):
            if isinstance(layer, LoraLayer):
                layer.merge()
                self.encoder.set_submodule(name, layer.get_base_layer())


@architecture("pretrained")
def build(config: PretrainedConfig, context: BuildContext) -> nn.Module:
    """Raises ``EngineFault`` for a registered model that ``transformers`` cannot load."""
    assert context.base is not None  # noqa: S101  the kind has found it
    try:
        return Pretrained(config, context, context.base)
    except (OSError, ValueError, KeyError) as error:
        raise invalid_input(
            f"The pretrained model {config.model} cannot be loaded: {error}",
            code="unusable_model",
            hint="Ask the operator.",
            field="architecture.model",
        ) from error


def _encoder(base: PretrainedBackbone, dropout: float) -> nn.Module:
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    from transformers import AutoConfig, AutoModel  # seconds that only those pay who need it

    values = {name: value for name, value in base.config.items() if name != "model_type"}
    config = AutoConfig.for_model(base.config["model_type"], **values)
    for name in ("hidden_dropout_prob", "attention_probs_dropout_prob", "dropout", "attention_dropout"):
        if hasattr(config, name):
            setattr(config, name, dropout)
    # A network on the meta device is only counted, and has no values to load.
    if base.directory is None or torch.get_default_device().type == "meta":
        plain: nn.Module = AutoModel.from_config(config, attn_implementation=EAGER)  # type: ignore[no-untyped-call]
        return plain
    known: nn.Module = AutoModel.from_pretrained(
        base.directory,
        config=config,
        attn_implementation=EAGER,
        dtype=torch.float32,
        local_files_only=True,
        trust_remote_code=False,
        use_safetensors=True,
    )
    return known


def _adapt(encoder: nn.Module, config: PretrainedConfig) -> None:
    """Fixes the weights of ``encoder`` and gives it adapters that learn."""
    from peft import LoraConfig, inject_adapter_in_model

    adapters = LoraConfig(
        r=config.rank, lora_alpha=config.alpha, lora_dropout=config.adapter_dropout, target_modules="all-linear"
    )
    inject_adapter_in_model(adapters, encoder)
