"""Checkpoints on disk: complete or absent, checked when read, written while training goes on.

A checkpoint is a directory ``step-XXXXXXXXXX`` with ``weights.safetensors``, ``optimizer.safetensors``,
``state.json``, with early stopping ``best.safetensors``, with ``ema`` ``average.safetensors``, and, written last,
``manifest.json``. Of a sharded training each process has files of tensors of its own, such as
``weights-00001-of-00002.safetensors``: its parts, cut along the first dimension as ``torch.chunk`` does.
"""

import hashlib
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import safetensors.torch
from pydantic import ConfigDict, Field, ValidationError
from safetensors import SafetensorError
from torch import Tensor

from trainyard_common.atomic_io import sync_path, write_synced
from trainyard_engine.core.atomic_io import DamagedFile, check_files, describe
from trainyard_engine.core.faults import EngineFault
from trainyard_engine.core.loss_history import LossState
from trainyard_engine.core.model import NetworkForm
from trainyard_engine.core.safetensors_io import write_tensors
from trainyard_engine.core.shards import Shards
from trainyard_spec.base import WireModel
from trainyard_spec.engine_protocol import MANIFEST_FILE, CheckpointWritten, Fault
from trainyard_spec.files import NO_ROOM, FileEntry
from trainyard_spec.resolution import ResolvedTraining

Tensors = dict[str, Tensor]
ALONE = Shards()

WEIGHTS = "weights.safetensors"
OPTIMIZER = "optimizer.safetensors"
BEST = "best.safetensors"
AVERAGE = "average.safetensors"
STATE = "state.json"
PREFIX = "step-"
UNFINISHED_PREFIX = ".unfinished-"
DAMAGED_PREFIX = "damaged-"


class CheckpointState(WireModel):
    """Part of ``state.json``. An alias is the name that a field has there, and had in earlier releases."""

    model_config = ConfigDict(serialize_by_alias=True, validate_by_name=True, validate_by_alias=True)


class BestState(CheckpointState):
    """Early stopping's memory: the best validation so far, and how many epochs ago it was."""

    metrics: dict[str, float]
    epochs_since: int


class PlateauState(CheckpointState):
    """A plateau schedule's memory: the best value, epochs since, and the fraction of the rate that is left."""

    best: float | None = None
    epochs_since: int = 0
    fraction: float = 1.0


class SteppingState(CheckpointState):
    """What stepping has learnt: rows computed at once, and the scale of fp16's losses with its steps since a change."""

    micro_batch_size: int = Field(alias="rows_at_once")
    loss_scale: float | None = None
    steps_since_scaled: int = 0


class TrainingState(CheckpointState):
    """What resuming needs beside tensors. ``training`` names spec and data; ``threads`` decide the bits on a CPU,
    ``processes`` everywhere.

    ``skipped_step`` is the step (from 0) that is not taken because it once made the loss no number. ``resolved`` is
    what was chosen when it began, ``form`` what its network is, and ``has_scales`` whether series have scales of their
    own: a later release may choose otherwise.
    """

    training: str
    step: int
    epoch: int
    threads: int
    val_metrics: dict[str, float]
    best: BestState | None = None
    plateau: PlateauState | None = None
    processes: int = 1
    stepping: SteppingState | None = None
    skipped_step: int | None = Field(default=None, alias="left_out")
    resolved: ResolvedTraining | None = None
    form: NetworkForm = NetworkForm()
    has_scales: bool = False
    losses: LossState = LossState()


class CheckpointManifest(WireModel):
    format: Literal[1] = 1
    step: int
    epoch: int
    files: tuple[FileEntry, ...]
    checksum: str = ""

    def sealed(self) -> bytes:
        """As JSON, with the SHA-256 of the JSON without it."""
        unsealed = self.model_copy(update={"checksum": ""})
        checksum = hashlib.sha256(unsealed.model_dump_json().encode()).hexdigest()
        return self.model_copy(update={"checksum": checksum}).model_dump_json().encode()

    @classmethod
    def read(cls, path: Path) -> "CheckpointManifest":
        """Raises ``DamagedFile``, ``OSError`` or ``ValidationError`` unless every bit of it is as it was written."""
        content = path.read_bytes()
        manifest = cls.model_validate_json(content)
        if manifest.sealed() != content:
            raise DamagedFile(f"{path.name} does not have its checksum")
        return manifest


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A state with its tensors, contiguous and on the CPU. ``best`` are weights, empty without early stopping.

    ``average`` are weights too, empty without ``ema``.
    """

    state: TrainingState
    weights: Tensors
    optimizer: Tensors
    best: Tensors
    average: Tensors = field(default_factory=dict)


class CheckpointStore:
    """The checkpoints under one directory, of which the newest ``keep`` are kept; of ``shards``, all write and read."""

    def __init__(self, root: Path, *, keep: int, shards: Shards = ALONE) -> None:
        self._root = root
        self._keep = keep
        self._shards = shards

    def newest(self, *, warn: Callable[[str], None]) -> Checkpoint | None:
        """The newest checkpoint that is whole. Damaged ones are told to ``warn`` and set aside."""
        for leftover in self._root.glob(f"{UNFINISHED_PREFIX}*"):
            shutil.rmtree(leftover)
        for directory in self._directories():
            try:
                return read_checkpoint(directory, self._shards)
            except DamagedFile as damage:
                warn(f"Checkpoint {directory.name} is damaged ({damage}); trying the one before.")
                self._set_aside(directory)
        return None

    def write(self, checkpoint: Checkpoint) -> tuple[Path, tuple[FileEntry, ...]] | None:
        """Makes ``checkpoint`` durable, then removes the oldest ones. Returns its directory and all its files.

        Of several shards the first is told that all are on disk, and then alone makes one checkpoint of them; the
        others get None.

        The order is that of a crash-safe write: contents synced, manifest last, directory synced, renamed into
        place, parent synced. Raises ``OSError`` when the disk refuses.
        """
        state = checkpoint.state
        final = self._root / f"{PREFIX}{state.step:010d}"
        unfinished = self._root / f"{UNFINISHED_PREFIX}{final.name}"
        if self._shards.is_first:
            unfinished.mkdir(parents=True)
        self._shards.wait_for_all()
        optional = {BEST: checkpoint.best, AVERAGE: checkpoint.average}
        parts = {WEIGHTS: checkpoint.weights, OPTIMIZER: checkpoint.optimizer}
        parts |= {name: tensors for name, tensors in optional.items() if tensors}
        own = [write_tensors(unfinished / self._shards.file_name(name), found) for name, found in parts.items()]
        written = self._shards.all_files(own, list(parts))
        if not self._shards.is_first:
            return None
        content = state.model_dump_json().encode()
        write_synced(unfinished / STATE, content)
        files = (*written, describe(STATE, content))
        manifest = CheckpointManifest(step=state.step, epoch=state.epoch, files=files).sealed()
        write_synced(unfinished / MANIFEST_FILE, manifest)
        sync_path(unfinished)
        unfinished.rename(final)
        sync_path(self._root)
        for old in list(self._directories())[self._keep :]:
            shutil.rmtree(old)
        return final, (*files, describe(MANIFEST_FILE, manifest))

    def _set_aside(self, directory: Path) -> None:
        """Renames, for a read error may pass: out of the way of the step's next checkpoint, but not lost."""
        aside = directory.with_name(DAMAGED_PREFIX + directory.name)
        if aside.exists():
            shutil.rmtree(aside)
        directory.rename(aside)

    def _directories(self) -> Iterator[Path]:
        """Newest first."""
        yield from sorted(self._root.glob(f"{PREFIX}*"), reverse=True)


def read_checkpoint(directory: Path, shards: Shards = ALONE) -> Checkpoint:
    """Reads a checkpoint, every byte checked; of several shards the own tensors. Raises ``DamagedFile`` unless whole.

    Other ``processes`` than wrote it get the first one's tensors: they see by the state that they cannot go on.
    """
    try:
        manifest = CheckpointManifest.read(directory / MANIFEST_FILE)
        check_files(directory, manifest.files)
        names = {entry.name for entry in manifest.files}
        state = TrainingState.model_validate_json((directory / STATE).read_bytes())
        written_by = Shards(count=1 if WEIGHTS in names else state.processes)
        own = shards if shards.count == written_by.count else written_by

        def tensors(kind: str) -> Tensors:
            return safetensors.torch.load_file(directory / own.file_name(kind))

        return Checkpoint(
            state=state,
            weights=tensors(WEIGHTS),
            optimizer=tensors(OPTIMIZER),
            best=tensors(BEST) if own.file_name(BEST) in names else {},
            average=tensors(AVERAGE) if own.file_name(AVERAGE) in names else {},
        )
    except (OSError, ValidationError, SafetensorError) as error:
        raise DamagedFile(f"{type(error).__name__}: {error}") from error


class CheckpointWriter:
    """Writes checkpoints on a thread of its own, one at a time; the next one waits for the one before."""

    def __init__(self, store: CheckpointStore, written: Callable[[CheckpointWritten], None]) -> None:
        self._store = store
        self._written = written
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="checkpoint")
        self._in_flight: Future[None] | None = None

    def start(self, checkpoint: Checkpoint, *, trained_seconds: float) -> None:
        """Begins to write. ``written`` is called, on the writer's thread, once the checkpoint is durable."""
        self.wait()
        self._in_flight = self._thread.submit(self._write, checkpoint, trained_seconds)

    def check(self) -> None:
        """Raises ``EngineFault`` if the last write has failed."""
        if self._in_flight is not None and self._in_flight.done():
            self.wait()

    def wait(self) -> None:
        """Waits for the write in flight, if any. Raises ``EngineFault`` if it failed."""
        if self._in_flight is None:
            return
        in_flight, self._in_flight = self._in_flight, None
        try:
            in_flight.result()
        except OSError as error:
            raise storage_fault(error) from error

    def newest(self, *, warn: Callable[[str], None]) -> Checkpoint | None:
        """The newest checkpoint that is whole, the one in flight included."""
        self.wait()
        return self._store.newest(warn=warn)

    def close(self) -> None:
        """Ends the thread after its last write."""
        self._thread.shutdown()

    def _write(self, checkpoint: Checkpoint, trained_seconds: float) -> None:
        written = self._store.write(checkpoint)
        if written is None:
            return
        directory, files = written
        self._written(
            CheckpointWritten(
                step=checkpoint.state.step,
                epoch=checkpoint.state.epoch,
                directory=str(directory.absolute()),
                files=files,
                trained_seconds=trained_seconds,
            )
        )


def storage_fault(error: OSError) -> EngineFault:
    """The fault of a disk that does not take what must be kept, because it is full or for another reason."""
    return EngineFault(
        f"The disk did not take a file that must be kept: {error.strerror or error}.",
        code="storage",
        fault=Fault.STORAGE if error.errno in NO_ROOM else Fault.INFRASTRUCTURE,
        hint="Look for a full disk or a spent quota.",
    )
