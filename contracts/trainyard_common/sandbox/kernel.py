"""Linux system calls of the sandbox for which Python 3.11 has no functions."""

import ctypes
import os
import platform
import re
import sys
from contextlib import suppress
from enum import IntFlag
from pathlib import Path

from trainyard_common.sandbox.errors import CannotConfine

IS_LINUX = sys.platform == "linux"


def _release() -> tuple[int, ...]:
    """Release of the kernel, ``6.1.0-13-amd64`` say: its first two numbers."""
    return tuple(int(part) for part in re.findall(r"\d+", platform.release())[:2])


COUNTS_PROCESSES_OF_NAMESPACES = IS_LINUX and _release() >= (5, 14)
"""Earlier kernels count all processes of a user, whose number says nothing of those in a sandbox."""
# Loaded at import: a forked child that has no root any more could not find it.
_LIBC = ctypes.CDLL(None, use_errno=True) if IS_LINUX else None


class Clone(IntFlag):
    """``<linux/sched.h>``."""

    NEWNS = 0x0002_0000
    NEWUTS = 0x0400_0000
    NEWIPC = 0x0800_0000
    NEWUSER = 0x1000_0000
    NEWPID = 0x2000_0000
    NEWNET = 0x4000_0000


class Mount(IntFlag):
    """``<linux/mount.h>``, for ``mount(2)``."""

    RDONLY = 1
    NOSUID = 2
    NODEV = 4
    NOEXEC = 8
    BIND = 4096
    REC = 16384
    PRIVATE = 1 << 18


class Attribute(IntFlag):
    """``<linux/mount.h>``, for ``mount_setattr(2)``."""

    RDONLY = 1
    NOSUID = 2
    NODEV = 4
    NOEXEC = 8


class Prctl(IntFlag):
    """``<linux/prctl.h>``."""

    SET_PDEATHSIG = 1
    SET_DUMPABLE = 4
    CAPBSET_DROP = 24
    SET_SECCOMP = 22
    SET_NO_NEW_PRIVS = 38
    CAP_AMBIENT = 47


MNT_DETACH = 2
AT_FDCWD = -100
AT_RECURSIVE = 0x8000
CAP_AMBIENT_CLEAR_ALL = 4
LAST_CAPABILITY_FILE = Path("/proc/sys/kernel/cap_last_cap")
CAPABILITY_VERSION_3 = 0x2008_0522
KEYCTL_JOIN_SESSION_KEYRING = 1

MOUNT_SETATTR, LANDLOCK_CREATE, LANDLOCK_ADD, LANDLOCK_RESTRICT = 442, 444, 445, 446
"""Numbers of system calls that are the same on every architecture."""
_OTHER_CALLS = {"x86_64": {"pivot_root": 155, "keyctl": 250}, "aarch64": {"pivot_root": 41, "keyctl": 219}}


# Read at import, too: a confined process sees no such file.
LAST_CAPABILITY = int(LAST_CAPABILITY_FILE.read_text()) if LAST_CAPABILITY_FILE.exists() else 0


class _MountAttr(ctypes.Structure):
    _fields_ = (
        ("attr_set", ctypes.c_uint64),
        ("attr_clr", ctypes.c_uint64),
        ("propagation", ctypes.c_uint64),
        ("userns_fd", ctypes.c_uint64),
    )


class _CapabilityHeader(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _CapabilityData(ctypes.Structure):
    _fields_ = (("effective", ctypes.c_uint32), ("permitted", ctypes.c_uint32), ("inheritable", ctypes.c_uint32))


def unshare(flags: Clone) -> None:
    """Raises ``CannotConfine``, as all functions here do when the kernel refuses."""
    _check(_libc().unshare(int(flags)), f"unshare({flags!r})")


def setns(descriptor: int, kind: Clone) -> None:
    _check(_libc().setns(descriptor, int(kind)), f"setns({kind!r})")


def mount(source: str, target: str, filesystem: str, flags: Mount, options: str = "") -> None:
    done = _libc().mount(
        source.encode(), target.encode(), filesystem.encode(), ctypes.c_ulong(int(flags)), options.encode()
    )
    _check(done, f"mount({filesystem or source} on {target})")


def set_mount_attributes(target: str, attributes: Attribute, *, recursive: bool) -> None:
    """Sets ``attributes`` of the mount at ``target``, and with ``recursive`` of all below it (Linux 5.12)."""
    wanted = _MountAttr(attr_set=int(attributes))
    flags = AT_RECURSIVE if recursive else 0
    done = _libc().syscall(MOUNT_SETATTR, AT_FDCWD, target.encode(), flags, ctypes.byref(wanted), ctypes.sizeof(wanted))
    _check(done, f"mount_setattr({target})")


def pivot_root(new_root: str, put_old: str) -> None:
    _check(_libc().syscall(_number("pivot_root"), new_root.encode(), put_old.encode()), "pivot_root")


def detach(target: str) -> None:
    _check(_libc().umount2(target.encode(), MNT_DETACH), f"umount2({target})")


def set_host_name(name: str) -> None:
    _check(_libc().sethostname(name.encode(), len(name)), "sethostname")


def prctl(option: Prctl, value: int = 0, third: int = 0) -> None:
    # Of unsigned long, as the kernel reads them: rubbish in the upper halves would be refused.
    arguments = [ctypes.c_ulong(number) for number in (value, third, 0, 0)]
    _check(_libc().prctl(int(option), *arguments), f"prctl({option!r})")


def leave_keyrings() -> None:
    """Joins an empty session keyring, so that the keys of whoever started this process are out of reach."""
    # A kernel without keyrings has none to leave.
    _libc().syscall(_number("keyctl"), KEYCTL_JOIN_SESSION_KEYRING, None)


def drop_capabilities() -> None:
    """Gives up every capability, and the means to get one again (``capabilities(7)``)."""
    prctl(Prctl.CAP_AMBIENT, CAP_AMBIENT_CLEAR_ALL)
    # Who has none may not say so, and needs not: with ``no_new_privs`` no program gives any.
    with suppress(CannotConfine):
        for capability in range(LAST_CAPABILITY + 1):
            prctl(Prctl.CAPBSET_DROP, capability)
    header = _CapabilityHeader(version=CAPABILITY_VERSION_3)
    nothing = (_CapabilityData * 2)()
    _check(_libc().capset(ctypes.byref(header), ctypes.byref(nothing)), "capset")


def call(number: int, *arguments: object) -> int:
    """System call ``number``; minus the error number where it failed."""
    answer: int = _libc().syscall(number, *arguments)
    return answer if answer >= 0 else -ctypes.get_errno()


def _number(name: str) -> int:
    try:
        return _OTHER_CALLS[platform.machine()][name]
    except KeyError:
        raise CannotConfine(f"{name}: unknown on {platform.machine()} processors") from None


def _libc() -> ctypes.CDLL:
    if _LIBC is None:
        raise CannotConfine("this is not Linux")
    return _LIBC


def _check(done: int, step: str) -> None:
    if done < 0:
        raise CannotConfine(f"{step}: {os.strerror(ctypes.get_errno())}")
