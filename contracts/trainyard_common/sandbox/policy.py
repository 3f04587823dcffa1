"""Sandbox and policy: how a host can confine a process, and what one may reach, as values that travel as JSON."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Self

from trainyard_common.resource_use import Quota


class SandboxKind(StrEnum):
    """What confines: namespaces (``namespaces(7)``), else Landlock (``landlock(7)``), else only limits."""

    NAMESPACES = "namespaces"
    LANDLOCK = "landlock"
    NONE = "none"


class SandboxMode(StrEnum):
    """What an operator asks of the host: ``auto`` takes what there is, ``required`` starts with namespaces or not."""

    REQUIRED = "required"
    AUTO = "auto"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Sandbox:
    """What a host can do. ``user`` is the id that confined processes run under, where they have one of their own.

    ``missing`` has a sentence for each wall that this host cannot build.
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
    """What one process may reach beside the interpreter and its libraries; everything else is not there.

    ``readable`` are files and directories that it may read, ``writable`` ones that it may change too. ``memory_bytes``
    bounds each of its temporary file systems, ``processes`` its processes and threads together. ``disk_bytes`` is for
    all that is ``writable`` together, which whoever starts it looks after (``trainyard_common.resource_use``). ``gpus``
    shows it the devices of NVIDIA's driver, ``loopback`` lets its processes meet over TCP, and ``code`` is more to run
    than Python, its libraries and our own packages.
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
