"""Failure of a command: one ``failed`` line, and the exit status that goes with it."""

import sys
import traceback
from collections.abc import Callable

from trainyard_engine.core.checkpoint import storage_fault
from trainyard_engine.core.faults import EngineFault, is_out_of_memory
from trainyard_engine.core.messages import Messages
from trainyard_spec.engine_protocol import ExitStatus, Fault


def reporting_failures(messages: Messages, work: Callable[[], ExitStatus]) -> ExitStatus:
    """Runs ``work``; turns whatever it raises into a ``failed`` line and an exit status."""
    try:
        return work()
    except Exception as error:
        fault = fault_of(error)
        if not isinstance(error, EngineFault):
            traceback.print_exc(file=sys.stderr)
        messages.send(fault.failed)
        return fault.status


def fault_of(error: Exception) -> EngineFault:
    """The fault that stands for ``error``."""
    if isinstance(error, EngineFault):
        return error
    if is_out_of_memory(error):
        return EngineFault(
            "The model and its batches do not fit into memory.",
            code="out_of_memory",
            hint="Lower training.batch_size, or choose a smaller architecture.",
            field="training.batch_size",
        )
    if isinstance(error, OSError):
        return storage_fault(error)
    return EngineFault(
        f"The engine met an error it does not know: {type(error).__name__}: {error}",
        code="internal_error",
        fault=Fault.INFRASTRUCTURE,
    )
