"""The processes below a worker: its fork server, which may be two, and the engines that it started."""

import os
from contextlib import suppress

import psutil


def engines_of(worker: psutil.Process) -> list[psutil.Process]:
    """The first process of each engine: it leads a session of its own, which a fork server does not.

    A sandboxed fork server is the child of a process that only waits for it.
    """
    return [process for process in worker.children(recursive=True) if _leads_session(process)]


def _leads_session(process: psutil.Process) -> bool:
    with suppress(ProcessLookupError):
        return os.getsid(process.pid) == process.pid
    return False
