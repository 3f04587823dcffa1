"""The weights and buffers of a network that this process holds: all of them or, of a sharded one, its parts."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn


def own_state(network: nn.Module) -> dict[str, Tensor]:
    """As ``network.state_dict()``, where nothing is copied; of what is sharded, the part on this process's memory."""
    return {name: _own(tensor) for name, tensor in network.state_dict().items()}


@torch.no_grad()
def load_own_state(network: nn.Module, tensors: Mapping[str, Tensor]) -> None:
    """Puts back what ``own_state`` gave. Raises ``RuntimeError`` for other names or shapes."""
    state = network.state_dict()
    if not any(_is_sharded(tensor) for tensor in state.values()):
        network.load_state_dict(tensors)
        return
    own = {name: _own(tensor) for name, tensor in state.items()}
    if {name: tensor.shape for name, tensor in own.items()} != {name: tensor.shape for name, tensor in tensors.items()}:
        raise RuntimeError("the tensors are not this process's parts of the network")
    for name, tensor in own.items():
        tensor.copy_(tensors[name])


def _own(tensor: Tensor) -> Tensor:
    found: Tensor = tensor.detach().to_local() if _is_sharded(tensor) else tensor  # type: ignore[attr-defined]
    return found


def _is_sharded(tensor: Tensor) -> bool:
    # By what a DTensor has: its module takes a second to import, which only those pay who shard.
    return hasattr(tensor, "to_local")
