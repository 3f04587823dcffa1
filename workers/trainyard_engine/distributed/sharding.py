"""Fully sharded data parallelism: of each parameter, its gradient and its optimizer state a process holds one part.

A transformer block's parameters are gathered when it computes, and let go after it: Rajbhandari et al., "ZeRO: Memory
Optimizations Toward Training Trillion Parameter Models" (2020); Zhao et al., "PyTorch FSDP" (VLDB 2023). By PyTorch's
``fully_shard`` (FSDP2), which cuts along the first dimension as ``torch.chunk`` does. Optimizers see the parts as plain
tensors: all of them compute number by number.
"""

from collections.abc import Iterable, Sequence
from copy import deepcopy
from typing import Any

import torch
from torch import Tensor, distributed, nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import FSDPModule, MixedPrecisionPolicy, fully_shard
from torch.distributed.fsdp._fully_shard._fsdp_collectives import DefaultAllGather, DefaultReduceScatter
from torch.nn import Parameter

from trainyard_engine.core.faults import OutOfMemoryElsewhere
from trainyard_engine.core.precision import HALVES, Compute
from trainyard_engine.distributed.collectives import Group


class Sharding:
    """``network`` in parts on the processes of ``group``, from here on; each has to hold the same weights before.

    ``blocks`` are the modules that are gathered one at a time. ``shared`` are tensors that the network refers to and
    that are no parameters of it. Weights, gradients and their sums are float32; below bf16 a block is gathered in it,
    which is what its dense layers would have cast its weights to.
    """

    def __init__(
        self,
        network: nn.Module,
        group: Group,
        compute: Compute,
        *,
        blocks: Sequence[nn.Module],
        shared: Iterable[Tensor] = (),
    ) -> None:
        self._network, self._group, self._device = network, group, compute.device
        self._whole = _without_values(network, shared)
        # Of its own, and on the CPU: on a GPU's each agreement would wait for all that is queued there.
        self._agreements = distributed.new_group(backend="gloo")
        mesh = init_device_mesh(compute.device.type, (group.size,))
        half = HALVES.get(compute.precision)
        policy = MixedPrecisionPolicy(
            param_dtype=half, reduce_dtype=torch.float32 if half else None, cast_forward_inputs=False
        )
        for block in blocks:
            fully_shard(block, mesh=mesh, mp_policy=policy)
        # Between a validation and the next step weights may be exchanged: nothing of them stays gathered.
        self._root = fully_shard(network, mesh=mesh, reshard_after_forward=True)
        for module in network.modules():
            if isinstance(module, FSDPModule):
                # A step divides by the weight of its whole batch, and sums are all that is wanted.
                module.set_gradient_divide_factor(1.0)
                module.set_force_sum_reduction_for_comms(True)
                module.set_custom_all_gather(_AgreedAllGather(self))
                module.set_custom_reduce_scatter(_AgreedReduceScatter(self))
        self._parts = [(shard, Parameter(_part(shard))) for shard in network.parameters() if shard.requires_grad]

    @property
    def parameters(self) -> list[Tensor]:
        """This process's parts of the parameters that learn, in their order: what an optimizer is to change."""
        return [part for _, part in self._parts]

    def agree(self, *, is_out_of_memory: bool = False) -> None:
        """Tells all processes whether this one is out of memory: before everything that they do together.

        So nobody waits for one that has left. Raises ``OutOfMemoryElsewhere`` where another one is and this one not.
        """
        told = torch.tensor([int(is_out_of_memory)])
        distributed.all_reduce(told, op=distributed.ReduceOp.MAX, group=self._agreements)
        if told.item() and not is_out_of_memory:
            raise OutOfMemoryElsewhere

    def begin_again(self) -> None:
        """Forgets all that a step has computed, after it was broken off in every process."""
        # First those of what is gathered at the moment: let go, it would keep them until it is gathered again.
        for parameter in self._network.parameters():
            parameter.grad = None
        self._root.reset_iter_state()
        self.zero_grad()

    def zero_grad(self) -> None:
        for shard, part in self._parts:
            shard.grad = part.grad = None

    def collect_gradients(self) -> None:
        """Gives the parts their gradients, summed over all processes: zeros where there are none."""
        for shard, part in self._parts:
            part.data = _part(shard)
            part.grad = torch.zeros_like(part) if shard.grad is None else _part(shard.grad)

    def clip_gradients(self, largest: float) -> None:
        """As ``torch.nn.utils.clip_grad_norm_``, by the norm over the parts of all processes."""
        parts = [part for _, part in self._parts]
        own = torch.nn.utils.get_total_norm([part.grad for part in parts if part.grad is not None])
        squares = own.square()
        distributed.all_reduce(squares)
        torch.nn.utils.clip_grads_with_norm_(parts, largest, squares.sqrt())

    @torch.no_grad()
    def gathered(self) -> nn.Module | None:
        """The ordinary network with all weights, in the first process; the others lend theirs and get None.

        One parameter at a time is gathered, so that the others never hold more than one.
        """
        found: dict[int, Parameter] = {}
        for shard, empty in zip(self._network.parameters(), self._whole.parameters(), strict=True):
            full: Any = shard.full_tensor() if hasattr(shard, "full_tensor") else shard
            if self._group.is_first:
                found[id(empty)] = Parameter(full, requires_grad=empty.requires_grad)
            del full
        if not self._group.is_first:
            return None
        for module in self._whole.modules():
            for name, empty in list(module.named_parameters(recurse=False)):
                module.register_parameter(name, found[id(empty)])
        for own, trained in zip(self._whole.buffers(), self._network.buffers(), strict=True):
            own.copy_(trained)
        return self._whole.to(self._device)


class _AgreedAllGather(DefaultAllGather):
    def __init__(self, sharding: Sharding) -> None:
        self._sharding = sharding

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        self._sharding.agree()
        return super().__call__(*arguments, **options)


class _AgreedReduceScatter(DefaultReduceScatter):
    def __init__(self, sharding: Sharding) -> None:
        self._sharding = sharding

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        self._sharding.agree()
        return super().__call__(*arguments, **options)


def _part(sharded: Any) -> Tensor:
    """What this process holds of it, as a plain tensor on the same memory."""
    found: Tensor = sharded.detach().to_local()
    return found


def _without_values(network: nn.Module, shared: Iterable[Tensor]) -> nn.Module:
    """A copy of ``network`` whose parameters are on the meta device, and take no room."""
    known: dict[int, Any] = {id(tensor): tensor for tensor in shared}
    for parameter in network.parameters():
        empty = torch.empty_like(parameter, device="meta")
        known[id(parameter)] = Parameter(empty, requires_grad=parameter.requires_grad)
    return deepcopy(network, known)
