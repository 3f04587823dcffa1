"""Other processes: their memory, their ends, and what is theirs alone."""

import ctypes
import os
import resource
import signal
import socket
from pathlib import Path

from tests.attack.probes import Nothing, Told, probe

LIBC = ctypes.CDLL(None, use_errno=True)
SOME_PROCESSES = 2**15
PTRACE_ATTACH, PTRACE_DETACH = 16, 17


def _done(answer: int) -> int:
    if answer < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return answer


def _reader(name: str) -> None:
    @probe(f"read the worker's {name}", harmless=True)
    def read(told: Told) -> object:
        with Path(f"/proc/{told['victim']}/{name}").open("rb") as file:
            if name == "mem":
                return file.fileno()
            return file.read(40) or Nothing


for file_name in ("environ", "mem", "maps", "cmdline", "stack", "auxv"):
    _reader(file_name)


@probe("see the worker among processes", harmless=True)
def see(told: Told) -> object:
    seen = (path for path in Path("/proc").iterdir() if path.name.isdigit())
    return next(path.name for path in seen if told["marker"].encode() in (path / "cmdline").read_bytes())


@probe("see any process that it did not start", harmless=True)
def see_any(_told: Told) -> object:
    own = {str(pid) for pid in (1, os.getpid(), os.getppid(), os.getsid(0))}
    return next(path.name for path in Path("/proc").iterdir() if path.name.isdigit() and path.name not in own)


@probe("debug the worker")
def debug(told: Told) -> object:
    _done(LIBC.ptrace(PTRACE_ATTACH, told["victim"], 0, 0))
    return _done(LIBC.ptrace(PTRACE_DETACH, told["victim"], 0, 0))


@probe("signal the worker", harmless=True)
def signal_it(told: Told) -> object:
    os.kill(told["victim"], 0)
    return "could"


@probe("signal any process that it did not start", harmless=True)
def signal_any(_told: Told) -> object:
    own = {1, os.getpid(), os.getppid(), os.getsid(0)}
    return next(pid for pid in range(1, SOME_PROCESSES) if pid not in own and _is_there(pid))


def _is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True


@probe("kill the first process of its namespace")
def kill_first(told: Told) -> object:
    if os.getppid() == 1:
        raise Nothing("that is itself")
    os.kill(1, signal.SIGKILL)
    os.kill(1, 0)
    raise Nothing("it lives on")


@probe("hold the worker by a descriptor", harmless=True)
def pidfd(told: Told) -> object:
    return os.pidfd_open(told["victim"])


@probe("give the worker less of the processor")
def renice(told: Told) -> object:
    return os.setpriority(os.PRIO_PROCESS, told["victim"], 19)


@probe("move the worker to another processor")
def move(told: Told) -> object:
    return os.sched_setaffinity(told["victim"], {0})


@probe("limit the worker")
def limit(told: Told) -> object:
    return resource.prlimit(told["victim"], resource.RLIMIT_CORE, (0, 0))


@probe("join the worker's namespaces")
def join(told: Told) -> object:
    descriptor = os.open(f"/proc/{told['victim']}/ns/net", os.O_RDONLY)
    return _done(LIBC.setns(descriptor, 0))


@probe("read memory shared by System V", harmless=True)
def shared_memory(told: Told) -> object:
    return _done(LIBC.shmget(told["shared memory"], 0, 0))


@probe("find credentials in its environment")
def environment(_told: Told) -> object:
    return next(name for name in os.environ if any(word in name for word in ("TRAINYARD_WORKER", "SECRET", "TOKEN")))


@probe("know the host by its name", harmless=True)
def host_name(told: Told) -> object:
    if socket.gethostname() != told["host"]:
        raise Nothing(socket.gethostname())
    return told["host"]


@probe("rename the host")
def rename(_told: Told) -> object:
    return socket.sethostname("owned")
