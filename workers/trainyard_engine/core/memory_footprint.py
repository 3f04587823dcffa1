"""Memory footprint: whether a training can fit, told before anything is allocated."""

import resource
from pathlib import Path

import psutil
import torch

from trainyard_engine.core.faults import invalid_input
from trainyard_engine.models import BuildContext, build_bare, parameters_of
from trainyard_spec.footprint import BYTES_PER_NUMBER, bytes_of_slot, training_bytes
from trainyard_spec.training import TrainingSpec

CGROUP_LIMIT = Path("/sys/fs/cgroup/memory.max")


def require_room(spec: TrainingSpec, context: BuildContext, device: torch.device, *, processes: int = 1) -> None:
    """Raises ``EngineFault`` if weights, gradients and optimizer state alone, without any batch, exceed the memory.

    Those of a sharded training are shared by ``processes``.
    """
    with torch.device("meta"):
        parameters = parameters_of(build_bare(spec, context))
    whole, at_end = training_bytes(spec.training, parameters), BYTES_PER_NUMBER * parameters
    needed, available = bytes_of_slot(spec, whole, at_end=at_end, slots=processes), memory_of(device)
    if needed > available:
        raise invalid_input(
            f"{spec.architecture.name} has {parameters:,} parameters here: training takes {needed / 1e9:.1f} GB at the"
            f" least, and the slot has {available / 1e9:.1f} GB.",
            code="too_large_for_slot",
            hint="Make the architecture smaller, or choose a pool with larger slots.",
            field="architecture",
        )


def memory_of(device: torch.device) -> int:
    """Bytes of the device or, of a CPU, those that this process may use."""
    if device.type == "cuda":
        return torch.cuda.get_device_properties(device).total_memory
    limits = [psutil.virtual_memory().total]
    for number in (resource.RLIMIT_AS, resource.RLIMIT_DATA):
        if (soft := resource.getrlimit(number)[0]) != resource.RLIM_INFINITY:
            limits.append(soft)
    if CGROUP_LIMIT.is_file() and (text := CGROUP_LIMIT.read_text().strip()).isdigit():
        limits.append(int(text))
    return min(limits)
