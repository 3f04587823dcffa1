"""Confinement of this worker's engines: what they may access, and how much of the host they may use."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from trainyard_common.sandbox import Policy, Sandbox

LARGEST_FILE_BYTES = 64 * 2**30
PREDICTION_DISK_BYTES = 2**30
"""Of temporary files: what a prediction says goes through a pipe."""
MOST_OPEN_FILES = 4096
LEAST_MEMORY_BYTES = 2**30
"""Of private memory: an engine that has only started has a third of it."""
TEMPORARY = "tmp"
"""An engine's directory for temporary files, in that of its attempt or prediction."""
UNCONFINED = Sandbox()


@dataclass(frozen=True, slots=True, kw_only=True)
class Confinement:
    """``slot_memory_bytes`` and ``slot_disk_bytes`` are a slot's part of the host's memory and of the disk on which its
    attempts lie, ``models`` is the directory of pretrained models.

    With ``gpus`` trainings see NVIDIA's devices. CUDA maps more memory than there is, so that none is counted then.
    """

    sandbox: Sandbox = UNCONFINED
    slot_memory_bytes: int = 2**40
    slot_disk_bytes: int = LARGEST_FILE_BYTES
    gpus: bool = False
    models: Path | None = None

    def limits(self, *, slots: int) -> dict[str, int]:
        """Limits of each process of an engine, by the names of ``setrlimit(2)``."""
        longest = min(LARGEST_FILE_BYTES, self.slot_disk_bytes * slots)
        limits = {"core": 0, "fsize": longest, "nofile": MOST_OPEN_FILES}
        return limits if self.gpus else {**limits, "data": self._memory_bytes(slots)}

    def of_training(self, directory: Path, *, readable: Sequence[Path], output: Path, slots: int) -> Policy:
        """It reads ``readable`` and writes to ``output``. Makes what is missing in ``directory``, the attempt's."""
        models = () if self.models is None else (self.models,)
        return Policy(
            readable=(*readable, *models),
            writable=(output, _temporary_in(directory)),
            memory_bytes=self._memory_bytes(slots),
            disk_bytes=self.slot_disk_bytes * slots,
            gpus=self.gpus,
            loopback=slots > 1,
        )

    def of_prediction(self, directory: Path, *, readable: Sequence[Path], reads_base: bool = False) -> Policy:
        """It reads ``readable``, and the pretrained models where it ``reads_base``. Makes what is missing in
        ``directory``, the prediction's.
        """
        temporary = _temporary_in(directory)
        models = (self.models,) if reads_base and self.models is not None else ()
        return Policy(
            readable=(*readable, *models),
            writable=(temporary,),
            memory_bytes=self._memory_bytes(1),
            disk_bytes=min(PREDICTION_DISK_BYTES, self.slot_disk_bytes),
        )

    def _memory_bytes(self, slots: int) -> int:
        return max(self.slot_memory_bytes * slots, LEAST_MEMORY_BYTES)


def temporary_files(directory: Path) -> dict[str, str]:
    """What has an engine put its temporary files where it may, in the ``directory`` of its attempt or prediction."""
    return {"TMPDIR": str(directory / TEMPORARY)}


def _temporary_in(directory: Path) -> Path:
    temporary = directory / TEMPORARY
    temporary.mkdir(exist_ok=True)
    return temporary
