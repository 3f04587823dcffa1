"""Root file system that contains only what a policy allows: tmpfs with read-only bind mounts (``pivot_root(2)``)."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from trainyard_common.sandbox import interpreter, kernel
from trainyard_common.sandbox.errors import CannotConfine
from trainyard_common.sandbox.kernel import Attribute, Mount
from trainyard_common.sandbox.policy import Policy

BASE = "/tmp"  # noqa: S108  any directory: what is mounted on it is seen by this process alone
OLD = "/.host"
SMALL = "size=1m,mode=0755"
HOST_NAME = "sandbox"
MODE_OF_TEMPORARY = "1777"
MASKED = ("kcore", "keys", "kallsyms", "sched_debug", "sysrq-trigger", "timer_list")
"""Of ``/proc``: what tells of the host, or obeys its root."""

WRITABLE = Attribute.NOSUID | Attribute.NODEV
SEALED = WRITABLE | Attribute.RDONLY
DEVICE = Attribute.NOSUID | Attribute.NOEXEC


@dataclass(frozen=True, slots=True)
class _Place:
    """``target``: the path inside; then its real path on the host, and ``link`` if a symbolic link is to stay one."""

    target: Path
    source: str
    attributes: Attribute
    link: str | None = None


def build(policy: Policy, *, user: int, group: int) -> None:
    """Replaces the root of this process, which is alone in its namespace of mounts. Raises ``CannotConfine``."""
    places = [
        *roots(gpus=policy.gpus, code=policy.code),
        *_places(policy.readable, SEALED),
        *_places(policy.writable, WRITABLE),
    ]
    places += _places(interpreter.devices(gpus=policy.gpus), DEVICE)
    if (limit := Path(interpreter.MEMORY_LIMIT)).exists() and not policy.gpus:
        places += _places([limit], SEALED)
    os.umask(0o022)  # Mount points that the confined user cannot pass hide what is mounted there.
    kernel.mount("", "/", "", Mount.REC | Mount.PRIVATE)
    kernel.mount("tmpfs", BASE, "tmpfs", Mount.NOSUID | Mount.NODEV, SMALL)
    Path(BASE + OLD).mkdir(mode=0o700)
    kernel.pivot_root(BASE, BASE + OLD)
    os.chdir("/")
    for temporary in ("/tmp", "/dev/shm"):  # noqa: S108  its own
        Path(temporary).mkdir(parents=True)
        options = f"size={policy.memory_bytes},mode={MODE_OF_TEMPORARY}"
        kernel.mount("tmpfs", temporary, "tmpfs", Mount.NOSUID | Mount.NODEV, options)
    for place in places:
        _show(place)
    _make_proc()
    _write_configuration(user=user, group=group)
    kernel.detach(OLD)
    Path(OLD).rmdir()
    kernel.set_mount_attributes("/", SEALED, recursive=False)


@cache
def roots(*, gpus: bool, code: tuple[Path, ...]) -> tuple[_Place, ...]:
    """Roots of the interpreter and its libraries: the same for every process of a host."""
    readable = interpreter.readable_roots(gpus=gpus, code=code)
    found = []
    for place in _places(readable, SEALED):
        is_shown = any(Path(place.source).is_relative_to(root) for root in readable if root != place.target)
        # ``/lib`` is a link to ``usr/lib`` on most systems, and programs tell the two apart.
        link = str(place.target.readlink()) if is_shown and place.target.is_symlink() else None
        found.append(_Place(place.target, place.source, place.attributes, link))
    return tuple(found)


def _places(paths: Iterable[Path], attributes: Attribute) -> list[_Place]:
    return [_Place(path.absolute(), os.path.realpath(path), attributes) for path in paths]


def _show(place: _Place) -> None:
    target, source = place.target, OLD + place.source
    if place.link is not None:
        target.symlink_to(place.link)
        return
    _make_mount_point(target, is_directory=Path(source).is_dir())
    kernel.mount(source, str(target), "", Mount.BIND | Mount.REC)
    kernel.set_mount_attributes(str(target), place.attributes, recursive=True)


def _make_mount_point(target: Path, *, is_directory: bool) -> None:
    try:
        if is_directory:
            target.mkdir(parents=True, exist_ok=True)
        elif not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.touch()
    except OSError as error:
        raise CannotConfine(f"no place for {target}: {error.strerror}") from error


def _make_proc() -> None:
    Path("/proc").mkdir(exist_ok=True)
    flags = Mount.NOSUID | Mount.NODEV | Mount.NOEXEC
    try:
        kernel.mount("proc", "/proc", "proc", flags | Mount.RDONLY)
    except CannotConfine:
        # A container's own /proc has covers on it, and the kernel lets nobody mount one without.
        for place in _places(map(Path, interpreter.FIGURES), SEALED):
            _show(place)
        return
    for name in MASKED:
        masked = Path("/proc", name)
        if masked.exists():
            kernel.mount("/dev/null", str(masked), "", Mount.BIND)


def _write_configuration(*, user: int, group: int) -> None:
    etc = Path("/etc")
    etc.mkdir(exist_ok=True)
    (etc / "passwd").write_text(f"trainyard:x:{user}:{group}::/tmp:/bin/false\n")
    (etc / "group").write_text(f"trainyard:x:{group}:\n")
    (etc / "hosts").write_text(f"127.0.0.1 localhost {HOST_NAME}\n::1 localhost\n")
    (etc / "nsswitch.conf").write_text("passwd: files\ngroup: files\nhosts: files\n")
