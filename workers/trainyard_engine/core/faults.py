"""Why a command cannot go on, as an exception that becomes the ``failed`` line."""

from collections.abc import Iterable

import torch

from trainyard_spec.base import RuleViolation
from trainyard_spec.engine_protocol import ExitStatus, Failed, Fault

CPU_ALLOCATOR = "DefaultCPUAllocator"
"""How PyTorch's plain ``RuntimeError`` for a failed allocation on the CPU begins."""


class EngineFault(Exception):
    """A failure with a stable ``code``, a sentence for the one who has to act and, if there is one, the way out.

    ``status`` is the exit status that goes with it: ``INVALID_INPUT`` when nothing was tried yet.
    """

    def __init__(
        self,
        message: str,
        *,
        code: str,
        fault: Fault = Fault.USER,
        hint: str = "",
        field: str | None = None,
        status: ExitStatus = ExitStatus.FAILED,
    ) -> None:
        super().__init__(message)
        self.failed = Failed(fault=fault, code=code, message=message, hint=hint, field=field)
        self.status = status


class OutOfMemoryElsewhere(MemoryError):
    """Another process of the group found no room for its rows: all begin the step again, with fewer at once."""

    def __init__(self) -> None:
        super().__init__("Another process of this training has no memory left.")


def invalid_input(message: str, *, code: str, hint: str = "", field: str | None = None) -> EngineFault:
    """The fault of a file or value that was refused before any work was done."""
    return EngineFault(message, code=code, hint=hint, field=field, status=ExitStatus.INVALID_INPUT)


def refuse(violations: Iterable[RuleViolation]) -> None:
    """Raises ``EngineFault`` for the first of ``violations``, if there is one."""
    for violation in violations:
        raise invalid_input(violation.message, code=violation.code, hint=violation.hint, field=violation.field)


def is_out_of_memory(error: Exception) -> bool:
    """Whether ``error`` says that a device or the machine had no memory left."""
    return isinstance(error, MemoryError | torch.OutOfMemoryError) or CPU_ALLOCATOR in str(error)
