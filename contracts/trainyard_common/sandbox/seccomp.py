"""Filter of system calls that no compilation, training or prediction makes (``seccomp(2)``).

It is a second line of defence: without privileges most of these calls fail anyway, but each one is kernel code that
untrusted input need not reach, and ``AF_VSOCK`` is not confined by network namespaces. All other calls are allowed.
"""

import ctypes
import errno
import platform
import struct
from collections.abc import Mapping
from typing import NamedTuple

from trainyard_common.sandbox import kernel
from trainyard_common.sandbox.kernel import Clone, Prctl

FILTER_MODE = 2
LOAD, EQUAL, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
"""Instructions of classic BPF (``<linux/bpf_common.h>``): load a word, compare with a constant and skip, return."""
ALLOW, FAIL = 0x7FFF_0000, 0x0005_0000
NUMBER, ARCHITECTURE, FIRST_ARGUMENT = 0, 4, 16
"""Offsets in ``struct seccomp_data``."""
X32 = 0x4000_0000
NAMESPACES = int(Clone.NEWNS | Clone.NEWUTS | Clone.NEWIPC | Clone.NEWUSER | Clone.NEWPID | Clone.NEWNET) | 0x0200_0000
"""With that of control groups."""
UNIX, INET, INET6, NETLINK = 1, 2, 10, 16

_SAME_EVERYWHERE = {
    "io_uring_setup": 425,
    "io_uring_enter": 426,
    "io_uring_register": 427,
    "open_tree": 428,
    "move_mount": 429,
    "fsopen": 430,
    "fsconfig": 431,
    "fsmount": 432,
    "fspick": 433,
    "pidfd_getfd": 438,
    "mount_setattr": 442,
}


class _Machine(NamedTuple):
    architecture: int
    refused: Mapping[str, int]
    socket: int
    clone: int


_DIFFERENT = {
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "reboot": (169, 142),
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "unshare": (272, 97),
    "setns": (308, 268),
    "open_by_handle_at": (304, 265),
    "name_to_handle_at": (303, 264),
    "acct": (163, 89),
    "settimeofday": (164, 170),
    "clock_settime": (227, 112),
    "adjtimex": (159, 171),
    "quotactl": (179, 60),
    "syslog": (103, 116),
    "kcmp": (312, 272),
    "fanotify_init": (300, 262),
    "vhangup": (153, 58),
}
"""Numbers on x86-64 and on 64-bit ARM."""
MACHINES = {
    "x86_64": _Machine(0xC000_003E, {name: one for name, (one, _) in _DIFFERENT.items()}, socket=41, clone=56),
    "aarch64": _Machine(0xC000_00B7, {name: other for name, (_, other) in _DIFFERENT.items()}, socket=198, clone=220),
}
CLONE3 = 435
"""Its flags lie in memory, where no filter can read them; ``ENOSYS`` makes the C library use ``clone``."""


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def is_known_machine() -> bool:
    return platform.machine() in MACHINES


def restrict(*, internet: bool) -> None:
    """Sets the filter, for good; ``no_new_privs`` must be set. ``internet`` leaves sockets of TCP and UDP.

    Raises ``CannotConfine``. Does nothing on machines whose numbers it does not know.
    """
    machine = MACHINES.get(platform.machine())
    if machine is None:
        return
    code = b"".join(struct.pack("HBBI", *instruction) for instruction in _filter(machine, internet=internet))
    program = _Program(length=len(code) // 8, instructions=code)
    kernel.prctl(Prctl.SET_SECCOMP, FILTER_MODE, ctypes.addressof(program))


def _filter(machine: _Machine, *, internet: bool) -> list[tuple[int, int, int, int]]:
    """Each instruction is ``(operation, skipped if so, skipped if not, constant)``."""
    families = (UNIX, NETLINK, *((INET, INET6) if internet else ()))
    refused = sorted({*machine.refused.values(), *_SAME_EVERYWHERE.values()})
    no, missing = (RETURN, 0, 0, FAIL | errno.EPERM), (RETURN, 0, 0, FAIL | errno.ENOSYS)
    return [
        (LOAD, 0, 0, ARCHITECTURE),
        (EQUAL, 1, 0, machine.architecture),
        no,
        (LOAD, 0, 0, NUMBER),
        (AT_LEAST, 0, 1, X32),
        no,
        *(part for number in refused for part in ((EQUAL, 0, 1, number), no)),
        (EQUAL, 0, 1, CLONE3),
        missing,
        (EQUAL, 0, 4, machine.clone),
        (LOAD, 0, 0, FIRST_ARGUMENT),
        (ANY_BIT, 0, 1, NAMESPACES),
        no,
        (RETURN, 0, 0, ALLOW),
        (EQUAL, 0, len(families) + 2, machine.socket),
        (LOAD, 0, 0, FIRST_ARGUMENT),
        *((EQUAL, len(families) - place, 0, family) for place, family in enumerate(families)),
        no,
        (RETURN, 0, 0, ALLOW),
    ]
