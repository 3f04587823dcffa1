"""Several processes that train one model on the parts of each batch.

Every process holds the whole model and reads the whole dataset; of each batch it computes its own rows, and gradients
are added up over all (data parallelism; Li et al., "PyTorch Distributed", VLDB 2020). The sums, and so the weights, are
the same bits in every process; the first one alone speaks, writes checkpoints and finishes.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

import torch
from torch import Tensor, distributed, nn
from torch.nn import Parameter

from trainyard_engine.core.batches import Batch
from trainyard_engine.core.weighted_sum import WeightedSum
from trainyard_spec.spec_rules import LEAST_ROWS_PER_SLOT

Value = TypeVar("Value")


class Group:
    """The processes of one training; alone, all of this costs nothing.

    ``here`` counts those that share this machine's CPUs.
    """

    def __init__(self, *, rank: int = 0, size: int = 1, here: int = 1) -> None:
        self.rank = rank
        self.size = size
        self.here = here

    @property
    def is_first(self) -> bool:
        return self.rank == 0

    @property
    def key(self) -> tuple[int, ...]:
        """What keys this process's draws apart from the others'; a process alone draws as it always did."""
        return (self.rank,) if self.rank else ()

    def shard(self, batch: Batch) -> tuple[Batch, int]:
        """The rows of ``batch`` that this process computes, and how many processes compute each row.

        A batch too small to be divided is computed whole by every process.
        """
        rows = len(batch.target)
        if not self._divides(rows):
            return batch, self.size
        mine = self.shard_of(rows)
        return Batch(raw=tuple(tensor[mine] for tensor in batch.raw), target=batch.target[mine]), 1

    def all_reduce_gradients(
        self, parameters: Iterable[Parameter], sums: Mapping[str, WeightedSum]
    ) -> dict[str, WeightedSum]:
        """Adds up the gradients of all processes, in place, and their ``sums``, which all must name alike."""
        if self.size == 1:
            return dict(sums)
        gradients = [_gradient(parameter) for parameter in parameters if parameter.requires_grad]
        own = [torch.as_tensor(number, device=_device()).float() for pair in sums.values() for number in pair]
        flat = torch.cat([*(gradient.flatten() for gradient in gradients), torch.stack(own)])
        distributed.all_reduce(flat)
        *parts, added = torch.split(flat, [*(gradient.numel() for gradient in gradients), len(own)])
        for gradient, part in zip(gradients, parts, strict=True):
            gradient.copy_(part.view_as(gradient))
        return {name: WeightedSum(*pair) for name, pair in zip(sums, added.view(-1, 2), strict=True)}

    def all_gather_rows(self, own: Tensor, rows: int) -> Tensor:
        """What every process knows of its ``shard`` of ``rows``, in their order: (rows, …) of ``own`` (own rows, …)."""
        if not self._divides(rows):
            return own
        whole = own.new_zeros((rows, *own.shape[1:]))
        whole[self.shard_of(rows)] = own
        distributed.all_reduce(whole)
        return whole

    def shard_of(self, rows: int) -> slice:
        """Which of ``rows`` this process computes."""
        if not self._divides(rows):
            return slice(0, rows)
        return slice(self.rank * rows // self.size, (self.rank + 1) * rows // self.size)

    def any_rank(self, wish: bool) -> bool:
        """Whether any process wishes it."""
        return self.all_reduce_min(0 if wish else 1) == 0

    def all_reduce_min(self, number: int) -> int:
        """The least of the numbers that the processes name."""
        if self.size == 1:
            return number
        numbers = torch.tensor([number], device=_device())
        distributed.all_reduce(numbers, op=distributed.ReduceOp.MIN)
        return int(numbers.item())

    def most_rows(self, rows: int) -> int:
        """How many of ``rows`` a process computes, at most: all those of a ``shard``, whichever process's."""
        return -(-rows // self.size) if self._divides(rows) else rows

    def byte_channel(self) -> Callable[[bytes], list[bytes]]:
        """What makes of each process's bytes, equally many, those of all by rank: a collective beside the others.

        One thread of each process may use it while another computes. To be called by all at once.
        """
        channel = distributed.new_group(backend="gloo")

        def all_gather(own: bytes) -> list[bytes]:
            mine = torch.frombuffer(bytearray(own), dtype=torch.uint8)
            found = [torch.empty_like(mine) for _ in range(self.size)]
            distributed.all_gather(found, mine, group=channel)
            return [bytes(each.tolist()) for each in found]

        return all_gather

    def copy_buffers(self, network: nn.Module) -> None:
        """Gives all processes the first one's buffers: statistics of norms, which each measures on its own rows."""
        if self.size > 1:
            for buffer in network.buffers():
                distributed.broadcast(buffer, src=0)

    def rank0_first(self, work: Callable[[], Value]) -> Value:
        """``work`` done by the first process, then by the others, which find what it left."""
        if self.is_first:
            done = work()
        if self.size > 1:
            distributed.barrier()
        return done if self.is_first else work()

    def _divides(self, rows: int) -> bool:
        return self.size > 1 and rows >= LEAST_ROWS_PER_SLOT * self.size


def _gradient(parameter: Parameter) -> Tensor:
    if parameter.grad is None:
        parameter.grad = torch.zeros_like(parameter)
    return parameter.grad


def _device() -> torch.device:
    return torch.device("cuda" if distributed.get_backend() == "nccl" else "cpu")
