"""Probe of the host's sandbox support: a process confines itself and reports which steps succeeded."""

import os
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from trainyard_common.sandbox import interpreter, kernel, landlock, seccomp
from trainyard_common.sandbox.confinement import confine
from trainyard_common.sandbox.entering import enter
from trainyard_common.sandbox.errors import CannotConfine
from trainyard_common.sandbox.policy import Policy, Sandbox, SandboxKind

USER = 59_999
"""Beyond the ids of people and below those that systemd and containers give away."""
READ_BY_ALL = "colorsys"
"""A module of the standard library that nothing has imported yet."""
LEAST_LANDLOCK = 1
HINTS = {
    "/proc/sys/kernel/unprivileged_userns_clone": "0",
    "/proc/sys/kernel/apparmor_restrict_unprivileged_userns": "1",
    "/proc/sys/user/max_user_namespaces": "0",
}
"""Switches of the kernel, and where they keep people from making namespaces."""


def probe() -> Sandbox:
    """The strongest sandbox there is here. To be called while there is only one thread."""
    if not kernel.IS_LINUX:
        return Sandbox(missing=(f"{sys.platform} has no namespaces and no Landlock: engines are not confined.",))
    missing: list[str] = []
    for user in (USER, None) if os.geteuid() == 0 else (None,):
        refusal = _refusal(Sandbox(SandboxKind.NAMESPACES, user))
        if refusal is None:
            return Sandbox(SandboxKind.NAMESPACES, user, (*missing, *_unfiltered()))
        missing.append(f"No user of their own for engines: {refusal}." if user else f"No namespaces: {_why(refusal)}.")
    missing = [*missing[-1:], *_unfiltered()]
    if landlock.version() >= LEAST_LANDLOCK:
        refusal = _refusal(Sandbox(SandboxKind.LANDLOCK))
        if refusal is None:
            return Sandbox(SandboxKind.LANDLOCK, missing=(*missing, *_of_landlock()))
        missing.append(f"No Landlock: {refusal}.")
    else:
        missing.append("No Landlock: the kernel is older than 5.13, or starts without it.")
    return Sandbox(SandboxKind.NONE, missing=tuple(missing))


def _refusal(sandbox: Sandbox) -> str | None:
    """What kept a process from being confined so, or from working where it is."""
    with tempfile.TemporaryDirectory() as scratch:
        told, tell = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(told)
            _try(sandbox, Path(scratch), tell)
        os.close(tell)
        with os.fdopen(told, "rb") as stream:
            refusal = stream.read().decode(errors="replace")
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if refusal or status == 0:
        return refusal or None
    return f"a process confined so ended with status {status}"


def _try(sandbox: Sandbox, scratch: Path, tell: int) -> None:
    status, roots = 1, interpreter.readable_roots(gpus=False, code=())
    try:
        if sandbox.kind is SandboxKind.NAMESPACES:
            enter(sandbox.user)
        confine(Policy(writable=(scratch,), memory_bytes=2**20), sandbox)
        __import__(READ_BY_ALL)
        # Installed by root for root alone, the libraries would be out of an own user's reach.
        for path in filter(Path.is_dir, roots):
            next(path.iterdir(), None)
        (scratch / "written").write_text("by the confined")
        (scratch / "written").unlink()
        status = 0
    except (CannotConfine, OSError, ImportError) as error:
        with suppress(OSError):
            os.write(tell, str(error).encode())
    finally:
        os._exit(status)


def _why(refusal: str) -> str:
    found = [f"{name} is {value}" for name, value in HINTS.items() if _read(name) == value]
    return ", ".join([refusal, *found])


def _read(name: str) -> str:
    try:
        return Path(name).read_text().strip()
    except OSError:
        return ""


def _unfiltered() -> Sequence[str]:
    return () if seccomp.is_known_machine() else ("No filter of system calls: unknown on this kind of processor.",)


def _of_landlock() -> Sequence[str]:
    known = landlock.version()
    lacks = ["Engines see other processes, and share memory, disk and the number of processes with the worker."]
    if known < landlock.TCP_SINCE:
        lacks.append("Landlock is older than 4: it leaves TCP to the filter of system calls.")
    if known < landlock.SCOPES_SINCE:
        lacks.append("Landlock is older than 6: abstract sockets and signals are not confined.")
    return lacks
