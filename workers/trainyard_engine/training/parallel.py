"""Several processes that train one model on the parts of each batch, started by ``torchrun``.

Every process holds the whole model and reads the whole dataset; of each batch it computes its own rows, and gradients
are added up over all (data parallelism; Li et al., "PyTorch Distributed", VLDB 2020). The sums, and so the weights, are
the same bits in every process; the first one alone speaks, writes checkpoints and finishes.
"""

import os
from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

import torch
from torch import Tensor, distributed, nn
from torch.nn import Parameter

from trainyard_engine.data.batches import Batch
from trainyard_engine.processes import die_with_parent

Value = TypeVar("Value")

RANK, SIZE, LOCAL_RANK, LOCAL_SIZE = "RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE"
"""What ``torchrun`` sets in the environment of each process."""


class Group:
    """The processes of one training; alone, all of this costs nothing."""

    def __init__(self, *, rank: int = 0, size: int = 1) -> None:
        self.rank = rank
        self.size = size

    @property
    def is_first(self) -> bool:
        return self.rank == 0

    @property
    def key(self) -> tuple[int, ...]:
        """What keys this process's draws apart from the others'; a process alone draws as it always did."""
        return (self.rank,) if self.rank else ()

    def share(self, batch: Batch) -> Batch:
        """The rows of ``batch`` that are this process's, none if there are fewer than processes."""
        if self.size == 1:
            return batch
        rows = len(batch.target)
        mine = slice(self.rank * rows // self.size, (self.rank + 1) * rows // self.size)
        return Batch(raw=tuple(tensor[mine] for tensor in batch.raw), target=batch.target[mine])

    def add_up(self, parameters: Iterable[Parameter], scalars: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Adds up the gradients of all processes, in place, and their ``scalars``, which all must name alike."""
        if self.size == 1:
            return dict(scalars)
        gradients = [_gradient(parameter) for parameter in parameters if parameter.requires_grad]
        flat = torch.cat([*(gradient.flatten() for gradient in gradients), torch.stack(list(scalars.values()))])
        distributed.all_reduce(flat)
        *parts, sums = torch.split(flat, [*(gradient.numel() for gradient in gradients), len(scalars)])
        for gradient, part in zip(gradients, parts, strict=True):
            gradient.copy_(part.view_as(gradient))
        return dict(zip(scalars, sums, strict=True))

    def agree(self, wish: bool) -> bool:
        """Whether any process wishes it."""
        if self.size == 1:
            return wish
        wishes = torch.tensor([float(wish)], device=_device())
        distributed.all_reduce(wishes)
        return bool(wishes.item() > 0)

    def copy_buffers(self, network: nn.Module) -> None:
        """Gives all processes the first one's buffers: statistics of norms, which each measures on its own rows."""
        if self.size > 1:
            for buffer in network.buffers():
                distributed.broadcast(buffer, src=0)

    def first_then_others(self, work: Callable[[], Value]) -> Value:
        """``work`` done by the first process, then by the others, which find what it left."""
        if self.is_first:
            done = work()
        if self.size > 1:
            distributed.barrier()
        return done if self.is_first else work()

    def leave(self) -> None:
        if self.size > 1:
            distributed.destroy_process_group()


def joined_group() -> Group:
    """The group that the environment tells of, joined; this process alone if it tells of none."""
    size = int(os.environ.get(SIZE, "1"))
    if size == 1:
        return Group()
    # Processes whose starter was killed would train on, beside those that are started instead.
    die_with_parent()
    has_cuda = torch.cuda.is_available()
    if has_cuda:
        torch.cuda.set_device(int(os.environ[LOCAL_RANK]))
    distributed.init_process_group("nccl" if has_cuda else "gloo")
    return Group(rank=int(os.environ[RANK]), size=size)


def processes_here() -> int:
    """How many processes of the group share this machine's CPUs."""
    return int(os.environ.get(LOCAL_SIZE, "1"))


def _gradient(parameter: Parameter) -> Tensor:
    if parameter.grad is None:
        parameter.grad = torch.zeros_like(parameter)
    return parameter.grad


def _device() -> torch.device:
    return torch.device("cuda" if distributed.get_backend() == "nccl" else "cpu")
