"""Fine-tuning: which weights of a network that starts from a model learn, and how fast."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from trainyard_engine.core.faults import invalid_input
from trainyard_engine.core.optimizers import LR_SCALE, Parameters
from trainyard_engine.models import BuildContext, build_bare
from trainyard_spec.fine_tuning import has_head
from trainyard_spec.training import TrainingSpec

ADAPTER = ".lora_"
"""In the name of a weight that is an adapter's own."""


@dataclass(frozen=True, slots=True)
class FineTuning:
    """``head`` are the names of the head's weights; all others are the body's.

    ``freeze``: these do not learn. ``body_lr`` is their learning rate, None: that of the optimizer.
    """

    head: frozenset[str] = frozenset()
    freeze: bool = False
    body_lr: float | None = None

    def freeze_body(self, network: nn.Module) -> None:
        """Takes the body's weights from those that learn, if it is frozen."""
        if self.freeze:
            for name, parameter in network.named_parameters():
                parameter.requires_grad_(name in self.head)

    def parameters(self, network: nn.Module, *, lr: float) -> Parameters:
        """Parameters that learn, in the form in which an optimizer with the learning rate ``lr`` takes them."""
        learning: list[tuple[str, Tensor]] = [
            (name, parameter) for name, parameter in network.named_parameters() if parameter.requires_grad
        ]
        if self.body_lr is None:
            return [parameter for _, parameter in learning]
        body = [parameter for name, parameter in learning if name not in self.head]
        head = [parameter for name, parameter in learning if name in self.head]
        groups = [{"params": body, LR_SCALE: self.body_lr / lr}, {"params": head, LR_SCALE: 1.0}]
        return [group for group in groups if group["params"]]

    def train_mode(self, network: nn.Module) -> None:
        """As ``network.train()``; of a frozen body, norms keep their statistics, and nothing drops out."""
        network.train()
        if not self.freeze:
            return
        for module in network.modules():
            own = list(module.parameters(recurse=False))
            if own and not any(parameter.requires_grad for parameter in own):
                module.eval()


def head_names(spec: TrainingSpec, context: BuildContext) -> frozenset[str]:
    """The names of the weights whose number follows from that of the network's outputs; none where no layer's does."""
    if not has_head(spec):
        return frozenset()
    with torch.device("meta"):
        own, wider = (
            {name: parameter.shape for name, parameter in build_bare(spec, each).named_parameters()}
            for each in (context, replace(context, outputs=context.outputs + 1))
        )
    return frozenset(name for name, shape in own.items() if wider[name] != shape)


def names_in(spec: TrainingSpec, context: BuildContext) -> list[str]:
    """The names of the weights and buffers of the network of ``spec``, in their order."""
    with torch.device("meta"):
        return list(build_bare(spec, context).state_dict())


def take_over(
    network: nn.Module, weights: Mapping[str, Tensor], *, names: Sequence[str], without: frozenset[str]
) -> None:
    """Sets weights and norm statistics of ``network`` to ``weights``, one after the other; those ``without`` stay.

    ``names`` are those of ``weights`` in the order of their network: layers without weights, such as dropout, may make
    others of them. Adapters stay too: what they adapt is set. Raises ``EngineFault`` where a shape differs.
    """
    own = {name: tensor for name, tensor in network.state_dict().items() if ADAPTER not in name}
    theirs = dict(zip(own, names, strict=False))
    for name, tensor in own.items():
        if name in without:
            continue
        given = weights.get(theirs.get(name, ""))
        if given is None or given.shape != tensor.shape:
            has = "none" if given is None else f"one of {_shape(given)}"
            raise invalid_input(
                f"The network has a weight {name} of {_shape(tensor)}, and the model that it starts from has {has}.",
                code="start_shape_mismatch",
                hint="Start from a model of the same architecture on data of the same form.",
                field="init_from",
            )
        tensor.copy_(given)


def _shape(tensor: Tensor) -> str:
    return "x".join(map(str, tensor.shape)) or "one number"
