"""Fatal errors of the driver's event stream make a worker unfit; a program's own errors do not."""

from threading import Event
from types import SimpleNamespace
from typing import Any

import pytest

from trainyard_worker.gpu_health import FATAL_XIDS, listen
from trainyard_worker.worker_health import WorkerHealth


class NVMLError(Exception):
    pass


class Timeout(NVMLError):
    pass


class GpuIsLost(NVMLError):
    pass


class Driver:
    """What this module uses of ``pynvml``: says ``events`` one by one, then stops the listener."""

    NVMLError = NVMLError
    NVMLError_Timeout = Timeout
    NVMLError_GpuIsLost = GpuIsLost
    nvmlEventTypeXidCriticalError = 8  # noqa: N815  NVML's name

    def __init__(self, *events: Any, registering: Exception | None = None) -> None:
        self.events = list(events)
        self.registering = registering
        self.registered: list[str] = []
        self.stopped = Event()
        self.is_open = False

    def nvmlInit(self) -> None:  # noqa: N802  NVML's name
        self.is_open = True

    def nvmlShutdown(self) -> None:  # noqa: N802
        self.is_open = False

    def nvmlEventSetCreate(self) -> object:  # noqa: N802
        return self

    def nvmlDeviceGetHandleByUUID(self, uuid: str) -> str:  # noqa: N802
        return uuid

    def nvmlDeviceGetUUID(self, handle: str) -> str:  # noqa: N802
        return handle

    def nvmlDeviceRegisterEvents(self, handle: str, kinds: int, events: object) -> None:  # noqa: N802
        assert (kinds, events) == (self.nvmlEventTypeXidCriticalError, self)
        if self.registering is not None:
            raise self.registering
        self.registered.append(handle)

    def nvmlEventSetWait_v2(self, events: object, milliseconds: int) -> Any:  # noqa: N802
        if len(self.events) == 1:
            self.stopped.set()
        event = self.events.pop(0)
        if isinstance(event, Exception):
            raise event
        return SimpleNamespace(eventData=event, device="GPU-aa")


def heard(driver: Driver) -> list[str]:
    said: list[str] = []
    listen(driver, uuids=["GPU-aa", "GPU-bb"], on_fatal=said.append, stopped=driver.stopped)
    assert not driver.is_open
    return said


def test_every_gpu_is_listened_to_and_silence_is_fine() -> None:
    driver = Driver(Timeout(), Timeout())
    assert heard(driver) == []
    assert driver.registered == ["GPU-aa", "GPU-bb"]


@pytest.mark.parametrize("xid", FATAL_XIDS)
def test_a_fatal_error_is_told_with_its_gpu(xid: int) -> None:
    assert heard(Driver(Timeout(), xid)) == [f"GPU GPU-aa reported XID {xid}: {FATAL_XIDS[xid]}."]


@pytest.mark.parametrize("xid", [13, 31, 43, 45, 94])
def test_what_a_program_did_itself_is_not_held_against_the_gpu(xid: int) -> None:
    assert heard(Driver(xid, Timeout())) == []


def test_a_lost_gpu_is_told() -> None:
    [sentence] = heard(Driver(GpuIsLost()))
    assert "lost" in sentence


def test_a_driver_without_events_ends_the_listening_and_nothing_else() -> None:
    assert heard(Driver(registering=NVMLError("not supported"))) == []


def test_the_first_fault_of_a_worker_stays() -> None:
    health = WorkerHealth()
    assert health.fault is None
    health.mark_suspect("first")
    health.mark_suspect("second")
    assert health.fault == "first"
