"""First values of the weights."""

from collections.abc import Callable

from torch import Tensor, nn

INITIALIZERS: dict[str, Callable[[Tensor], Tensor]] = {
    "he": lambda weight: nn.init.kaiming_normal_(weight, nonlinearity="relu"),
    "xavier": nn.init.xavier_uniform_,
}
"""He et al. (2015), normal by fan-in; Glorot & Bengio (2010), uniform. ``default`` leaves PyTorch's own."""


def initialize(model: nn.Module, name: str) -> None:
    """Draws the kernels of every dense and convolution layer anew and zeroes their biases, unless ``default``."""
    if name == "default":
        return
    for layer in model.modules():
        if isinstance(layer, nn.Linear | nn.Conv2d):
            INITIALIZERS[name](layer.weight)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
