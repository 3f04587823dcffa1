"""The kernel: privileges, namespaces, mounts, and calls that no training needs."""

import ctypes
import errno
import os
from pathlib import Path

from tests.attack.probes import Nothing, Told, probe
from trainyard_common.sandbox import seccomp

LIBC = ctypes.CDLL(None, use_errno=True)
REFUSED = (errno.EPERM, errno.EACCES, errno.ENOSYS)
BIND = 4096


def _done(answer: int) -> int:
    if answer < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return answer


@probe("become root")
def become_root(_told: Told) -> object:
    if os.getuid() == 0:
        return "is root"
    os.setresuid(0, 0, 0)
    return os.getuid()


@probe("join root's group")
def join_group(_told: Told) -> object:
    if os.getgid() == 0:
        return "is in it"
    os.setresgid(0, 0, 0)
    return os.getgid()


@probe("choose its groups")
def groups(_told: Told) -> object:
    return os.setgroups([0, 4, 999])


@probe("hold a capability")
def capability(_told: Told) -> object:
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    held = {name: status[name].strip() for name in ("CapPrm", "CapEff", "CapBnd", "CapAmb") if int(status[name], 16)}
    if not held:
        raise Nothing("none")
    return held


@probe("gain by a program of another user's")
def no_new_privs(_told: Told) -> object:
    if "NoNewPrivs:\t1" in Path("/proc/self/status").read_text():
        raise Nothing("no_new_privs is set")
    return "could"


def _namespace(name: str, flag: int) -> None:
    @probe(f"make a namespace of {name}")
    def make(_told: Told) -> object:
        return _done(LIBC.unshare(flag))


for kind, number in (
    ("users", 0x10000000), ("mounts", 0x20000), ("processes", 0x20000000), ("networks", 0x40000000),
    ("users and mounts", 0x10020000),
):  # fmt: skip
    _namespace(kind, number)


@probe("make a namespace of users by clone")
def clone(_told: Told) -> object:
    machine = seccomp.MACHINES[os.uname().machine]
    pid = _done(LIBC.syscall(machine.clone, 0x10000000 | 17, 0, 0, 0, 0))
    if pid == 0:
        os._exit(0)
    return pid


@probe("mount a file system")
def mount(_told: Told) -> object:
    return _done(LIBC.mount(b"tmpfs", b"/tmp", b"tmpfs", 0, None))


@probe("mount the host's root again")
def bind(told: Told) -> object:
    return _done(LIBC.mount(b"/", told["scratch"].encode(), None, BIND, None))


@probe("make its inputs' mount writable")
def remount(told: Told) -> object:
    return _done(LIBC.mount(None, told["input"].encode(), None, BIND | 32, None))


@probe("take its /proc away")
def umount(_told: Told) -> object:
    return _done(LIBC.umount2(b"/proc", 2))


@probe("change its root")
def chroot(told: Told) -> object:
    return os.chroot(told["scratch"])


@probe("write the program for core dumps")
def core_pattern(_told: Told) -> object:
    return Path("/proc/sys/kernel/core_pattern").write_text("|/tmp/x")


@probe("write how processes overcommit memory")
def overcommit(_told: Told) -> object:
    return Path("/proc/sys/vm/overcommit_memory").write_text("1")


@probe("ask the kernel for a crash")
def sysrq(_told: Told) -> object:
    return os.open("/proc/sysrq-trigger", os.O_WRONLY) if Path("/proc/sysrq-trigger").is_file() else _missing()


def _missing() -> None:
    raise Nothing("it is not there")


def _reader(name: str) -> None:
    @probe(f"read {name}")
    def read(_told: Told) -> object:
        with Path(name).open("rb") as file:
            return file.read(1) or _missing()


for proc_file in ("/proc/kcore", "/proc/keys", "/proc/timer_list", "/sys/kernel/debug/x", "/proc/kmsg"):
    _reader(proc_file)


def _caller(name: str, number: int) -> None:
    @probe(f"call {name}")
    def call(_told: Told) -> object:
        """With arguments that make no sense: what complains of them was reached."""
        if LIBC.syscall(number, -1, -1, -1, -1, -1, -1) < 0 and ctypes.get_errno() in REFUSED:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        return errno.errorcode.get(ctypes.get_errno(), "done")


UNSAFE_TO_TRY = ("reboot", "vhangup", "unshare", "setns", "mount", "umount2", "chroot", "pivot_root")
"""These could do harm, or are tried with arguments that make sense above."""
for call_name, (on_x86, on_arm) in seccomp._DIFFERENT.items():
    if call_name not in UNSAFE_TO_TRY:
        _caller(call_name, on_x86 if os.uname().machine == "x86_64" else on_arm)
for call_name, same_number in seccomp._SAME_EVERYWHERE.items():
    _caller(call_name, same_number)
