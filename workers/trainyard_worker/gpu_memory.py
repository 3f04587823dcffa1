"""``python -m trainyard_worker.gpu_memory``: overwrites all free memory of the one visible GPU with zeros.

Between two attempts, so that no tenant's engine can find what another's left there. By CUDA's driver API, without
torch; in a process of its own, because a worker that held a CUDA context would take memory from every training.
"""

import ctypes
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

LIBRARY = "libcuda.so.1"
LARGEST_CHUNK_BYTES = 1 << 30
SMALLEST_CHUNK_BYTES = 2 << 20
"""CUDA's allocation granularity: less is not to be had."""
CLEARED_PERCENT = 99
TIMEOUT_SECONDS = 60.0
OUT_OF_MEMORY = 2


class NotCleared(Exception):
    """The GPU's memory may still contain data of the previous attempt."""


def clear_gpu_memory(*, python: Path, environment: Mapping[str, str]) -> None:
    """Clears the GPU that ``CUDA_VISIBLE_DEVICES`` of ``environment`` shows. Raises ``NotCleared``."""
    command = [str(python), "-P", "-m", "trainyard_worker.gpu_memory"]
    variables = {**os.environ, **environment}
    try:
        done = subprocess.run(
            command, env=variables, capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotCleared(f"Its memory was not cleared: {error}") from error
    if done.returncode != 0:
        raise NotCleared(f"Its memory was not cleared: {done.stderr.strip() or done.returncode}")


def clear(cuda: Any) -> tuple[int, int]:
    """Fills free memory with zeros until none is left to be had; returns bytes cleared and bytes that were free.

    ``cuda`` is the driver's library. Raises ``NotCleared`` when it refuses a call.
    """
    device, context = ctypes.c_int(), ctypes.c_void_p()
    _check(cuda.cuInit(0), "cuInit")
    _check(cuda.cuDeviceGet(ctypes.byref(device), 0), "cuDeviceGet")
    _check(cuda.cuDevicePrimaryCtxRetain(ctypes.byref(context), device), "cuDevicePrimaryCtxRetain")
    _check(cuda.cuCtxSetCurrent(context), "cuCtxSetCurrent")
    free, total = ctypes.c_size_t(), ctypes.c_size_t()
    _check(cuda.cuMemGetInfo_v2(ctypes.byref(free), ctypes.byref(total)), "cuMemGetInfo")
    cleared, chunk = 0, LARGEST_CHUNK_BYTES
    while chunk >= SMALLEST_CHUNK_BYTES:
        pointer = ctypes.c_void_p()
        status = cuda.cuMemAlloc_v2(ctypes.byref(pointer), ctypes.c_size_t(chunk))
        if status == OUT_OF_MEMORY:
            chunk //= 2
            continue
        _check(status, "cuMemAlloc")
        # Nothing is given back before all is cleared, or the next chunk could be the same one again.
        _check(cuda.cuMemsetD8_v2(pointer, ctypes.c_ubyte(0), ctypes.c_size_t(chunk)), "cuMemsetD8")
        cleared += chunk
    _check(cuda.cuCtxSynchronize(), "cuCtxSynchronize")
    return cleared, free.value


def _check(status: int, call: str) -> None:
    if status != 0:
        raise NotCleared(f"{call} answered {status}")


def main() -> int:
    """Returns 0 when as good as all free memory was overwritten, else 1 with a sentence."""
    try:
        cleared, free = clear(ctypes.CDLL(LIBRARY))
    except (OSError, NotCleared) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    if cleared * 100 < free * CLEARED_PERCENT:
        sys.stderr.write(f"only {cleared} of {free} free bytes could be overwritten\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
