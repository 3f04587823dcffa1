"""Device and precision of a model, chosen once and stated in the manifest."""

import ctypes
import os
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Literal

import torch

from trainyard_engine.core.faults import EngineFault
from trainyard_spec.engine_protocol import Fault

DeviceName = Literal["auto", "cpu", "cuda"]

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
"""From ``<malloc.h>``."""

HALVES = {"bf16": torch.bfloat16, "fp16": torch.float16}


@dataclass(frozen=True, slots=True)
class Compute:
    """A device with the precision used on it: ``fp32``, or by automatic mixed precision ``bf16`` or ``fp16``."""

    device: torch.device
    precision: str

    def autocast(self) -> AbstractContextManager[object]:
        """The context in which a model is called. Weights, losses and optimizer state are float32 throughout."""
        half = HALVES.get(self.precision)
        return torch.autocast(self.device.type, dtype=half) if half else nullcontext()


def choose_compute(device: DeviceName, precision: str) -> Compute:
    """``auto`` takes a GPU where there is one, and bf16 on it; on a CPU fp32, which is faster there.

    Raises ``EngineFault`` when CUDA is asked for and absent.
    """
    has_cuda = device != "cpu" and torch.cuda.is_available()
    if device == "cuda" and not has_cuda:
        raise EngineFault("There is no CUDA device here.", code="device_unavailable", fault=Fault.INFRASTRUCTURE)
    if precision == "auto":
        precision = "bf16" if has_cuda else "fp32"
    return Compute(device=torch.device("cuda" if has_cuda else "cpu"), precision=precision)


def keep_freed_memory() -> None:
    """Lets the C library keep what a training step frees, for the next step, where it is the GNU one.

    By default it gives large blocks back to the kernel, which hands them out again page by page, each zeroed: up to a
    fifth of a step's time on a CPU. Blocks above 32 MiB, the most that ``mallopt(3)`` takes, still go back.
    """
    if mallopt := getattr(ctypes.CDLL(None), "mallopt", None):
        mallopt(M_MMAP_THRESHOLD, 32 << 20)
        mallopt(M_TRIM_THRESHOLD, 256 << 20)


def available_threads() -> int:
    """The CPUs this process may run on."""
    return len(os.sched_getaffinity(0))


def make_deterministic(device: torch.device, *, threads: int) -> None:
    """Same inputs, same bits. Call before the first tensor is computed: results depend on ``threads``."""
    # cuBLAS is deterministic only with a fixed workspace, read when its first handle is made.
    os.environ["CUBLAS_WORKSPACE_CONFIG"] = ":4096:8"
    torch.set_num_threads(threads)
    # On CUDA some kernels are refused for what they may do, such as adding overlapping windows in any order, although
    # no network of the catalogue makes them do it: there a warning has to do.
    torch.use_deterministic_algorithms(True, warn_only=device.type == "cuda")
    # Every tensor is written before it is read here; filling fresh memory would only cost time.
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    torch.backends.cudnn.benchmark = False
