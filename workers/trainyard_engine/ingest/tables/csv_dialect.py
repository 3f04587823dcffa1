"""Dialect of a CSV file: its separator, its quotes, and the columns that its first line names."""

import codecs
import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import IO, Literal

from trainyard_engine.ingest.encodings import UTF8, Encoding
from trainyard_engine.ingest.limits import MIB
from trainyard_engine.ingest.tables.row_index import name_of_index
from trainyard_spec.names import column_name

SEPARATORS = (",", ";", "\t", "|", "::")
"""The last is that of MovieLens' ``.dat`` files."""
BLANKS = " "
"""Separates, in any number and as tabs too, only where a table has no other separator and options name its columns."""
BAR = "|"
RULE = re.compile(r"\s*[-+|:=][-+|:= ]*-{3}[-+|:= ]*\s*")
"""A line between the header and the rows of a table that is drawn."""
UNIT_SEPARATOR = "\x1f"
"""What stands for a separator of two signs where one sign alone is read."""
SAMPLE_SIZE = 1 << 16
SAMPLE_ROWS = 1000
MOST_TITLES = 20
"""Lines that may stand above a header."""
TAIL_SIZE = 1 << 12
NAMED_SEPARATOR = re.compile(r"""(?i)\s*"?sep=([\t !#-/:-@\[\]^_`{-~])"?[ \t]*(?:\r\n|\r|\n|$)""")
"""The line that spreadsheets write, or ask for, before the header; no letter, and no sign beyond ASCII, separates."""

_SEVERAL_NUMBERS = re.compile(r"\s*[-+?\d.eE]+ +[-+?\d.eE]+ ")
"""What a cell between tabs is not: the line is parted by blanks, and by a tab here and there, as ``auto-mpg.data``."""
NUMBERED = re.compile(r"column_[1-9][0-9]*")
"""What the columns of a table without a header are called, by their places from 1."""

csv.field_size_limit(MIB)


class HeaderUnreadable(ValueError):
    """The message says why, in words that follow a colon."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """``backslash`` escapes a quote; ``blanks`` may stand before one. ``ruled`` tables are drawn for the eye, by ``|``
    between their cells, or around them too, and lines of dashes."""

    separator: str
    quote: str = '"'
    backslash: bool = False
    blanks: bool = False
    ruled: Literal["", "between", "around"] = ""

    @property
    def is_standard(self) -> bool:
        """Whether this is RFC 4180 but for the separator."""
        return self.quote == '"' and not self.needs_rewriting

    @property
    def needs_rewriting(self) -> bool:
        """Whether Arrow could not read it."""
        return self.backslash or self.blanks or len(self.separator) > 1 or bool(self.ruled)

    @property
    def delimiter(self) -> str:
        """The one sign between cells, once it is rewritten if it has to be."""
        return self.separator if len(self.separator) == 1 else UNIT_SEPARATOR

    def rows(self, lines: Iterator[str]) -> Iterator[list[str]]:
        """The cells of each row. Raises ``csv.Error``."""
        if self.ruled:
            lines = (line for line in lines if BAR in line and not RULE.fullmatch(line))
        if self.ruled == "around":
            lines = (f"{line.strip().removeprefix(BAR).removesuffix(BAR)}\n" for line in lines)
        if self.separator == BLANKS:
            lines = (f"{line.strip()}\n".replace("\t", BLANKS) for line in lines)
        if self.delimiter != self.separator:
            lines = (line.replace(self.separator, self.delimiter) for line in lines)
        return csv.reader(
            lines,
            delimiter=self.delimiter,
            quotechar=self.quote,
            escapechar="\\" if self.backslash else None,
            skipinitialspace=self.blanks,
        )


@dataclass(frozen=True, slots=True)
class CsvHeader:
    """The columns, and the byte of the file at which the first row begins.

    Behind the columns that are named come ``unnamed`` ones, which hold nothing as far as the sample goes.
    """

    dialect: Dialect
    names: tuple[str, ...]
    unnamed: int
    begin: int


def read_head(
    file: IO[bytes],
    encoding: Encoding,
    *,
    header_size: int,
    marks: frozenset[str],
    asked: frozenset[str] = frozenset(),
) -> CsvHeader | None:
    """Reads the first line that holds anything; ``None`` if there is none. ``marks`` are what ``marks_of`` has found.

    Where all columns that are ``asked`` for are ``NUMBERED``, and that line names none of them, it is a row.
    Raises ``HeaderUnreadable``, and ``UnicodeDecodeError``.
    """
    file.seek(encoding.mark)
    text = _beginning(file, encoding, header_size + SAMPLE_SIZE)
    named = NAMED_SEPARATOR.match(text)
    begin = named.end() if named else _below_title(text, asked)
    dialect = _dialect(text[begin : begin + SAMPLE_SIZE], named.group(1) if named else None, marks)
    dialect = _by_blanks(text[begin : begin + SAMPLE_SIZE], dialect, asked) or dialect
    ruled = _ruled(text[begin : begin + SAMPLE_SIZE])
    dialect = Dialect(BAR, ruled=ruled) if ruled else dialect
    lines = _Lines(text[begin:])
    try:
        rows = dialect.rows(lines)
        header = next((row for row in rows if any(map(str.strip, row))), None)
        size = len(text[: begin + lines.read].encode(encoding.codec, encoding.errors))
        if size > header_size:
            raise HeaderUnreadable(f"the header is longer than {header_size:,} bytes")
        sample = [row for row in islice(rows, SAMPLE_ROWS) if any(map(str.strip, row))]
    except csv.Error as error:
        raise HeaderUnreadable(str(error)) from error
    if header is None:
        return None
    if asked and all(map(NUMBERED.fullmatch, asked)) and asked.isdisjoint(map(column_name, header)):
        first = encoding.mark + len(text[:begin].encode(encoding.codec, encoding.errors))
        return CsvHeader(dialect, tuple(f"column_{place + 1}" for place in range(len(header))), 0, first)
    return _head(dialect, header, sample, encoding.mark + size)


def marks_of(chunk: bytes) -> frozenset[str]:
    """Which of the less common ways to quote ``chunk``, UTF-8, shows: ``blanks``, ``backslash``, ``nul``."""
    return frozenset(name for name, marks in _MARKS.items() if all(mark.search(chunk) for mark in marks))


_MARKS = {
    # The first is fast, for it begins with what is searched for; few files come to the second.
    "blanks": (re.compile(rb' "[^",;\t|\r\n]'), re.compile(rb'(?:[,;\t|\r\n]|^) +"[^",;\t|\r\n]')),
    "backslash": (re.compile(rb'\\"[^",;\t|\r\n ]'),),
    "nul": (re.compile(rb"\0"),),
}
"""A quote that is followed by another, or ends its cell, may as well stand within a quoted text."""


class _Lines(Iterator[str]):
    """Lines with their ends, of any kind; ``read`` counts their characters."""

    def __init__(self, text: str) -> None:
        self.read = 0
        self._lines = io.StringIO(text, newline="")

    def __next__(self) -> str:
        line = next(self._lines)
        self.read += len(line)
        return line


def _beginning(file: IO[bytes], encoding: Encoding, size: int) -> str:
    """Whole lines of the text, if it does not end there."""
    content = file.read(size)
    text = codecs.getincrementaldecoder(encoding.codec)(encoding.errors).decode(content)
    if len(content) < size:
        return text
    return text[: max(text.rfind("\n"), text.rfind("\r")) + 1] or text


def _dialect(sample: str, separator: str | None, marks: frozenset[str]) -> Dialect:
    first = sample.lstrip().split("\n", 1)[0].strip()
    quote = "'" if '"' not in first and re.fullmatch(r"'[^']*'(?:\s*.\s*'[^']*')+", first) else '"'
    marks = marks | marks_of(sample.encode(UTF8, "replace"))
    blanks = "blanks" in marks or (quote == "'" and re.search(r"'\s*. +'", first) is not None)
    return max(
        (Dialect(found, quote, "backslash" in marks, blanks) for found in ((separator,) if separator else SEPARATORS)),
        key=lambda dialect: _fitness(sample, dialect),
    )


def _below_title(text: str, asked: frozenset[str]) -> int:
    """Where the line begins that holds all columns ``asked`` for, if one of the first does and those before it are of
    one cell each, or comments: the name of a report, who exported it. Else the first line of several cells below such
    ones, none of which is asked for: then a sentence can tell the columns. Else 0."""
    at = 0
    is_named = not all(map(NUMBERED.fullmatch, asked))
    for line in text[:SAMPLE_SIZE].splitlines(keepends=True)[:MOST_TITLES] if asked else ():
        for separator in SEPARATORS:
            cells = {column_name(_unquoted(cell)) for cell in line.split(separator)}
            if asked <= cells and len(cells) > 1:
                return at
        filled = line.rstrip(',;\t|" \r\n')
        is_title = not any(separator in filled for separator in ",;\t|") and not line.casefold().startswith("sep=")
        words = {column_name(_unquoted(word)) for word in (filled, *filled.split())}
        if line.count('"') % 2 or not asked.isdisjoint(words):  # a name may go on in the next line
            return 0
        if not (is_title or line.lstrip().startswith("#")):
            return at * is_named
        at += len(line)
    return 0


def _ruled(sample: str) -> Literal["", "between", "around"]:
    """How a table is drawn whose second line is one of dashes, as clients of SQL and Markdown do."""
    first, second, *_ = [*sample.lstrip().splitlines(), "", ""]
    if BAR not in first or not RULE.fullmatch(second):
        return ""
    return "around" if first.strip().startswith(BAR) else "between"


def _by_blanks(sample: str, found: Dialect, asked: frozenset[str]) -> Dialect | None:
    """Columns that blanks part, as ``write.table`` of R and Fortran do; ``None`` unless all speaks for them.

    A column of texts is one of single words by chance alone: so the columns that options name are to be among them.
    """
    blanks = Dialect(BLANKS, found.quote, found.backslash, blanks=True)
    whole = sample[: sample.rfind("\n") + 1] or sample
    try:
        if _fitness(sample, found)[0] and not (found.separator == "\t" and _SEVERAL_NUMBERS.match(sample)):
            return None
        rows = [row for row in blanks.rows(io.StringIO(whole, newline="")) if any(map(str.strip, row))]
    except csv.Error:
        return None
    if not rows:
        return None
    widths = {len(row) for row in rows[1:]} or {0}
    header = {*map(column_name, rows[0])}
    is_numbered = all(map(NUMBERED.fullmatch, asked)) and len(rows[0]) in widths
    fits = len(widths) == 1 and min(widths) > 1 and len(rows[0]) in (min(widths), min(widths) - 1)
    return blanks if asked and fits and (asked <= header or is_numbered) else None


def _fitness(sample: str, dialect: Dialect) -> tuple[bool, bool, int]:
    """Best is what splits the header, and every line alike, or else most."""
    whole = sample[: sample.rfind("\n") + 1] if len(sample) == SAMPLE_SIZE else sample
    try:
        widths = [len(row) for row in dialect.rows(io.StringIO(whole, newline="")) if any(map(str.strip, row))]
    except csv.Error:
        return False, False, 0
    width = widths[0] if widths else 0
    return width > 1, len(set(widths)) == 1, width


def _head(dialect: Dialect, header: list[str], rows: list[list[str]], begin: int) -> CsvHeader:
    """Spreadsheets end lines with separators behind which nothing stands: those of the header, of the rows, or both."""
    widths = {len(row) for row in rows}
    names = _with_index([column_name(_unquoted(name)) for name in header], rows, widths)
    named = len(names)
    while not names[named - 1]:
        named -= 1
    width = widths.pop() if len(widths) == 1 else len(names)
    if width > len(names) and any(cell.strip() for row in rows for cell in row[named:]):
        width = len(names)
    return CsvHeader(dialect, tuple(names[:named]), max(width - named, 0), begin)


def _with_index(names: list[str], rows: list[list[str]], widths: set[int]) -> list[str]:
    """``names``, with one for the index that pandas and R write first: without a name, or as ``write.table`` of R does
    without its place in the header."""
    if not names[0] and any(names):
        return [name_of_index(names[1:]), *names[1:]]
    indexes = {row[0] for row in rows}
    if widths == {len(names) + 1} and len(indexes) == len(rows) and all(row[-1].strip() for row in rows):
        return [name_of_index(names), *names]
    return names


def _unquoted(name: str) -> str:
    """Without quotes that are part of the name, not of the format: some tools write them twice."""
    found = re.fullmatch(r"""\s*(["'])(.*)\1\s*""", name, re.DOTALL)
    return found.group(2) if found else name
