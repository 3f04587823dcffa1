"""Confinement of the current process before it reads untrusted input. It cannot be undone."""

import fcntl
import os
import resource
import socket
import struct
from contextlib import suppress
from pathlib import Path

from trainyard_common.sandbox import kernel, landlock, root, seccomp
from trainyard_common.sandbox.entering import write_identities
from trainyard_common.sandbox.errors import CannotConfine
from trainyard_common.sandbox.handing_over import hand_over
from trainyard_common.sandbox.kernel import Clone, Prctl
from trainyard_common.sandbox.policy import Policy, Sandbox, SandboxKind

SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 0x1
INTERFACE = "16sh22x"
"""``struct ifreq`` of ``<linux/if.h>``: a name and flags."""
KILLED_FIRST = "1000"
NAMESPACES = Clone.NEWNS | Clone.NEWNET | Clone.NEWIPC | Clone.NEWUTS


def prepare(policy: Policy, sandbox: Sandbox) -> None:
    """Finds out what is the same for all processes, for one that forks many: each of them would search again."""
    if sandbox.kind is SandboxKind.NAMESPACES:
        root.roots(gpus=policy.gpus, code=policy.code)


def confine(policy: Policy, sandbox: Sandbox) -> None:
    """Leaves this process what ``policy`` shows and no way to more, as far as ``sandbox`` can.

    With namespaces it must have been started by ``fork`` of a process that called ``enter``, or by that process itself.
    Raises ``CannotConfine``, and ``OSError`` where a path of the policy is missing; either way it may not go on.
    """
    if not kernel.IS_LINUX:
        return
    # The fork server's own memory is nobody's to read; this process is about to be a stranger's.
    kernel.prctl(Prctl.SET_DUMPABLE, 1)
    _be_killed_first()
    if sandbox.kind is SandboxKind.NAMESPACES:
        _separate(policy, sandbox)
    if sandbox.kind is not SandboxKind.NONE:
        kernel.drop_capabilities()
    if sandbox.kind is SandboxKind.NAMESPACES and kernel.COUNTS_PROCESSES_OF_NAMESPACES:
        _limit(resource.RLIMIT_NPROC, policy.processes)
    kernel.leave_keyrings()
    kernel.prctl(Prctl.SET_NO_NEW_PRIVS, 1)
    if sandbox.kind is SandboxKind.LANDLOCK:
        landlock.restrict(policy)
    if sandbox.kind is not SandboxKind.NONE:
        # A namespace of networks has a loopback of its own: there it may do what it likes.
        seccomp.restrict(internet=sandbox.kind is SandboxKind.NAMESPACES or policy.loopback)


def _separate(policy: Policy, sandbox: Sandbox) -> None:
    user, group = (os.geteuid(), os.getegid()) if sandbox.user is None else (sandbox.user, sandbox.user)
    if sandbox.user is not None:
        hand_over(policy, user=user, group=group)
    here = Path.cwd()
    host_proc = os.open("/proc", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    kernel.unshare(NAMESPACES)
    kernel.set_host_name(root.HOST_NAME)
    if policy.loopback:
        _bring_up_loopback()
    root.build(policy, user=user, group=group)
    with suppress(FileNotFoundError):  # It stays at the root where its directory is not shown.
        os.chdir(here)
    if sandbox.user is not None:
        os.setgroups([])
        os.setresgid(group, group, group)
        os.setresuid(user, user, user)
    # A change of user makes it root's to say who this process is.
    kernel.prctl(Prctl.SET_DUMPABLE, 1)
    # The mounts belong to the namespace of users that is left here: from now on nobody may change them.
    kernel.unshare(Clone.NEWUSER)
    write_identities(host_proc, "self", users=(user,), groups=(group,))
    _forbid_namespaces(host_proc)
    os.close(host_proc)


def _bring_up_loopback() -> None:
    """Processes of one training meet on it. There is no other interface."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        name, flags = struct.unpack(INTERFACE, fcntl.ioctl(probe, SIOCGIFFLAGS, struct.pack(INTERFACE, b"lo", 0)))
        fcntl.ioctl(probe, SIOCSIFFLAGS, struct.pack(INTERFACE, name, flags | IFF_UP))


def _forbid_namespaces(host_proc: int) -> None:
    """In one of its own a process would be root again, if only there (``namespaces(7)``, ``/proc/sys/user``)."""
    try:
        descriptor = os.open("sys/user/max_user_namespaces", os.O_WRONLY, dir_fd=host_proc)
    except OSError as error:
        raise CannotConfine(f"max_user_namespaces: {error.strerror}") from error
    with os.fdopen(descriptor, "w") as file:
        file.write("0")


def _be_killed_first() -> None:
    """Where memory runs out, the kernel shall take this process and none of ours."""
    try:
        Path("/proc/self/oom_score_adj").write_text(KILLED_FIRST)
    except OSError:
        return  # Some containers show no such file; it was only a courtesy.


def _limit(number: int, value: int) -> None:
    hard = resource.getrlimit(number)[1]
    bounded = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(number, (bounded, bounded))
