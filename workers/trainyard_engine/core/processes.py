"""Process set-up before untrusted work: resource limits, processors, descriptors, environment, signals."""

import os
import resource
import signal
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import FrameType

CPU_GRACE_SECONDS = 2
OUTSIDE = 0
"""What ``getppid`` calls a parent in another namespace of processes. The kernel kills that whole namespace with it."""
FIRST = 1
"""The process id of the first process of a namespace."""
SIGNALLED = 128
"""Exit statuses above it tell of a signal, as in a shell."""
DEFAULTED_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD, signal.SIGUSR1, signal.SIGUSR2)


def set_limits(limits: Mapping[str, int]) -> None:
    """Sets resource limits, soft and hard, by their names in ``setrlimit(2)`` without the prefix: ``core``, ``as``.

    The hard limit of processor time is a little later: it kills, and what it has killed cannot say of what it died.
    A limit above the inherited hard one is lowered to it. Raises ``AttributeError`` for an unknown name.
    """
    for name, value in {"core": 0, **limits}.items():
        number = getattr(resource, f"RLIMIT_{name.upper()}")
        inherited = resource.getrlimit(number)[1]
        hard = value + CPU_GRACE_SECONDS if name == "cpu" else value
        if inherited != resource.RLIM_INFINITY:
            hard = min(hard, inherited)
        resource.setrlimit(number, (min(value, hard), hard))


def keep_to(cpus: Sequence[int]) -> None:
    """Runs this process, and what it starts, on the processors ``cpus`` alone; anywhere where none are named.

    So it does where the host has taken them away since they were counted: slower is better than not at all.
    """
    if cpus:
        with suppress(OSError):
            os.sched_setaffinity(0, cpus)


def keep_only_standard_streams(stdout: int, stderr: int) -> None:
    """Makes the two descriptors standard output and error, ``/dev/null`` standard input, and closes all others."""
    null = os.open(os.devnull, os.O_RDONLY)
    # Copies above the targets first: either source may itself be 0, 1 or 2.
    sources = [os.dup(descriptor) for descriptor in (null, stdout, stderr)]
    for target, source in enumerate(sources):
        os.dup2(source, target)
    highest = max(int(entry.name) for entry in Path("/proc/self/fd").iterdir())
    os.closerange(3, highest + 1)


def replace_environment(environment: Mapping[str, str], directory: Path) -> None:
    """Leaves exactly ``environment``, what signals do by default, and the working directory ``directory``."""
    for number in DEFAULTED_SIGNALS:
        signal.signal(number, signal.SIG_DFL)
    end_on_signals()
    os.environ.clear()
    os.environ.update(environment)
    # What a preloaded library made Python look up is another environment's TMPDIR, which may be out of reach here.
    tempfile.tempdir = None
    os.chdir(directory)


def end_on_signals() -> None:
    """Has the first process of a namespace end by a signal to stop, as any other would.

    The kernel ignores what it does not handle. It cannot die by such a signal either: see ``exit_code``.
    """
    if os.getpid() == FIRST:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, _exit_by_signal)


def _exit_by_signal(number: int, _frame: FrameType | None) -> None:
    os._exit(SIGNALLED + number)


def exit_code(status: int) -> int:
    """Exit status of ``waitpid``'s ``status``, or minus the number of the signal that ended the process."""
    code = os.waitstatus_to_exitcode(status)
    return SIGNALLED - code if code > SIGNALLED else code


def pid_outside() -> int:
    """This process's id in the namespace of the ``/proc`` that it sees, which may be one further out."""
    try:
        return int(Path("/proc/self").readlink().name)
    except OSError:
        return os.getpid()
