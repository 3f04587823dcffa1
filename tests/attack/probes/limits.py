"""Limits: what one attempt could use up for all others."""

import os
import resource
import signal
import threading
from pathlib import Path

from tests.attack.probes import Nothing, Told, probe

GIB = 2**30
STACK_BYTES = 2**16


@probe("start more threads and processes than it may")
def bomb(told: Told) -> object:
    threading.stack_size(STACK_BYTES)
    hold = threading.Lock()
    hold.acquire()
    for _ in range(told["most processes"] + 1):
        threading.Thread(target=hold.acquire, daemon=True).start()
    return told["most processes"] + 1


@probe("use more memory than its slots' part")
def memory(told: Told) -> object:
    return len(bytearray(told["most memory"] + GIB))


@probe("write a longer file than it may")
def long_file(told: Told) -> object:
    path = Path(told["scratch"], "long")
    try:
        with path.open("wb") as file:
            return file.truncate(65 * GIB + 1)
    finally:
        path.unlink()


def _filler(directory: str) -> None:
    @probe(f"fill {directory}")
    def fill(told: Told) -> object:
        path = Path(directory, f"filled-{os.getpid()}")
        with path.open("wb") as file:
            try:
                os.posix_fallocate(file.fileno(), 0, told["most temporary"] + GIB)
            finally:
                path.unlink()
        return "filled"


_filler("/dev/shm")
_filler("/tmp")


def _raiser(name: str) -> None:
    @probe(f"raise its limit of {name}")
    def raise_it(_told: Told) -> object:
        number = getattr(resource, f"RLIMIT_{name}")
        hard = resource.getrlimit(number)[1]
        if hard == resource.RLIM_INFINITY:
            return "there is none"
        resource.setrlimit(number, (hard + 1, hard + 1))
        return hard + 1


for limit_name in ("NPROC", "NOFILE", "FSIZE", "DATA", "CORE"):
    _raiser(limit_name)


@probe("go before others at the processor")
def nice(_told: Told) -> object:
    return os.nice(-5)


@probe("run in real time")
def real_time(_told: Told) -> object:
    return os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))


@probe("have others killed first where memory runs out")
def oom_score(_told: Told) -> object:
    return Path("/proc/self/oom_score_adj").write_text("0")


@probe("outlive its attempt")
def outlive(told: Told) -> object:
    """Leaves a process in a session of its own; whoever started all this looks for it afterwards."""
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            signal.alarm(0)
            os.chdir(told["scratch"])
            Path("outlived").touch()
            signal.pause()
        os._exit(0)
    raise Nothing("to be seen outside")
