"""Runs ``trainyard_engine compile`` on an upload, in a process of its own under limits.

The file is a stranger's: whatever parses it sees that file and a directory of its own, gets an empty environment, no
credentials, bounded memory, time and disk, and ends with us. See ``trainyard_common.sandbox``.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any

import structlog
from django.conf import settings
from pydantic import ValidationError

from trainyard_common.processes import kill_session
from trainyard_common.resource_use import Excess
from trainyard_common.sandbox import Policy, Sandbox
from trainyard_common.sandbox.host import sandbox_of_host
from trainyard_common.untrusted import Untrustworthy, open_file
from trainyard_spec.compile_options import CompileOptions
from trainyard_spec.datasets import CompiledDataset, CompileResult
from trainyard_spec.engine_protocol import ExitStatus
from trainyard_spec.tasks import Task

logger = structlog.get_logger(__name__)

DATASET_FILE = "dataset.json"
LARGEST_RESULT_BYTES = 32 * 2**20
LOOK_EVERY_SECONDS = 0.1
LOOK_SHARE = 20.0
"""So many times as long as measuring took goes by before it is measured again."""
STDERR_KEPT_BYTES = 4_000
MOST_PROCESSES = 256
"""And threads, of which a compilation has some for each processor."""

LEAST_PROCESSOR_SECONDS = 10
BYTES_PER_PROCESSOR_SECOND = 2**18
"""Honest files take a tenth of it: JPEG, the slowest, is decoded at some 10 MB a second, and twice."""
LEAST_SECONDS = 60.0
BYTES_PER_SECOND = 2**17
LEAST_MEMORY_BYTES = 448 * 2**20
"""What the libraries take, and the largest picture."""
MEMORY_PER_BYTE = 64
LAUNCHER_BYTES = 64 * 2**20
"""Of the two small processes above the compiler."""
LEAST_DISK_BYTES = 2 * 2**30
DISK_PER_BYTE = 256
STACK_BYTES = 8 * 2**20
MOST_THREADS = 16
"""Of the compiler, each with a stack of its own."""


class CompileTimeout(Exception):
    """The compilation took longer than it may."""


class CompileAbandoned(Exception):
    """``keep_going`` said no."""


class CompileOversized(Exception):
    """All that it wrote, or all its processes, took more than a file of its size may."""

    def __init__(self, excess: Excess) -> None:
        self.excess = excess
        super().__init__(f"the compiler took {excess}")


class CompilerCrashed(Exception):
    """The process ended without a result. ``status`` is its exit status, or minus a signal's number."""

    def __init__(self, *, status: int, stderr: str) -> None:
        self.status = status
        self.stderr = stderr
        super().__init__(f"the compiler ended with status {status}")

    @property
    def ended_by(self) -> signal.Signals | None:
        """The signal that ended it, which a shell or a launcher tells as 128 more than its number."""
        number = -self.status if self.status < 0 else self.status - 128
        return signal.Signals(number) if number in set(signal.Signals) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Compilation:
    """What to compile: ``filename`` is the customer's name for ``source``.

    ``scratch`` is ours alone, but for ``inside``, where the process may write what it likes. ``memory_bytes`` (of
    address space), ``seconds`` and ``disk_bytes`` (of all that is written) are the most that any file may take; a small
    one may take less.
    """

    source: Path
    filename: str
    task: Task
    options: CompileOptions
    scratch: Path
    memory_bytes: int
    seconds: float
    disk_bytes: int = field(default=64 * 2**30)
    sandbox: Sandbox = field(default=Sandbox())

    @property
    def inside(self) -> Path:
        return self.scratch / "inside"

    @property
    def out(self) -> Path:
        return self.inside / "compiled"

    def arguments(self) -> list[str]:
        options = self.options.model_dump(exclude_none=True)
        return [
            f"--source={self.source}",
            f"--filename={self.filename}",
            f"--task={self.task}",
            *(f"--{name.replace('_', '-')}={value}" for name, given in options.items() for value in _listed(given)),
            f"--out={self.out}",
        ]

    @property
    def deadline_seconds(self) -> float:
        """Limit of time by the clock on the wall, in seconds."""
        return min(self.seconds, LEAST_SECONDS + self._bytes / BYTES_PER_SECOND)

    @property
    def processor_seconds(self) -> int:
        """Limit of processor time of all its threads together, in seconds."""
        return LEAST_PROCESSOR_SECONDS + self._bytes // BYTES_PER_PROCESSOR_SECOND

    def limits(self) -> dict[str, int]:
        """As ``processes.set_limits`` has them, in proportion to the file: what unpacks to much still costs little."""
        return {
            "as": self.memory_bytes,
            "data": self._private_bytes,
            "cpu": self.processor_seconds,
            "fsize": self._written_bytes,
            "nofile": 256,
        }

    def policy(self) -> Policy:
        return Policy(
            readable=(self.source,),
            writable=(self.inside,),
            memory_bytes=self._private_bytes + LAUNCHER_BYTES,
            disk_bytes=self._written_bytes,
            processes=MOST_PROCESSES,
        )

    @property
    def _private_bytes(self) -> int:
        threads = min(os.cpu_count() or 1, MOST_THREADS)
        return min(LEAST_MEMORY_BYTES + threads * STACK_BYTES + MEMORY_PER_BYTE * self._bytes, self.memory_bytes)

    @property
    def _written_bytes(self) -> int:
        return min(LEAST_DISK_BYTES + DISK_PER_BYTE * self._bytes, self.disk_bytes)

    @property
    def _bytes(self) -> int:
        return self.source.stat().st_size


def _listed(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)


def run(compilation: Compilation, *, keep_going: Callable[[], bool]) -> CompileResult:
    """The result; the dataset, if there is one, lies in ``compilation.out``.

    ``keep_going`` is asked all along. Raises ``CompileTimeout``, ``CompileOversized``, ``CompileAbandoned`` and
    ``CompilerCrashed``.
    """
    stdout, stderr = compilation.scratch / "stdout", compilation.scratch / "stderr"
    compilation.inside.mkdir()
    with stdout.open("w+b") as out, stderr.open("w+b") as err:
        process = subprocess.Popen(
            _command(compilation),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            cwd=compilation.inside,
            env=_environment(compilation.inside),
            start_new_session=True,
        )
        try:
            _await(process, compilation, keep_going=keep_going)
        finally:
            kill_session(process)
        result = _result(out) if process.returncode in (ExitStatus.SUCCEEDED, ExitStatus.INVALID_INPUT) else None
        if result is None:
            raise CompilerCrashed(status=process.returncode, stderr=_tail(err))
    if result.dataset is not None:
        _require_plain_files(compilation, result.dataset)
    return result


def _require_plain_files(compilation: Compilation, dataset: CompiledDataset) -> None:
    """Raises ``Untrustworthy`` unless all that it says it wrote are regular files, of the sizes that it says.

    The process is gone, and so nobody replaces them afterwards.
    """
    sizes: dict[str, int | None] = {entry.name: entry.bytes for entry in dataset.files}
    for name, size in {**sizes, DATASET_FILE: None}.items():
        with open_file(compilation.inside, compilation.out / name, size=size) as file:
            if name == DATASET_FILE and os.fstat(file.fileno()).st_size > LARGEST_RESULT_BYTES:
                raise Untrustworthy(f"{name} is longer than any description of a dataset.")


def _command(compilation: Compilation) -> list[str]:
    confinement = json.dumps(
        {
            "parent": os.getpid(),
            "limits": compilation.limits(),
            "sandbox": compilation.sandbox.as_json(),
            "policy": compilation.policy().as_dict(),
        }
    )
    # -P: the working directory holds what the customer's file unpacks to, and must not be imported from.
    engine = [sys.executable, "-P", "-m", "trainyard_engine"]
    return [*engine, "confined", confinement, "compile", *compilation.arguments()]


@cache
def host_sandbox() -> Sandbox:
    """What compilations are confined by on this host, found out once. Raises ``SandboxRequired``."""
    environment = {"PATH": os.environ.get("PATH", os.defpath), **_environment(Path(tempfile.gettempdir()))}
    found = sandbox_of_host(settings.ENVIRONMENT.sandbox, python=Path(sys.executable), environment=environment)
    for sentence in found.missing:
        logger.warning("sandbox.weakened", kind=found.kind, missing=sentence)
    return found


def _environment(directory: Path) -> dict[str, str]:
    specs = [find_spec(name) for name in ("trainyard_engine", "trainyard_spec", "trainyard_common")]
    roots = [str(Path(spec.origin).parents[1]) for spec in specs if spec and spec.origin]
    return {
        "PYTHONPATH": os.pathsep.join(dict.fromkeys(roots)),
        "PYTHONDONTWRITEBYTECODE": "1",
        "LANG": "C.UTF-8",
        "TMPDIR": str(directory),
        "HOME": str(directory),
        # Each thread of a numeric library costs address space, which is limited.
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        # Arrow's own allocator reserves a gigabyte at once, which counts as data.
        "ARROW_DEFAULT_MEMORY_POOL": "system",
    }


def _await(process: subprocess.Popen[bytes], compilation: Compilation, *, keep_going: Callable[[], bool]) -> None:
    began = time.monotonic()
    deadline, quota, next_look = began + compilation.deadline_seconds, compilation.policy().quota, began
    while True:
        try:
            process.wait(timeout=LOOK_EVERY_SECONDS)
        except subprocess.TimeoutExpired:
            now = time.monotonic()
            if now > deadline:
                raise CompileTimeout from None
            if not keep_going():
                raise CompileAbandoned from None
            if now >= next_look:
                if (excess := quota.excess(process.pid)) is not None:
                    raise CompileOversized(excess) from None
                next_look = now + LOOK_SHARE * (time.monotonic() - now)
        else:
            return


def _result(stdout: IO[bytes]) -> CompileResult | None:
    if stdout.seek(0, os.SEEK_END) > LARGEST_RESULT_BYTES:
        return None
    stdout.seek(0)
    lines = stdout.read().splitlines()
    try:
        return CompileResult.model_validate_json(lines[-1]) if lines else None
    except ValidationError:
        return None


def _tail(stderr: IO[bytes]) -> str:
    stderr.seek(max(stderr.seek(0, os.SEEK_END) - STDERR_KEPT_BYTES, 0))
    return stderr.read(STDERR_KEPT_BYTES).decode(errors="replace")
