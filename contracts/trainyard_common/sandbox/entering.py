"""Entry of the parent process into user and PID namespaces (``user_namespaces(7)``).

Inside, it can create the other namespaces without privileges. Nothing that it started outlives it: when the first
process of a PID namespace ends, the kernel kills the rest.
"""

import os
import resource
import select
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from trainyard_common.sandbox import kernel
from trainyard_common.sandbox.errors import CannotConfine
from trainyard_common.sandbox.kernel import Clone, Prctl

SELF = Path("/proc/self")


def enter(user: int | None = None) -> None:
    """Returns in a new process, the first of its namespaces; the calling one waits for it, and ends as it ends.

    ``user`` is an id that processes confined there may switch to, which takes root. To be called while there is only
    one thread, and as little in memory as there will ever be. Raises ``CannotConfine``.
    """
    kernel.prctl(Prctl.SET_DUMPABLE, 1)  # else the files of its identities belong to root
    with _identities_given_by_root(user) if user is not None else _own_identity():
        kernel.unshare(Clone.NEWUSER | Clone.NEWPID)
    alive, held = os.pipe()
    pid = os.fork()
    if pid != 0:
        os.close(alive)
        _end_like(pid)
    os.close(held)
    kernel.prctl(Prctl.SET_PDEATHSIG, signal.SIGKILL)
    if select.select([alive], [], [], 0)[0]:
        os._exit(1)  # The waiting process died before it could take this one along.
    os.close(alive)


def delegate() -> None:
    """Returns in a child of the first process of a namespace, which ends as its child ends.

    The kernel spares a first process most signals, such as that of used up processor time.
    """
    pid = os.fork()
    if pid != 0:
        _end_like(pid)


def fork() -> int:
    """``os.fork``, whose child is the first process of a namespace of processes of its own.

    Only for a process that has called ``enter``, and has one thread. Raises ``CannotConfine`` and ``OSError``.
    """
    own = os.open(SELF / "ns/pid", os.O_RDONLY | os.O_CLOEXEC)
    pid = 0
    try:
        kernel.unshare(Clone.NEWPID)
        try:
            pid = os.fork()
        except OSError:
            kernel.setns(own, Clone.NEWPID)
            raise
        if pid != 0:
            kernel.setns(own, Clone.NEWPID)
    finally:
        os.close(own)
    return pid


@contextmanager
def _own_identity() -> Iterator[None]:
    user, group = os.geteuid(), os.getegid()
    yield
    with _host_proc() as proc:
        write_identities(proc, "self", users=(user,), groups=(group,))


@contextmanager
def _identities_given_by_root(user: int) -> Iterator[None]:
    """Has another process, which stays outside, write them: inside, root is nobody's root any more."""
    process, (asked, ask) = str(os.getpid()), os.pipe()
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            os.close(ask)
            with _host_proc() as proc:
                if os.read(asked, 1):
                    write_identities(proc, process, users=(0, user), groups=(0, user), keep_groups=True)
                    status = 0
        except CannotConfine as error:
            sys.stderr.write(f"{error}\n")
        finally:
            os._exit(status)
    os.close(asked)
    try:
        yield
        os.write(ask, b"!")
    finally:
        os.close(ask)
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if status != 0:
        raise CannotConfine(f"uid_map: the id {user} is not to be had here")


@contextmanager
def _host_proc() -> Iterator[int]:
    descriptor = os.open("/proc", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def write_identities(
    proc: int, process: str, *, users: Sequence[int], groups: Sequence[int], keep_groups: bool = False
) -> None:
    """Makes ``users`` and ``groups`` known by the same ids in the namespace of ``process``, named as in ``/proc``.

    ``proc`` is a descriptor of that directory. Who is not root cannot ``keep_groups``, the right to change groups.
    Raises ``CannotConfine``.
    """
    lines = {
        "setgroups": "allow" if keep_groups else "deny",
        "gid_map": "".join(f"{group} {group} 1\n" for group in groups),
        "uid_map": "".join(f"{user} {user} 1\n" for user in users),
    }
    for name, text in lines.items():
        try:
            descriptor = os.open(f"{process}/{name}", os.O_WRONLY, dir_fd=proc)
            with os.fdopen(descriptor, "w") as file:
                file.write(text)
        except OSError as error:
            raise CannotConfine(f"{name}: {error.strerror}") from error


def _end_like(pid: int) -> NoReturn:
    """Waits for the child ``pid`` and ends as it ended, by the same signal or with the same status.

    A first process cannot end by a signal: it tells of one as a shell does, by 128 more than its number.
    """
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if status < 0:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if -status not in (signal.SIGKILL, signal.SIGSTOP):
            signal.signal(-status, signal.SIG_DFL)
        os.kill(os.getpid(), -status)
        status = 128 - status
    os._exit(status)
