"""The rows of any CSV as one that Arrow reads: in UTF-8, quoted by RFC 4180, without blank rows at its end."""

import csv
import io
from collections.abc import Iterable, Iterator
from functools import partial
from typing import IO

from trainyard_engine.ingest.encodings import UTF8, Encoding, UnknownEncoding, Utf8Stream, damaged, recoded
from trainyard_engine.ingest.limits import MIB
from trainyard_engine.ingest.tables.csv_dialect import TAIL_SIZE, CsvHeader, Dialect, marks_of

OVERLAP = 64
"""Bytes of a piece that are looked at again with the next one."""


def survey(file: IO[bytes], encoding: Encoding) -> frozenset[str]:
    """What ``marks_of`` finds anywhere in ``file``. Raises ``UnknownEncoding``."""
    found: frozenset[str] = frozenset()
    before = b"\n"
    for chunk in _chunks(file, encoding, encoding.mark):
        found |= marks_of(before + chunk)
        before = chunk[-OVERLAP:]
    return found


def rows_of(file: IO[bytes], encoding: Encoding, head: CsvHeader, *, row_size: int) -> Utf8Stream:
    """What follows the header. While it is read it may raise ``UnknownEncoding``, and ``csv.Error``."""
    dialect = head.dialect
    if dialect.needs_rewriting:
        chunks = _rewritten(file, encoding, head, row_size=row_size)
    else:
        chunks = _chunks(file, encoding, head.begin)
    return Utf8Stream(_without_blank_end(chunks, dialect.delimiter))


def ends_in_quote(file: IO[bytes], encoding: Encoding, dialect: Dialect) -> bool:
    """Whether a quote is the last sign of the text, blank cells aside."""
    size = file.seek(0, io.SEEK_END)
    file.seek(max(encoding.mark, size - TAIL_SIZE))
    return file.read().decode(encoding.codec, "replace").rstrip(" \t\r\n" + dialect.separator).endswith(dialect.quote)


def ends_in_blank_row(file: IO[bytes], separator: str) -> bool:
    """Whether the last line of an ASCII-compatible text holds nothing but separators."""
    size = file.seek(0, io.SEEK_END)
    file.seek(max(0, size - TAIL_SIZE))
    last = file.read().rstrip(b" \r\n").replace(b"\r", b"\n").rpartition(b"\n")[2]
    return bool(last) and not last.strip(b" " + separator.encode())


def _chunks(file: IO[bytes], encoding: Encoding, begin: int) -> Iterator[bytes]:
    file.seek(begin)
    return iter(partial(file.read, MIB), b"") if encoding.codec == UTF8 else recoded(file, encoding)


def _rewritten(file: IO[bytes], encoding: Encoding, head: CsvHeader, *, row_size: int) -> Iterator[bytes]:
    file.seek(head.begin)
    text = io.TextIOWrapper(file, encoding.codec, newline="")
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=head.dialect.delimiter, lineterminator="\n")
    try:
        for row in head.dialect.rows(_lines(text, row_size)):
            writer.writerow(row)
            if buffer.tell() > MIB:
                yield _emptied(buffer)
        yield _emptied(buffer)
    except UnicodeError as error:
        raise UnknownEncoding(damaged(encoding)) from error
    finally:
        text.detach()


def _lines(text: io.TextIOWrapper, row_size: int) -> Iterator[str]:
    for line in iter(partial(text.readline, row_size), ""):
        if len(line) == row_size and not line.endswith(("\n", "\r")):
            raise csv.Error(f"a line is longer than {row_size:,} characters")
        yield line


def _emptied(buffer: io.StringIO) -> bytes:
    content = buffer.getvalue().encode()
    buffer.seek(0)
    buffer.truncate()
    return content


def _without_blank_end(chunks: Iterable[bytes], separator: str) -> Iterator[bytes]:
    """Leaves out lines of nothing but separators and blanks that no other line follows."""
    blank = b" \t\r\n" + separator.encode()
    held: list[bytes] = []
    for chunk in chunks:
        kept = len(chunk.rstrip(blank))
        if kept:
            yield b"".join((*held, chunk[:kept]))
            held.clear()
        held.append(chunk[kept:])
    # What is left begins within the last row.
    yield b"".join(b"".join(held).splitlines(keepends=True)[:1])
