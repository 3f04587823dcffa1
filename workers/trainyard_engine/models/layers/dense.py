"""Layers that several architectures share."""

from torch import nn

ACTIVATIONS: dict[str, type[nn.Module]] = {"relu": nn.ReLU, "gelu": nn.GELU, "silu": nn.SiLU, "tanh": nn.Tanh}

NORMS_1D: dict[str, type[nn.Module]] = {"batch": nn.BatchNorm1d, "layer": nn.LayerNorm}


def dense(inputs: int, outputs: int, *, activation: str, norm: str, dropout: float) -> list[nn.Module]:
    """Linear, norm, activation, dropout: float32 (batch, inputs) to (batch, outputs)."""
    layers: list[nn.Module] = [nn.Linear(inputs, outputs)]
    if norm != "none":
        layers.append(NORMS_1D[norm](outputs))
    layers.append(ACTIVATIONS[activation]())
    if dropout:
        layers.append(nn.Dropout(dropout))
    return layers
