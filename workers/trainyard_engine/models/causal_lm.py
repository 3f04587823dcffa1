"""``causal_lm``: a pretrained causal language model, all of it trained or by low-rank adapters alone.

Adapters are those of Hu et al., "LoRA: Low-Rank Adaptation of Large Language Models" (2022); a finished model keeps
them apart from the base, which stays where the operator registered it, or has them added to those of an earlier model.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel

from trainyard_engine.core.faults import invalid_input
from trainyard_engine.core.language_models import (
    own_facts,
    registered_language_model,
    require_same_base,
)
from trainyard_engine.core.pretrained_backbones import PretrainedBackbone
from trainyard_engine.modalities.text.token_examples import IGNORED
from trainyard_engine.models.context import BuildContext
from trainyard_engine.models.layers.language_models import (
    adapted_layers,
    add_adapters,
    is_adapter,
    load_network,
    merge_adapters,
    peft_name,
)
from trainyard_engine.models.layers.token_losses import token_losses
from trainyard_engine.models.registry import architecture
from trainyard_spec.architectures.causal_lm import CausalLmConfig

FINGERPRINT = "base_fingerprint"
"""Name, among the weights of adapters, of what tells the base: uint8 (32,)."""
BASE_LAYER = ".base_layer."
"""In peft's name of a weight that has adapters beside it."""


@dataclass(frozen=True, slots=True)
class TokenInputs:
    """``ids`` and ``segments`` int32 and ``target`` int64, all (…, tokens); see ``TokenSource``.

    ``compares``: what is asked for are the log-probabilities of whole rows, ``has_reference``: those of the base too.
    """

    ids: Tensor
    segments: Tensor
    target: Tensor
    compares: bool = False
    has_reference: bool = False


class CausalLm(nn.Module):
    """What targets cost, float32 (batch, tokens, 2): nats, 0 where nothing is learnt, and 1 where it is the likeliest.

    For answers to compare, (batch, answers, tokens), float32 (batch, answers, 3): the log-probability of each answer,
    that which the base gives it (0 without a reference), and how many tokens it has.
    """

    def __init__(self, config: CausalLmConfig, context: BuildContext, base: PretrainedBackbone) -> None:
        super().__init__()
        self.config, self._base, self._dropout = config, base, context.dropout
        self._has_own_base = context.has_own_base
        self.is_adapted = config.method == "lora" and (base.is_start or not context.has_own_base)
        self.lm: Any = load_network(base, config, dropout=context.dropout)
        self._reference: list[Any] = []  # In a list it is no part of this module: neither trained nor kept.
        self._first: dict[str, Tensor] = {}
        self.peft_config: Any = add_adapters(self.lm, config) if self.is_adapted else None
        if config.gradient_checkpointing:
            self.lm.activation_checkpointing_enable()

    def begin_with(self, weights: Mapping[str, Tensor]) -> None:
        """Makes ``weights``, of a finished model, the first ones: all of them, or adapters of the same form as here.

        Answers are then compared with what that model gives them. Raises ``EngineFault`` for adapters of another base.
        """
        if self.is_adapted and self._has_own_base:
            named = {name: weights.get(name.replace(BASE_LAYER, ".")) for name in self.lm.state_dict()}
            self._load_whole({name: tensor for name, tensor in named.items() if tensor is not None})
            return
        self.load_state_dict(weights)
        self._first = {name: tensor.detach().clone() for name, tensor in self.state_dict().items()}

    def forward(self, inputs: TokenInputs) -> Tensor:
        if not inputs.compares:
            return self._costs(self.lm, inputs.ids, inputs.segments, inputs.target)
        shape = inputs.ids.shape
        flat = [tensor.flatten(0, 1) for tensor in (inputs.ids, inputs.segments, inputs.target)]
        own = self._costs(self.lm, *flat)[..., 0].sum(dim=1)
        reference = torch.zeros_like(own)
        if inputs.has_reference:
            with torch.no_grad(), self.without_training() as network:
                reference = self._costs(network, *flat)[..., 0].sum(dim=1)
        tokens = (flat[2] != IGNORED).sum(dim=1)
        return torch.stack((-own, -reference, tokens.to(own)), dim=1).reshape(*shape[:2], 3)

    def _costs(self, network: Any, ids: Tensor, segments: Tensor, target: Tensor) -> Tensor:
        learnt = target != IGNORED
        # Places begin anew with each segment: by them alone transformers lets no segment attend to another.
        backend = sdpa_kernel([SDPBackend.MATH]) if ids.is_cuda else nullcontext()
        with backend:
            hidden = network.base_model(
                input_ids=ids.long(), position_ids=positions_of(segments), use_cache=False
            ).last_hidden_state
        words = network.config.vocab_size
        costs, right = token_losses(hidden[learnt], target[learnt], partial(_logits, network), vocabulary=words)
        found = torch.zeros((*target.shape, 2), dtype=torch.float32, device=target.device)
        return found.masked_scatter(learnt[..., None].expand_as(found), torch.stack((costs, right.float()), dim=1))

    def costs_of_base(self, inputs: TokenInputs) -> Tensor:
        """What targets cost the network as it was before the first step, float32 (batch, tokens, 2)."""
        with self.without_training() as network:
            return self._costs(network, inputs.ids, inputs.segments, inputs.target)

    @contextmanager
    def without_training(self) -> Iterator[Any]:
        """The network as it was before the first step, in evaluation mode."""
        if not self.is_adapted:
            if not self._reference:
                device = next(self.lm.parameters()).device
                self._reference.append(self._as_begun().to(device).requires_grad_(False).eval())
            yield self._reference[0]
            return
        was_training = self.lm.training
        self.lm.eval()
        try:
            with self._first_adapters() if self._first else self._no_adapters():
                yield self.lm
        finally:
            self.lm.train(was_training)

    def _as_begun(self) -> Any:
        """A network of its own with the first weights of this one."""
        if not self._first:
            return load_network(_with_weights(self._base, self.config), self.config, dropout=0.0)
        network = load_network(self._base, self.config, dropout=0.0)
        network.load_state_dict(self._first, strict=False)  # Outputs that share the inputs' vectors are not named.
        return network

    @contextmanager
    def _no_adapters(self) -> Iterator[None]:
        for layer in adapted_layers(self.lm):
            layer.enable_adapters(False)
        try:
            yield
        finally:
            for layer in adapted_layers(self.lm):
                layer.enable_adapters(True)

    @contextmanager
    def _first_adapters(self) -> Iterator[None]:
        """Storage is exchanged, and no value changed: a graph that is waiting for its gradients still holds them."""
        learning = {peft_name(name): weight for name, weight in self.lm.named_parameters() if is_adapter(name)}
        trained = {name: weight.data for name, weight in learning.items()}
        for name, weight in learning.items():
            weight.data = self._first[name]
        try:
            yield
        finally:
            for name, weight in learning.items():
                weight.data = trained[name]

    @property
    def blocks(self) -> list[nn.Module]:
        """Its transformer blocks, as ``transformers`` names those that belong on one device."""
        names = set(self.lm._no_split_modules or ())  # noqa: SLF001  what there is of a name for it
        return [module for module in self.lm.modules() if type(module).__name__ in names]

    @property
    def first_weights(self) -> list[Tensor]:
        """Weights of the model that it started from, kept to compare with."""
        return list(self._first.values())

    def state_dict(self, *_: Any, **__: Any) -> dict[str, Any]:  # type: ignore[override]
        """State of adapters, in peft's names, with the base's fingerprint; without any, in transformers' names."""
        tensors = self.lm.state_dict()
        if not self.is_adapted:
            return {name: tensors[name] for name in self._whole_names()}
        found = {peft_name(name): tensor for name, tensor in tensors.items() if is_adapter(name)}
        if self._has_own_base:
            return found
        own = bytes.fromhex(own_facts(self._base)["fingerprint"])
        return {FINGERPRINT: torch.tensor(list(own), dtype=torch.uint8), **found}

    def load_state_dict(self, state: Mapping[str, Any], *_: Any, **__: Any) -> Any:  # type: ignore[override]
        """Raises ``EngineFault`` for adapters of another base, and ``RuntimeError`` for other names or shapes."""
        if not self.is_adapted:
            return self._load_whole(state)
        if not self._has_own_base:
            require_same_base(self._base, bytes(state[FINGERPRINT].tolist()).hex())
        own = {peft_name(name): tensor for name, tensor in self.lm.state_dict().items() if is_adapter(name)}
        if own.keys() != state.keys() - {FINGERPRINT}:
            raise RuntimeError("the adapters are not those of this network")
        with torch.no_grad():
            for name, tensor in own.items():
                tensor.copy_(state[name])
        return None

    def _load_whole(self, state: Mapping[str, Any]) -> Any:
        found = self.lm.load_state_dict(state, strict=False)
        missing = {name for name in found.missing_keys if name in self._whole_names() and not is_adapter(name)}
        if missing or found.unexpected_keys:
            raise RuntimeError(f"weights are missing ({missing}) or unknown ({found.unexpected_keys})")
        return found

    def _whole_names(self) -> list[str]:
        """Names of all weights of the network but those that are the same as others."""
        tied = getattr(self.lm, "_tied_weights_keys", None) if self.lm.config.tie_word_embeddings else None
        return [name for name in self.lm.state_dict() if name not in (tied or ())]

    def merge_into_own_base(self) -> None:
        """Adds the adapters to weights that are not registered anywhere, after which there are none."""
        if self.is_adapted and self._has_own_base:
            merge_adapters(self.lm)
            self.is_adapted = False


@architecture("causal_lm")
def build(config: CausalLmConfig, context: BuildContext) -> nn.Module:
    """Raises ``EngineFault`` for a registered model that ``transformers`` cannot load."""
    assert context.base is not None  # noqa: S101  the task has found it
    needs_registered = config.method == "lora" and not context.has_own_base
    base = _with_weights(context.base, config) if needs_registered else context.base
    try:
        return CausalLm(config, context, base)
    except (OSError, ValueError, KeyError) as error:
        raise invalid_input(
            f"The pretrained model {config.model} cannot be loaded: {error}",
            code="unusable_model",
            hint="Ask the operator.",
            field="architecture.model",
        ) from error


def are_adapters(weights: Mapping[str, Tensor]) -> bool:
    """Whether ``weights``, of a finished model, are adapters of a registered one, and not all that it has."""
    return FINGERPRINT in weights


def positions_of(segments: Tensor) -> Tensor:
    """int64 (batch, tokens): the place of each token within its segment, from 0."""
    place = torch.arange(segments.shape[1], device=segments.device).expand_as(segments)
    begins = torch.ones_like(segments, dtype=torch.bool)
    begins[:, 1:] = segments[:, 1:] != segments[:, :-1]
    return place - torch.where(begins, place, 0).cummax(dim=1).values


def _logits(network: Any, states: Tensor) -> Tensor:
    """As the forward pass of ``transformers`` makes them of hidden states."""
    logits: Tensor = network.get_output_embeddings()(states)
    config = network.config
    if scale := getattr(config, "logit_scale", None):
        logits = logits * scale
    if divisor := getattr(config, "logits_scaling", None):
        logits = logits / divisor
    if cap := getattr(config, "final_logit_softcapping", None):
        logits = cap * torch.tanh(logits / cap)
    return logits


def _with_weights(base: PretrainedBackbone, config: CausalLmConfig) -> PretrainedBackbone:
    """``base`` with the directory of its weights, where only its configuration is known. Raises ``EngineFault``."""
    if base.directory is not None:
        return base
    registered = registered_language_model(config.model)
    require_same_base(registered, own_facts(base)["fingerprint"])
    return registered
