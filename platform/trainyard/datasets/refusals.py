"""Messages for a customer whose compilation ended without one of its own."""

import signal

from trainyard.datasets.compiler import CompilerCrashed
from trainyard_common.resource_use import Excess
from trainyard_spec.datasets import CompileResult, Problem

CRASHES = frozenset({signal.SIGSEGV, signal.SIGBUS, signal.SIGABRT, signal.SIGFPE, signal.SIGILL})


def too_slow(filename: str, *, seconds: float) -> CompileResult:
    """The deadline passed."""
    message = f"Checking the file took more than {seconds:.0f} s, the time for a file of its size. Split the data."
    return _rejected(filename, "compile_timeout", message)


def too_costly(filename: str, *, seconds: float) -> CompileResult:
    """The limit of processor time was reached."""
    message = (
        f"Checking the file took more than {seconds:,} s of processor time, what a file of its size may take. Its parts"
        " unpack to far more than they are: save them anew, or split the data."
    )
    return _rejected(filename, "too_costly_to_compile", message)


def too_large(filename: str, excess: Excess) -> CompileResult:
    """A quota of disk or memory was passed."""
    message = (
        f"Checking the file took {excess}, what a file of its size may take. Its parts unpack to far more than they"
        " are: split the data, or use smaller images or fewer columns."
    )
    return _rejected(filename, "too_large_to_compile", message)


def after_last_try(filename: str, error: Exception | None) -> CompileResult:
    """``error`` is what the last try ended with; ``None`` when nobody lived to tell."""
    ended_by = error.ended_by if isinstance(error, CompilerCrashed) else None
    if ended_by == signal.SIGKILL:
        return _rejected(filename, "too_large_to_compile", TOO_LARGE)
    if ended_by in CRASHES:
        return _rejected(filename, "unreadable_file", UNREADABLE)
    return _rejected(filename, "internal", INTERNAL)


TOO_LARGE = "Checking the file takes more memory than there is. Split it, or use smaller images or fewer columns."
UNREADABLE = "The file, or one in it, is damaged so that reading it fails. Save it anew and upload it again."
INTERNAL = "The platform could not check this file, which is not the file's fault. Upload it again, or tell us."


def _rejected(filename: str, code: str, message: str) -> CompileResult:
    return CompileResult(dataset=None, problems=(Problem(file=filename, code=code, message=message),))
