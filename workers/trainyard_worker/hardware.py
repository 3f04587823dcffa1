"""Hardware of this host: the GPUs that NVIDIA's driver shows, or the CPU."""

import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import psutil
from celery.utils.sysinfo import cpu_budget  # type: ignore[attr-defined]  # newer than the stubs

from trainyard_spec.worker_protocol import Hardware


class NoGpu(Exception):
    """GPU slots are configured, but this host has no GPU, or too few."""


@dataclass(frozen=True, slots=True)
class Gpu:
    """One device. ``uuid`` is what ``CUDA_VISIBLE_DEVICES`` takes to show it alone; ``driver`` is NVIDIA's version."""

    uuid: str
    model: str
    memory_bytes: int
    driver: str


@dataclass(frozen=True, slots=True)
class Host:
    """``gpus`` is empty where slots are CPU slots."""

    gpus: tuple[Gpu, ...]
    cores: int
    memory_bytes: int
    cpu_model: str

    def describe(self) -> Hardware:
        if self.gpus:
            first = self.gpus[0]
            return Hardware(
                kind="cuda",
                model=first.model,
                memory_bytes=first.memory_bytes,
                cores=self.cores,
                gpus=len(self.gpus),
                driver=first.driver,
            )
        return Hardware(kind="cpu", model=self.cpu_model, memory_bytes=self.memory_bytes, cores=self.cores)

    def slot_environment(self, slots: Sequence[int]) -> dict[str, str]:
        """What an engine in ``slots`` (from 0) must find in its environment to use their devices and no other."""
        return {"CUDA_VISIBLE_DEVICES": ",".join(self.gpus[slot].uuid for slot in slots) if self.gpus else ""}

    def check_slots(self, slots: int) -> None:
        """Raises ``NoGpu`` when two slots would share a GPU: one tenant at a time has it."""
        if self.gpus and slots > len(self.gpus):
            raise NoGpu(f"{slots} slots were asked for, but there are {len(self.gpus)} GPUs, and each serves one slot.")


def processors_of(slots: Sequence[int], *, of: int, threads: int, available: Sequence[int]) -> tuple[int, ...]:
    """The processors that ``slots`` (from 0) of a worker with ``of`` slots have for themselves.

    Of those ``available`` each slot has an equal share, so that no training is slowed down by the one next door. None
    where there is no one next door, or where a share would not do for ``threads``.
    """
    share = len(available) // of
    if of == 1 or share < threads:
        return ()
    return tuple(sorted(cpu for slot in slots for cpu in sorted(available)[slot * share : (slot + 1) * share]))


def detect_host(
    *,
    slot_kind: Literal["auto", "cpu", "cuda"],
    environment: Mapping[str, str],
    find_gpus: Callable[[], tuple[Gpu, ...]] | None = None,
) -> Host:
    """Looks at this host. ``CUDA_VISIBLE_DEVICES`` of ``environment`` narrows the GPUs. Raises ``NoGpu``."""
    gpus: tuple[Gpu, ...] = ()
    if slot_kind != "cpu":
        gpus = _visible((find_gpus or nvidia_gpus)(), environment.get("CUDA_VISIBLE_DEVICES"))
    if slot_kind == "cuda" and not gpus:
        raise NoGpu("GPU slots were asked for (slot_kind cuda), but NVIDIA's driver shows no GPU here.")
    return Host(
        gpus=gpus,
        cores=cpu_budget().count,
        memory_bytes=psutil.virtual_memory().total,
        cpu_model=platform.processor() or platform.machine(),
    )


def nvidia_gpus() -> tuple[Gpu, ...]:
    """Every GPU of the NVIDIA driver, in PCI order; none where there is no driver or no binding to it."""
    try:
        import pynvml  # type: ignore[import-untyped]
    except ImportError:
        return ()
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        return ()
    try:
        driver = pynvml.nvmlSystemGetDriverVersion()
        handles = [pynvml.nvmlDeviceGetHandleByIndex(index) for index in range(pynvml.nvmlDeviceGetCount())]
        return tuple(
            Gpu(
                uuid=pynvml.nvmlDeviceGetUUID(handle),
                model=pynvml.nvmlDeviceGetName(handle),
                memory_bytes=int(pynvml.nvmlDeviceGetMemoryInfo(handle).total),
                driver=driver,
            )
            for handle in handles
        )
    finally:
        pynvml.nvmlShutdown()


def _visible(gpus: tuple[Gpu, ...], wanted: str | None) -> tuple[Gpu, ...]:
    """Applies ``CUDA_VISIBLE_DEVICES``: indices or UUIDs (or their prefixes); all where it is not set."""
    if wanted is None:
        return gpus
    chosen: list[Gpu] = []
    for name in filter(None, (part.strip() for part in wanted.split(","))):
        named = [gpu for index, gpu in enumerate(gpus) if name == str(index) or gpu.uuid.startswith(name)]
        chosen.extend(gpu for gpu in named if gpu not in chosen)
    return tuple(chosen)
