"""Landlock (``landlock(7)``): unprivileged rules on files, TCP, signals and abstract sockets.

It hides less than namespaces: other processes, and the names and sizes of files, remain visible. Access is denied all
the same.
"""

import ctypes
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntFlag
from pathlib import Path

from trainyard_common.sandbox import interpreter, kernel
from trainyard_common.sandbox.errors import CannotConfine
from trainyard_common.sandbox.policy import Policy

VERSION_ONLY = 1
PATH_BENEATH = 1
TRUNCATE_SINCE, TCP_SINCE, IOCTL_SINCE, SCOPES_SINCE = 3, 4, 5, 6
REFER_SINCE = 2
ALL_TCP, ALL_SCOPES = 0b11, 0b11
OF_LINKS = ("/sys/bus/pci/devices", "/sys/class/net", "/sys/devices")
"""What Gloo reads before it connects processes; where it is not there at all, it does without."""
OWN = ("/proc/self", "/dev/shm")  # noqa: S108


class Access(IntFlag):
    """``LANDLOCK_ACCESS_FS_…`` of ``<linux/landlock.h>``."""

    EXECUTE = 1
    WRITE_FILE = 1 << 1
    READ_FILE = 1 << 2
    READ_DIR = 1 << 3
    FIRST_VERSION = (1 << 13) - 1
    REFER = 1 << 13
    TRUNCATE = 1 << 14
    IOCTL_DEV = 1 << 15
    OF_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV
    READ = EXECUTE | READ_FILE | READ_DIR


class _Ruleset(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("tcp", ctypes.c_uint64), ("scoped", ctypes.c_uint64))


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("access", ctypes.c_uint64), ("parent", ctypes.c_int32))


def version() -> int:
    """Version of the kernel's Landlock; 0 where it has none, or it is switched off."""
    return max(0, kernel.call(kernel.LANDLOCK_CREATE, None, 0, VERSION_ONLY)) if kernel.IS_LINUX else 0


def restrict(policy: Policy) -> None:
    """Forbids this process what ``policy`` does not show. ``no_new_privs`` must be set. Raises ``CannotConfine``."""
    known = version()
    if not known:
        raise CannotConfine("landlock: not there")
    handled = _handled(known)
    with _ruleset(known, handled, tcp=not policy.loopback) as rules:
        for path in (*interpreter.readable_roots(gpus=policy.gpus, code=policy.code), *policy.readable):
            _allow(rules, path, Access.READ)
        links = OF_LINKS if policy.loopback else ()
        for path in map(Path, (*interpreter.FIGURES, interpreter.MEMORY_LIMIT, *links)):
            _allow(rules, path, Access.READ)
        for path in (*policy.writable, *interpreter.devices(gpus=policy.gpus), *map(Path, OWN)):
            _allow(rules, path, handled)
        refused = kernel.call(kernel.LANDLOCK_RESTRICT, rules, 0)
        if refused < 0:
            raise CannotConfine(f"landlock: {os.strerror(-refused)}")


def _handled(known: int) -> Access:
    handled = Access.FIRST_VERSION
    for since, access in (
        (REFER_SINCE, Access.REFER),
        (TRUNCATE_SINCE, Access.TRUNCATE),
        (IOCTL_SINCE, Access.IOCTL_DEV),
    ):
        if known >= since:
            handled |= access
    return handled


@contextmanager
def _ruleset(known: int, handled: Access, *, tcp: bool) -> Iterator[int]:
    """``tcp`` is what is handled, and so forbidden, as no rule allows any."""
    scoped = ALL_SCOPES if known >= SCOPES_SINCE else 0
    rules = _Ruleset(files=int(handled), tcp=ALL_TCP if tcp and known >= TCP_SINCE else 0, scoped=scoped)
    size = sum(known >= since for since in (1, TCP_SINCE, SCOPES_SINCE)) * ctypes.sizeof(ctypes.c_uint64)
    descriptor = kernel.call(kernel.LANDLOCK_CREATE, ctypes.byref(rules), ctypes.c_size_t(size), 0)
    if descriptor < 0:
        raise CannotConfine(f"landlock: {os.strerror(-descriptor)}")
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _allow(rules: int, path: Path, access: Access) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
            access &= Access.OF_FILES
        rule = _Beneath(access=int(access), parent=descriptor)
        refused = kernel.call(kernel.LANDLOCK_ADD, rules, PATH_BENEATH, ctypes.byref(rule), 0)
        if refused < 0:
            raise CannotConfine(f"landlock: {path}: {os.strerror(-refused)}")
    finally:
        os.close(descriptor)
