"""The processes that a platform or a worker has started: which are engines, which have ended."""

import os
from collections.abc import Iterable
from contextlib import suppress

import psutil


def has_ended(process: psutil.Process) -> bool:
    """Whether it runs no more. One whose parent died first is listed until the host's first process has asked."""
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:  # gone between the two looks
        return True


def living(processes: Iterable[psutil.Process]) -> list[psutil.Process]:
    """Those of ``processes`` that still run."""
    return [process for process in processes if not has_ended(process)]


def engines_of(worker: psutil.Process) -> list[psutil.Process]:
    """The first process of each engine: it leads a session of its own, which a fork server does not.

    A sandboxed fork server is the child of a process that only waits for it, and a fork server may be two.
    """
    return [process for process in worker.children(recursive=True) if _leads_session(process)]


def _leads_session(process: psutil.Process) -> bool:
    with suppress(ProcessLookupError):
        return os.getsid(process.pid) == process.pid
    return False
