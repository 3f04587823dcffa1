"""Sandbox and policy: how a host can confine processes, and what a process may access, as JSON-serializable values."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Self

from trainyard_common.resource_use import Quota


class SandboxKind(StrEnum):
    """Isolation: namespaces (``namespaces(7)``), else Landlock (``landlock(7)``), else only resource limits."""

    NAMESPACES = "namespaces"
    LANDLOCK = "landlock"
    NONE = "none"


class SandboxMode(StrEnum):
    """Operator's setting: ``auto`` uses what the host supports; ``required`` refuses to start without namespaces."""

    REQUIRED = "required"
    AUTO = "auto"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Sandbox:
    """Sandbox that a host supports. ``user`` is the user id of confined processes, if they have their own.

    ``missing`` has a sentence for each protection that this host cannot provide.
    """

    kind: SandboxKind = SandboxKind.NONE
    user: int | None = None
    missing: tuple[str, ...] = ()

    def as_json(self) -> str:
        return json.dumps({"kind": self.kind, "user": self.user, "missing": list(self.missing)})

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Raises ``ValueError``, ``KeyError`` or ``TypeError`` for anything else."""
        given = json.loads(text)
        return cls(kind=SandboxKind(given["kind"]), user=given["user"], missing=tuple(given["missing"]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What one process may access besides the interpreter and its libraries; nothing else exists for it.

    It may read the files and directories in ``readable`` and also write to those in ``writable``. ``memory_bytes``
    limits each of its temporary file systems, and ``processes`` its processes and threads together. ``disk_bytes``
    limits the total size of ``writable``, which the parent process enforces (``trainyard_common.resource_use``).
    ``gpus`` exposes the NVIDIA device files, ``loopback`` allows TCP between its processes, and ``code`` lists
    executable code besides Python, its libraries and our own packages.
    """

    readable: tuple[Path, ...] = ()
    writable: tuple[Path, ...] = ()
    memory_bytes: int = 2**30
    disk_bytes: int = 64 * 2**30
    processes: int = 1024
    gpus: bool = False
    loopback: bool = False
    code: tuple[Path, ...] = ()

    @property
    def quota(self) -> Quota:
        """For all of its processes together. With GPUs no memory is counted: CUDA maps more than there is."""
        memory = None if self.gpus else self.memory_bytes
        return Quota(directories=self.writable, disk_bytes=self.disk_bytes, memory_bytes=memory)

    def as_dict(self) -> dict[str, Any]:
        return {
            "readable": _texts(self.readable),
            "writable": _texts(self.writable),
            "memory_bytes": self.memory_bytes,
            "disk_bytes": self.disk_bytes,
            "processes": self.processes,
            "gpus": self.gpus,
            "loopback": self.loopback,
            "code": _texts(self.code),
        }

    @classmethod
    def from_dict(cls, given: dict[str, Any]) -> Self:
        """Raises ``KeyError`` or ``TypeError`` where something is missing."""
        return cls(
            readable=_paths(given["readable"]),
            writable=_paths(given["writable"]),
            memory_bytes=int(given["memory_bytes"]),
            disk_bytes=int(given["disk_bytes"]),
            processes=int(given["processes"]),
            gpus=bool(given["gpus"]),
            loopback=bool(given["loopback"]),
            code=_paths(given["code"]),
        )


def _texts(paths: Iterable[Path]) -> list[str]:
    return [str(path) for path in paths]


def _paths(texts: Iterable[str]) -> tuple[Path, ...]:
    return tuple(Path(text) for text in texts)
