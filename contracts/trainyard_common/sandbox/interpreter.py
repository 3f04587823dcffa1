"""Paths that any Python process has to read: the interpreter, its libraries, and a few files of ``/etc``."""

import os
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path

PACKAGES = ("trainyard_engine", "trainyard_spec", "trainyard_common")
SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/nix/store", "/gnu/store")
CONFIGURATION = ("/etc/ld.so.cache", "/etc/localtime", "/etc/alternatives")
TOPOLOGY = ("/sys/devices/system/cpu", "/sys/devices/system/node")
GPU_INFORMATION = ("/sys",)
FIGURES = ("/proc/cpuinfo", "/proc/meminfo", "/proc/stat")
"""What of ``/proc`` libraries read to size themselves."""
MEMORY_LIMIT = "/sys/fs/cgroup/memory.max"
LIBRARIES = frozenset({"site-packages", "dist-packages"})
"""Only such directories of the module path are shown: others may hold anything, such as the platform's data."""


def readable_roots(*, gpus: bool, code: Iterable[Path]) -> tuple[Path, ...]:
    """Absolute paths that exist, parents before what lies in them; ``code`` is more to run than our own packages."""
    found = {path.absolute() for path in (*_interpreter(), *_system(gpus=gpus), *_packages(), *code) if path.exists()}
    return tuple(sorted(path for path in found if not any(parent in found for parent in path.parents)))


def devices(*, gpus: bool) -> tuple[Path, ...]:
    """Device nodes without which little works, and those of NVIDIA's driver."""
    names = ["null", "zero", "full", "random", "urandom"]
    found = [path for name in names if (path := Path("/dev", name)).exists()]
    return (*found, *(sorted(Path("/dev").glob("nvidia*")) if gpus else ()))


def _interpreter() -> Iterator[Path]:
    for prefix in {sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix}:
        yield Path(prefix)
    for name in ("stdlib", "platstdlib"):
        yield Path(sysconfig.get_path(name))
    # A virtual environment's interpreter is a link to another one, which may lie anywhere.
    yield Path(sys.executable).resolve().parent
    for entry in sys.path:
        if Path(entry).name in LIBRARIES:
            yield Path(entry)


def _system(*, gpus: bool) -> Iterator[Path]:
    for name in (*SYSTEM, *CONFIGURATION, *(GPU_INFORMATION if gpus else TOPOLOGY)):
        yield Path(name)
    for name in ("LD_LIBRARY_PATH", "CUDA_HOME"):
        for part in filter(None, os.environ.get(name, "").split(os.pathsep)):
            yield Path(part)


def _packages() -> Iterator[Path]:
    for name in PACKAGES:
        spec = find_spec(name)
        if spec is not None and spec.origin is not None:
            yield Path(spec.origin).parent
