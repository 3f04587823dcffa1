"""Compiles documents of any length, to learn a language from: one long text, files of an archive, rows of a table."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import IO

import numpy as np

from trainyard_engine.ingest.archives.class_folders import common_top
from trainyard_engine.ingest.encodings import UnknownEncoding, open_as_utf8, warning
from trainyard_engine.ingest.formats import ARCHIVES, HEAD_SIZE, Format, tell_format
from trainyard_engine.ingest.limits import MIB
from trainyard_engine.ingest.problems import ProblemCode, ProblemLog, WarningCode
from trainyard_engine.ingest.request import CompileRequest
from trainyard_engine.ingest.split_folders import FOLDERS, held_back, placed, split_columns, write_parts
from trainyard_engine.ingest.tables.split_columns import write_split_columns
from trainyard_engine.modalities.text.chunks import pieces
from trainyard_engine.modalities.text.columns import TextColumn, compile_text_columns
from trainyard_engine.modalities.text.output import TextFacts, TextFiles, check_size, write_names
from trainyard_engine.modalities.text.read_archives import facts_of, survey_texts, write_texts
from trainyard_spec.datasets import PARTS, CompiledDataset
from trainyard_spec.files import FileEntry

TABLE_ENDINGS = (".csv", ".tsv", ".json", ".jsonl", ".ndjson", ".parquet")
TABLES = frozenset({Format.PARQUET, Format.JSONL, Format.JSON_ARRAY})
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
    if found in (Format.PDF, Format.RICH_TEXT, Format.WORKBOOK):
        named = "a document of an office program" if found is Format.WORKBOOK else found
        message = f"This is {named}, and its text cannot be told from its form. Save it as plain text (.txt)."
        log.reject(ProblemCode.NO_TEXTS, message, file=request.filename)
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
        profile=facts.profile(text=request.options.text).model_copy(update={"split_by": split_columns(request)}),
        files=files,
        warnings=tuple(log.warnings),
    )


def _of_archive(request: CompileRequest, directory: Path, log: ProblemLog) -> tuple[TextFacts, tuple[FileEntry, ...]]:
    options = request.options
    if any(column is not None for column in (options.text, options.time, options.group)):
        message = "The documents of an archive are its files: leave out text, time and group."
        log.reject(ProblemCode.OPTION_NOT_USED, message, file=request.filename)
    if options.split not in (None, FOLDERS):
        message = f"The option split of an archive is {FOLDERS}, for one with the folders {', '.join(PARTS)}."
        log.reject(ProblemCode.OPTION_NOT_USED, message, file=request.filename)
    texts = dict(sorted(survey_texts(request, log).items()))
    facts = facts_of(texts)
    _check(facts, "The archive has {} texts", request, log)
    parts = placed(texts, top=common_top(texts), log=log).parts if options.split else {}
    given = held_back([parts[name] for name in texts], [*texts], log) if parts else None
    files = (*write_texts(request, texts, directory, log), *write_names(directory, "name", list(texts)))
    return facts, files if given is None else (*files, write_parts(given, directory))


def _of_table(
    request: CompileRequest, name: str, directory: Path, log: ProblemLog
) -> tuple[TextFacts, tuple[FileEntry, ...]]:
    column = TextColumn(name, ProblemCode.TEXT_UNKNOWN)
    files = compile_text_columns(request, {"text": column}, directory, log)
    return column.facts, (*files, *write_split_columns(request, column.facts.rows, directory, log))


def _of_one_text(request: CompileRequest, directory: Path, log: ProblemLog) -> tuple[TextFacts, tuple[FileEntry, ...]]:
    if split_columns(request):
        message = "One long text is split at random. For another split upload a table, or an archive of files."
        log.reject(ProblemCode.OPTION_NOT_USED, message, file=request.filename)
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
    """The documents that a text is cut into, without those of white space. Raises ``Rejected``."""
    size = min(max(request.source.stat().st_size // PIECES, SMALLEST_PIECE), LARGEST_PIECE)
    line = 1
    try:
        with _opened(request, log) as file:
            for piece in pieces(iter(partial(file.read, MIB), b""), size=size):
                if b"\0" in piece:
                    line += piece.count(b"\n", 0, piece.index(b"\0"))
                    message = f"Line {line} holds a NUL character. Leave it out: the file may not be a text."
                    log.reject(ProblemCode.NUL_CHARACTER, message, file=request.filename)
                line += piece.count(b"\n")
                if piece.decode().strip():
                    yield piece
    except UnknownEncoding as error:
        log.reject(ProblemCode.ENCODING, str(error), file=request.filename)


def _opened(request: CompileRequest, log: ProblemLog) -> IO[bytes]:
    file, encoding = open_as_utf8(request.source)
    if encoding.sample:
        log.note(WarningCode.ENCODING_ASSUMED, warning(encoding), file=request.filename)
    return file


def _check(facts: TextFacts, sentence: str, request: CompileRequest, log: ProblemLog) -> None:
    least = request.limits.least_rows
    if facts.rows < least:
        message = f"{sentence.format(facts.rows)}; at least {least} are needed. Add more."
        log.reject(ProblemCode.TOO_FEW_ROWS, message, file=request.filename)
    check_size(facts, request, log)
