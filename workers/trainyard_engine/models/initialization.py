"""First values of the weights."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize


def _he_normal(weight: Tensor) -> Tensor:
    return nn.init.kaiming_normal_(weight, nonlinearity="relu")


INITIALIZERS: dict[str, Callable[[Tensor], Tensor]] = {
    "he": _he_normal,
    "he_normal": _he_normal,
    "he_uniform": lambda weight: nn.init.kaiming_uniform_(weight, nonlinearity="relu"),
    "xavier": nn.init.xavier_uniform_,
    "xavier_uniform": nn.init.xavier_uniform_,
    "xavier_normal": nn.init.xavier_normal_,
    "orthogonal": nn.init.orthogonal_,
}
"""He et al. (2015), by fan-in; Glorot & Bengio (2010); Saxe et al. (2014). ``default`` leaves PyTorch's own."""


def initialize(model: nn.Module, name: str) -> None:
    """Draws the kernels of every dense, convolution and recurrent layer anew and zeroes their biases.

    Each gate of a recurrent layer is a kernel of its own. ``default`` leaves all as they are.
    """
    if name == "default":
        return
    for layer in model.modules():
        if isinstance(layer, nn.Linear | nn.Conv1d | nn.Conv2d):
            if parametrize.is_parametrized(layer, "weight"):
                # Its weight is computed: what is set is taken apart again.
                layer.weight = INITIALIZERS[name](torch.empty_like(layer.weight))
            else:
                INITIALIZERS[name](layer.weight)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
        elif isinstance(layer, nn.RNNBase):
            for parameter in layer.parameters():
                if parameter.ndim == 1:
                    nn.init.zeros_(parameter)
                    continue
                for gate in parameter.chunk(len(parameter) // layer.hidden_size):
                    INITIALIZERS[name](gate)
