"""Compiles documents of any length, to learn a language from: one long text, files of an archive, rows of a table."""

import codecs
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from trainyard_engine.compiler.formats import ARCHIVES, HEAD_SIZE, Format, tell_format
from trainyard_engine.compiler.limits import MIB
from trainyard_engine.compiler.problems import ProblemCode, ProblemLog
from trainyard_engine.compiler.request import CompileRequest
from trainyard_engine.compiler.text_archives import survey_texts, write_texts
from trainyard_engine.compiler.text_columns import TextColumn, compile_text_columns
from trainyard_engine.compiler.text_output import TextFacts, TextFiles, check_size
from trainyard_engine.pieces import pieces
from trainyard_spec.datasets import CompiledDataset
from trainyard_spec.files import FileEntry

TABLE_ENDINGS = (".csv", ".tsv", ".jsonl", ".ndjson", ".parquet")
TABLES = frozenset({Format.PARQUET, Format.JSONL})
PIECES = 200
"""About how many documents a single text is cut into, within the two sizes below, in bytes."""
SMALLEST_PIECE = 256
LARGEST_PIECE = 64 * 1024


def compile_documents(request: CompileRequest, directory: Path, log: ProblemLog) -> CompiledDataset:
    """Writes ``text.npy`` and ``text_offsets.npy``, a row for each document. Raises ``Rejected``."""
    # However long a document is, all of it is read: it is the examples that are cut to a length.
    request = replace(request, limits=replace(request.limits, text_size=request.limits.compiled_size))
    with request.source.open("rb") as file:
        found = tell_format(file.read(HEAD_SIZE), filename=request.filename)
    if found in ARCHIVES:
        facts, files = _of_archive(request, directory, log)
    elif request.options.text is not None:
        facts, files = _of_table(request, request.options.text, directory, log)
    else:
        if found in TABLES or request.filename.lower().endswith(TABLE_ENDINGS):
            message = "This is a table. Choose its column of texts: the option text is missing."
            log.reject(ProblemCode.TEXT_REQUIRED, message, file=request.filename)
        facts, files = _of_one_text(request, directory, log)
    return CompiledDataset(
        task=request.task,
        rows=facts.rows,
        profile=facts.profile(text=request.options.text),
        files=files,
        warnings=tuple(log.warnings),
    )


def _of_archive(request: CompileRequest, directory: Path, log: ProblemLog) -> tuple[TextFacts, tuple[FileEntry, ...]]:
    if request.options.text is not None:
        message = "The documents of an archive are its files: leave out text."
        log.reject(ProblemCode.OPTION_NOT_USED, message, file=request.filename)
    facts = TextFacts()
    sizes = survey_texts(request, facts, log)
    _check(facts, "The archive has {} texts", request, log)
    return facts, write_texts(request, dict(sorted(sizes.items())), directory, log)


def _of_table(
    request: CompileRequest, name: str, directory: Path, log: ProblemLog
) -> tuple[TextFacts, tuple[FileEntry, ...]]:
    column = TextColumn(name, ProblemCode.TEXT_UNKNOWN)
    files = compile_text_columns(request, {"text": column}, directory, log)
    return column.facts, files


def _of_one_text(request: CompileRequest, directory: Path, log: ProblemLog) -> tuple[TextFacts, tuple[FileEntry, ...]]:
    facts = TextFacts()
    for text in _pieces_of(request, log):
        facts.add(np.array([len(text.decode())]), size=len(text), truncated=0)
    if not facts.rows:
        log.reject(ProblemCode.NO_TEXTS, "The file holds nothing but white space.", file=request.filename)
    _check(facts, f"The text makes {{}} pieces of {SMALLEST_PIECE} bytes or more", request, log)
    row = end = 0
    with TextFiles(directory, rows=facts.rows, size=facts.size) as files:
        files.offsets.write(0, np.zeros(1))
        for text in _pieces_of(request, log):
            files.text.write(end, np.frombuffer(text, dtype=np.uint8))
            row, end = row + 1, end + len(text)
            files.offsets.write(row, np.array([end]))
        return facts, files.finish()


def _pieces_of(request: CompileRequest, log: ProblemLog) -> Iterator[bytes]:
    """The documents that a text is cut into, without those of white space. Raises ``Rejected`` if it is not UTF-8."""
    size = min(max(request.source.stat().st_size // PIECES, SMALLEST_PIECE), LARGEST_PIECE)
    line = 1
    with request.source.open("rb") as file:
        if file.read(len(codecs.BOM_UTF8)) != codecs.BOM_UTF8:
            file.seek(0)
        for piece in pieces(iter(partial(file.read, MIB), b""), size=size):
            try:
                is_empty = not piece.decode().strip()
            except UnicodeDecodeError as error:
                line += piece.count(b"\n", 0, error.start)
                message = f"Line {line} is not UTF-8 text. Save the file in the encoding UTF-8."
                log.reject(ProblemCode.ENCODING, message, file=request.filename)
            line += piece.count(b"\n")
            if not is_empty:
                yield piece


def _check(facts: TextFacts, sentence: str, request: CompileRequest, log: ProblemLog) -> None:
    least = request.limits.least_rows
    if facts.rows < least:
        message = f"{sentence.format(facts.rows)}; at least {least} are needed. Add more."
        log.reject(ProblemCode.TOO_FEW_ROWS, message, file=request.filename)
    check_size(facts, request, log)
