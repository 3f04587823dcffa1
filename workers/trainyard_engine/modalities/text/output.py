"""Compiled texts, from a table or an archive: how long they may be, and what is written."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import numpy.typing as npt

from trainyard_engine.ingest.limits import IngestLimits
from trainyard_engine.ingest.output import NpyFile
from trainyard_engine.ingest.problems import ProblemCode, ProblemLog, WarningCode
from trainyard_engine.ingest.request import CompileRequest
from trainyard_spec.datasets import CompiledDataset, TextProfile
from trainyard_spec.files import FileEntry

Lengths = npt.NDArray[np.int64]


def clipped(content: bytes, limits: IngestLimits) -> bytes:
    """The beginning of a text in UTF-8, of whole characters, that is stored."""
    if len(content) <= limits.text_size:
        return content
    return content[: limits.text_size].decode("utf-8", "ignore").encode()


@dataclass
class TextFacts:
    """Running facts about the texts as they are stored; ``size`` is their bytes."""

    rows: int = 0
    size: int = 0
    truncated: int = 0
    _characters: int = 0
    _shortest: int = 0
    _longest: int = 0

    def add(self, characters: Lengths, *, size: int, truncated: int) -> None:
        """Takes in texts by the characters of each, their bytes together, and how many of them were cut."""
        if not characters.size:
            return
        shortest = int(characters.min())
        self._shortest = min(self._shortest, shortest) if self.rows else shortest
        self._longest = max(self._longest, int(characters.max()))
        self._characters += int(characters.sum())
        self.rows += characters.size
        self.size += size
        self.truncated += truncated

    @property
    def stored(self) -> int:
        """Bytes of all arrays."""
        return self.size + 16 * self.rows

    def fits(self, limits: IngestLimits) -> bool:
        """Whether the arrays take no more room than they may."""
        return self.stored <= limits.compiled_size

    def profile(self, *, text: str | None = None, target: str | None = None) -> TextProfile:
        return TextProfile(
            text=text,
            target=target,
            shortest=self._shortest,
            longest=self._longest,
            mean=self._characters / self.rows,
            truncated=self.truncated,
        )


def check_size(facts: TextFacts, request: CompileRequest, log: ProblemLog) -> None:
    """Raises ``Rejected`` when the arrays would take too much room; notes texts that are cut."""
    size = facts.stored
    if not facts.fits(request.limits):
        message = f"The texts would take {size:,} bytes; {request.limits.compiled_size:,} are allowed. Use fewer."
        log.reject(ProblemCode.DATASET_TOO_LARGE, message, file=request.filename)
    if facts.truncated:
        message = f"{facts.truncated:,} texts are longer than {request.limits.text_size:,} bytes and were cut there."
        log.note(WarningCode.TEXT_TRUNCATED, message, file=request.filename)


class TextFiles:
    """``{name}.npy`` and ``{name}_offsets.npy``, to be written in any order; they grow if need be."""

    def __init__(self, directory: Path, name: str = "text", *, rows: int = 0, size: int = 0) -> None:
        self.text = NpyFile(directory / f"{name}.npy", dtype=np.uint8, shape=(size,))
        self.offsets = NpyFile(directory / f"{name}_offsets.npy", dtype=np.int64, shape=(rows + 1,))

    def finish(self) -> tuple[FileEntry, FileEntry]:
        return self.text.finish(), self.offsets.finish()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for file in (self.text, self.offsets):
            file.__exit__(kind, error, at)


def described(
    request: CompileRequest,
    profile: TextProfile,
    rows: int,
    classes: Sequence[str],
    counts: Sequence[int],
    files: tuple[FileEntry, ...],
    log: ProblemLog,
) -> CompiledDataset:
    """The dataset whose ``files`` were written."""
    return CompiledDataset(
        task=request.task,
        rows=rows,
        classes=tuple(classes),
        class_counts=tuple(counts),
        profile=profile,
        files=files,
        warnings=tuple(log.warnings),
    )


def write_names(directory: Path, name: str, names: Sequence[str]) -> tuple[FileEntry, ...]:
    """Texts that are looked up: ``name.npy`` and ``name_offsets.npy``, as texts of rows are held."""
    encoded = [text.encode() for text in names]
    offsets = np.cumsum([0, *map(len, encoded)], dtype=np.int64)
    with TextFiles(directory, name, rows=len(names), size=int(offsets[-1])) as files:
        files.text.write(0, np.frombuffer(b"".join(encoded), dtype=np.uint8))
        files.offsets.write(0, offsets)
        return files.finish()
