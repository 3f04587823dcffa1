"""Watches for fatal GPU errors that NVIDIA's driver reports (XID errors, by NVML)."""

from collections.abc import Callable, Collection
from threading import Event
from typing import Any

import structlog

log = structlog.get_logger()

FATAL_XIDS: dict[int, str] = {
    48: "double-bit ECC error",
    62: "internal micro-controller halt",
    64: "row remapping failed",
    74: "NVLink error",
    79: "fallen off the bus",
    95: "uncontained ECC error",
    119: "GSP does not answer",
    120: "GSP error",
    140: "unrecovered ECC error",
}
"""Errors after which a GPU needs a reset or a repair (NVIDIA, "XID Errors"). Others are a program's own fault."""
WAIT_MILLISECONDS = 1_000


def listen(nvml: Any, *, uuids: Collection[str], on_fatal: Callable[[str], None], stopped: Event) -> None:
    """Calls ``on_fatal`` with a sentence for each fatal error of one of ``uuids``, until ``stopped``.

    ``nvml`` is the module ``pynvml``. Returns at once where the driver does not report such events.
    """
    nvml.nvmlInit()
    try:
        events = nvml.nvmlEventSetCreate()
        for uuid in uuids:
            nvml.nvmlDeviceRegisterEvents(
                nvml.nvmlDeviceGetHandleByUUID(uuid), nvml.nvmlEventTypeXidCriticalError, events
            )
        while not stopped.is_set():
            _wait(nvml, events, on_fatal)
    except nvml.NVMLError_GpuIsLost:
        on_fatal("A GPU is lost: it has fallen off the bus or does not answer.")
    except nvml.NVMLError as error:
        log.warning("gpu_events.listen_failed", error=str(error))
    finally:
        nvml.nvmlShutdown()


def _wait(nvml: Any, events: Any, on_fatal: Callable[[str], None]) -> None:
    try:
        event = nvml.nvmlEventSetWait_v2(events, WAIT_MILLISECONDS)
    except nvml.NVMLError_Timeout:
        return
    xid, uuid = int(event.eventData), nvml.nvmlDeviceGetUUID(event.device)
    log.error("gpu.xid_reported", xid=xid, uuid=uuid)
    if xid in FATAL_XIDS:
        on_fatal(f"GPU {uuid} reported XID {xid}: {FATAL_XIDS[xid]}.")
