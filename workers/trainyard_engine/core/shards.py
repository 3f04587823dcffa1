"""Shards of a sharded training's checkpoints: which part each process writes, and what the processes exchange."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from trainyard_engine.core.faults import invalid_input
from trainyard_engine.distributed.collectives import Group
from trainyard_spec.engine_protocol import MOST_FILES
from trainyard_spec.files import FileEntry
from trainyard_spec.training import TrainingSpec

SIZE_BYTES, DIGEST_BYTES = 8, 32
KINDS = 4
"""Files of a process, at most: weights, optimizer, the best weights and the average. Two more are the first's alone."""
MOST_PROCESSES = (MOST_FILES - 2) // KINDS

Exchange = Callable[[bytes], list[bytes]]
"""From a process's own bytes, as many as the others', to those of all by rank: returns once all have called."""


@dataclass(frozen=True, slots=True)
class Shards:
    """The files of process ``rank`` of ``count``; alone, a checkpoint has one file of each kind."""

    rank: int = 0
    count: int = 1
    exchange: Exchange = lambda own: [own]

    @property
    def is_first(self) -> bool:
        return self.rank == 0

    def file_name(self, name: str, *, rank: int | None = None) -> str:
        """``weights.safetensors`` or, as of a model in several files, ``weights-00001-of-00002.safetensors``."""
        if self.count == 1:
            return name
        stem, _, suffix = name.partition(".")
        return f"{stem}-{(self.rank if rank is None else rank) + 1:05d}-of-{self.count:05d}.{suffix}"

    def wait_for_all(self) -> None:
        """Returns once every process has come here."""
        self.exchange(b"\0")

    def all_files(self, own: Sequence[FileEntry], names: Sequence[str]) -> tuple[FileEntry, ...]:
        """What all processes have written, where this one wrote ``own``, the files of the kinds ``names``."""
        if self.count == 1:
            return tuple(own)
        packed = b"".join(entry.bytes.to_bytes(SIZE_BYTES, "big") + bytes.fromhex(entry.sha256) for entry in own)
        step = SIZE_BYTES + DIGEST_BYTES
        return tuple(
            FileEntry(
                name=self.file_name(name, rank=rank),
                bytes=int.from_bytes(told[place * step : place * step + SIZE_BYTES], "big"),
                sha256=told[place * step + SIZE_BYTES : (place + 1) * step].hex(),
            )
            for rank, told in enumerate(self.exchange(packed))
            for place, name in enumerate(names)
        )


def is_sharded(spec: TrainingSpec, group: Group) -> bool:
    """Whether the processes of ``group`` hold parts of what ``spec`` trains."""
    return spec.training.sharding == "full" and group.size > 1


def shards_of(spec: TrainingSpec, group: Group) -> Shards:
    """Shards that this process writes. To be called by all at once; raises ``EngineFault`` where they are too many."""
    if not is_sharded(spec, group):
        return Shards()
    if group.size > MOST_PROCESSES:
        raise invalid_input(
            f"At most {MOST_PROCESSES} processes can shard a training, and these are {group.size}.",
            code="too_many_processes",
            hint="Start fewer, or set training.sharding to none.",
            field="training.sharding",
        )
    return Shards(rank=group.rank, count=group.size, exchange=group.byte_channel())
