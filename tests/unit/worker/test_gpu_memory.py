"""All free memory is overwritten, in chunks that get smaller where no more large ones are to be had."""

import ctypes
import sys
from pathlib import Path
from typing import Any

import pytest

from trainyard_worker.gpu_memory import OUT_OF_MEMORY, SMALLEST_CHUNK_BYTES, NotCleared, clear, clear_gpu_memory

GIBIBYTE = 1 << 30
CONTEXT_ANSWERS = 201


class Device:
    """The driver's library over so much free memory; remembers what was overwritten."""

    def __init__(self, free: int, *, broken: str = "") -> None:
        self.free = self.at_first = free
        self.broken = broken
        self.allocated: dict[int, int] = {}
        self.zeroed: dict[int, int] = {}

    def __getattr__(self, name: str) -> Any:
        def succeed(*_: Any) -> int:
            return CONTEXT_ANSWERS if name == self.broken else 0

        return succeed

    def cuMemGetInfo_v2(self, free: Any, _total: Any) -> int:  # noqa: N802  CUDA's name
        free._obj.value = self.free
        return 0

    def cuMemAlloc_v2(self, pointer: Any, size: ctypes.c_size_t) -> int:  # noqa: N802
        if size.value > self.free:
            return OUT_OF_MEMORY
        self.free -= size.value
        pointer._obj.value = self.at_first - self.free
        self.allocated[pointer._obj.value] = size.value
        return 0

    def cuMemsetD8_v2(self, pointer: ctypes.c_void_p, value: ctypes.c_ubyte, size: ctypes.c_size_t) -> int:  # noqa: N802
        assert value.value == 0
        assert pointer.value is not None
        self.zeroed[pointer.value] = size.value
        return 0


@pytest.mark.parametrize("free", [0, SMALLEST_CHUNK_BYTES, 3 * GIBIBYTE + 5 * SMALLEST_CHUNK_BYTES])
def test_all_that_can_be_had_is_overwritten(free: int) -> None:
    device = Device(free)
    assert clear(device) == (free, free)
    assert device.zeroed == device.allocated
    assert device.free == 0


def test_what_is_smaller_than_a_page_is_left() -> None:
    assert clear(Device(GIBIBYTE + 1_000)) == (GIBIBYTE, GIBIBYTE + 1_000)


@pytest.mark.parametrize("call", ["cuInit", "cuDevicePrimaryCtxRetain", "cuCtxSynchronize"])
def test_a_call_that_is_refused_clears_nothing(call: str) -> None:
    with pytest.raises(NotCleared, match=f"{call} answered {CONTEXT_ANSWERS}"):
        clear(Device(GIBIBYTE, broken=call))


def test_a_host_without_the_driver_says_so() -> None:
    with pytest.raises(NotCleared, match="Its memory was not cleared: "):
        clear_gpu_memory(python=Path(sys.executable), environment={"CUDA_VISIBLE_DEVICES": ""})
