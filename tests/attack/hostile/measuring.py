"""Compiles a hostile file as the platform does, and holds it to what one may cost and leave behind."""

import os
import resource
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from tests.attack.hostile.file import HostileFile
from trainyard.datasets import compiler, previews, refusals
from trainyard_common.sandbox import Sandbox
from trainyard_engine.ingest.problems import ProblemCode, WarningCode
from trainyard_spec.compile_options import CompileOptions
from trainyard_spec.datasets import CompileResult

MOST_MEMORY = 512 * 2**20
MOST_SECONDS = 10.0
MEMORY_BYTES, SECONDS = 4 * 2**30, 600.0
TOLD_BY_THE_PLATFORM = frozenset(
    {"compile_timeout", "too_costly_to_compile", "too_large_to_compile", "unreadable_file"}
)


@dataclass(frozen=True)
class Measured:
    """``codes`` are of its problems, empty where it was accepted; ``seconds`` of processor, ``memory`` resident bytes.

    ``faults`` are sentences of what it should not have done.
    """

    file: HostileFile
    size: int
    codes: tuple[str, ...]
    seconds: float
    memory: int
    faults: tuple[str, ...]


class _Watched(subprocess.Popen[bytes]):
    """Keeps what the process used, and its own children that it waited for."""

    used: resource.struct_rusage | None = None

    def _try_wait(self, wait_flags: int) -> tuple[int, int]:
        try:
            pid, status, used = os.wait4(self.pid, wait_flags)
        except ChildProcessError:
            return self.pid, 0
        if pid:
            _Watched.used = used
        return pid, status


def measured(file: HostileFile, directory: Path, *, sandbox: Sandbox) -> Measured:
    """``directory`` is empty, and nothing but the file is left in it."""
    source, scratch = directory / "source", directory / "scratch"
    content = file.content()
    source.write_bytes(content)
    scratch.mkdir()
    compilation = compiler.Compilation(
        source=source,
        filename=file.filename,
        task=file.task,
        options=CompileOptions(**file.options),
        scratch=scratch,
        memory_bytes=MEMORY_BYTES,
        seconds=SECONDS,
        sandbox=sandbox,
    )
    peak = Peak()
    with _watched():
        result = _compiled(compilation, peak)
        used = _Watched.used
    assert used is not None
    seconds, memory = used.ru_utime + used.ru_stime, peak.bytes
    faults = [*_costs(seconds, memory), *_told(result, directory), *_left(compilation, result, content)]
    codes = tuple(sorted({problem.code for problem in result.problems}))
    return Measured(file, len(content), codes, seconds, memory, tuple(faults))


class Peak:
    """The most resident memory that any process below this one has had.

    What ``wait4`` tells would count what this process had when it forked.
    """

    def __init__(self) -> None:
        self.bytes = 0

    def look(self) -> bool:
        for process in psutil.Process().children(recursive=True):
            with suppress(OSError):
                told = Path(f"/proc/{process.pid}/status").read_text()
                peak = next((line for line in told.splitlines() if line.startswith("VmHWM")), "VmHWM: 0 kB")
                self.bytes = max(self.bytes, int(peak.split()[1]) * 1_024)
        return True


def _compiled(compilation: compiler.Compilation, peak: Peak) -> CompileResult:
    """As a validation ends, with tries that all go alike."""
    try:
        return compiler.run(compilation, keep_going=peak.look)
    except compiler.CompileTimeout:
        return refusals.too_slow(compilation.filename, seconds=compilation.deadline_seconds)
    except compiler.CompileOversized as oversized:
        return refusals.too_large(compilation.filename, oversized.excess)
    except compiler.CompilerCrashed as crash:
        if crash.ended_by == signal.SIGXCPU:
            return refusals.too_costly(compilation.filename, seconds=compilation.processor_seconds)
        return refusals.after_last_try(compilation.filename, crash)


def _costs(seconds: float, memory: int) -> Iterator[str]:
    if seconds > MOST_SECONDS:
        yield f"took {seconds:.1f} s of processor time"
    if memory > MOST_MEMORY:
        yield f"took {memory / 2**20:,.0f} MiB"


def _told(result: CompileResult, directory: Path) -> Iterator[str]:
    warnings = result.dataset.warnings if result.dataset else ()
    if (result.dataset is None) != bool(result.problems):
        yield "was neither accepted nor refused"
    for problem in result.problems:
        if problem.code not in {*ProblemCode, *TOLD_BY_THE_PLATFORM}:
            yield f"ended as {problem.code}: {problem.message}"
    if not {warning.code for warning in warnings} <= set(WarningCode):
        yield "told a warning of no known code"
    for problem in (*result.problems, *warnings):
        told = f"{problem.file}{problem.column}{problem.message}"
        if "\0" in told or str(directory) in told or not problem.message.strip():
            yield f"told what it should not: {told!r}"


def _left(compilation: compiler.Compilation, result: CompileResult, content: bytes) -> Iterator[str]:
    """What lies around afterwards: the file as it was, and a dataset that opens, or nothing."""
    directory = compilation.scratch.parent
    if sorted(path.name for path in directory.iterdir()) != ["scratch", "source"]:
        yield "left something beside its scratch"
    if compilation.source.read_bytes() != content:
        yield "changed the upload"
    names = sorted(path.name for path in compilation.inside.iterdir())
    killed = {problem.code for problem in result.problems} & TOLD_BY_THE_PLATFORM
    if names != (["compiled"] if result.dataset else []) and not killed:
        yield f"left {names}"
    if any(path.is_symlink() for path in directory.rglob("*")):
        yield "left a link"
    if result.dataset:
        try:
            previews.build(result.dataset, compilation.out)
        except Exception as error:
            yield f"cannot be previewed: {error!r}"


@contextmanager
def _watched() -> Iterator[None]:
    before: Any = subprocess.Popen
    subprocess.Popen = _Watched  # type: ignore[misc]
    try:
        yield
    finally:
        subprocess.Popen = before  # type: ignore[misc]
