"""Exponential moving average (EMA) of the weights, which training keeps beside them."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import get_ema_multi_avg_fn

from trainyard_engine.core.model_directory import contiguous_copy
from trainyard_engine.core.own_state import load_own_state, own_state
from trainyard_spec.training import EmaConfig


class WeightAverage:
    """Averages of all weights and floating-point buffers, as ``EmaConfig`` says; other buffers are copied."""

    def __init__(self, spec: EmaConfig, network: nn.Module) -> None:
        self._decay = spec.decay
        self._network = network
        self._average = {name: tensor.detach().clone() for name, tensor in own_state(network).items()}

    @torch.no_grad()
    def update(self, step: int) -> None:
        """Takes in the weights after step number ``step``, counted from 1."""
        current = own_state(self._network)
        floating = [name for name, tensor in current.items() if tensor.is_floating_point()]
        average = get_ema_multi_avg_fn(min(self._decay, (1 + step) / (10 + step)))  # type: ignore[no-untyped-call]
        average([self._average[name] for name in floating], [current[name] for name in floating], step)
        for name in current.keys() - floating:
            self._average[name].copy_(current[name])

    def tensors(self) -> dict[str, Tensor]:
        """Copies on the CPU, in the order of their dimensions."""
        return {name: contiguous_copy(tensor) for name, tensor in self._average.items()}

    def restore(self, tensors: dict[str, Tensor]) -> None:
        """Puts back what ``tensors`` gave."""
        for name, tensor in tensors.items():
            self._average[name].copy_(tensor)

    def apply(self) -> None:
        """Makes the averages the network's weights."""
        load_own_state(self._network, self._average)

    @contextmanager
    def applied(self) -> Iterator[None]:
        """The averages are the network's weights inside, and its own again afterwards."""
        own = {name: tensor.detach().clone() for name, tensor in own_state(self._network).items()}
        self.apply()
        try:
            yield
        finally:
            load_own_state(self._network, own)
