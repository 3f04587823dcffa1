"""Tagged texts in columns (CoNLL): a token a line, its tag last, and an empty line between texts."""

import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from trainyard_engine.ingest.encodings import UTF8, UnknownEncoding, open_as_utf8, warning
from trainyard_engine.ingest.problems import ProblemCode, ProblemLog, WarningCode
from trainyard_engine.ingest.request import CompileRequest
from trainyard_engine.ingest.tables.json_objects import RowPosition

DOCUMENT = "-DOCSTART-"
"""The token of lines that only begin a document."""
COMMENT = "#"
METADATA = re.compile(r"#\s+\S+ = ")
"""A comment of CoNLL-U, which may have as many cells as lines of words: ``# sent_id = 7``."""
SPACES = re.compile(" +")
LEAST_COLUMNS = 2
CONLLU_COLUMNS, FORM, UPOS = 10, 1, 3
"""Of CoNLL-U (Universal Dependencies): what a line has, and the places of its word and of its part of speech."""
CONLLU_ID = re.compile(r"\d+(?:[-.]\d+)?")


@dataclass(frozen=True, slots=True)
class TaggedText:
    """One row: a tag for each word. ``widened`` of its spans began or ended within a word.

    ``is_numbered`` says that its tags are numbers, whose names are not known.
    """

    words: Sequence[str]
    tags: Sequence[str]
    widened: int = 0
    is_numbered: bool = False


Row = tuple[RowPosition, TaggedText | None]


def tagged_columns(request: CompileRequest, log: ProblemLog) -> Iterator[Row]:
    """The texts of a file of columns, by the places of their first lines; ``None``, and a problem, for a bad one."""
    texts = _Texts(request, log)
    for number, line in _lines(request, log):
        if line.strip() and not line.startswith(DOCUMENT):
            texts.add(number, line)
        elif row := texts.take():
            yield row
    if row := texts.take():
        yield row


class _Texts:
    """Gathers the lines of one text after the other; all lines have as many columns as the first."""

    def __init__(self, request: CompileRequest, log: ProblemLog) -> None:
        self._request, self._log = request, log
        self._columns = 0
        self._has_tabs = False
        self._is_conllu: bool | None = None
        self._row = 1
        self._begin = 0
        self._words: list[str] = []
        self._tags: list[str] = []
        self._is_whole = True
        self._undecided: list[tuple[int, str]] = []
        """Lines before the first that tells what columns there are: comments, or words such as hashtags."""

    def add(self, number: int, line: str) -> None:
        is_marked = line.startswith(COMMENT)
        if is_marked and not self._columns:
            self._undecided.append((number, line))
            return
        if not self._columns:
            self._columns, self._has_tabs = len(_cells(line)), "\t" in line
            undecided, self._undecided = self._undecided, []
            for before in undecided:
                self.add(*before)
        if is_marked and not self._words and self._is_whole and self._is_comment(line):
            return
        cells = _cells(line)
        self._begin = self._begin or number
        if self._is_conllu is None:
            self._is_conllu = len(cells) == CONLLU_COLUMNS and self._has_tabs and bool(CONLLU_ID.fullmatch(cells[0]))
        columns = len(cells)
        if self._is_conllu and columns == self._columns:
            if not cells[0].isdecimal():  # of several words written as one, or of one that is not written at all
                return
            cells = [cells[FORM], cells[UPOS]]
        if columns != self._columns or columns < LEAST_COLUMNS or not cells[0] or not cells[-1].strip():
            self._refuse(number, columns, line)
            return
        self._words.append(cells[0].strip() or cells[0])
        self._tags.append(cells[-1].strip())

    def _is_comment(self, line: str) -> bool:
        """Whether a line begins with ``COMMENT``, before the first word of a text."""
        is_like_words = len(_cells(line)) == self._columns and ("\t" in line) == self._has_tabs
        return METADATA.match(line) is not None or not is_like_words

    def take(self) -> Row | None:
        """The text whose last line was added, if there is one."""
        row = None
        self._undecided = []
        if self._begin:
            place = RowPosition(self._request.filename, self._begin, self._row)
            row = (place, TaggedText(self._words, self._tags) if self._is_whole else None)
            self._row += 1
        self._begin, self._words, self._tags, self._is_whole = 0, [], [], True
        return row

    def _refuse(self, number: int, columns: int, line: str) -> None:
        message = f"This line and the first have {columns} and {self._columns} columns: a token first, its tag last."
        if self._columns < LEAST_COLUMNS:
            message = "This line has no tag: a token comes first, its tag last, with spaces or a tab between them."
            message += " Of a CSV write an object for each text: tokens and tags." if "," in line else ""
        elif columns == self._columns:
            message = "The token or the tag of this line is empty."
        RowPosition(self._request.filename, number, self._row).add(self._log, ProblemCode.TAG_COUNT_MISMATCH, message)
        self._is_whole = False


def _cells(line: str) -> list[str]:
    """Parted by tabs or else by spaces; other white space, such as that between Chinese signs, can be a token."""
    return line.rstrip("\n").split("\t") if "\t" in line else SPACES.split(line.strip(" \n"))


def _lines(request: CompileRequest, log: ProblemLog) -> Iterator[tuple[int, str]]:
    longest = request.limits.row_size
    try:
        file, encoding = open_as_utf8(request.source)
        if encoding.sample:
            log.note(WarningCode.ENCODING_ASSUMED, warning(encoding), file=request.filename)
        with io.TextIOWrapper(file, UTF8) as text:
            number = 0
            while line := text.readline(longest + 1):
                number += 1
                if len(line) > longest or "\0" in line:
                    message = f"Line {number} is longer than {longest:,} characters, or holds a NUL: no line is."
                    log.reject(ProblemCode.NOT_TAGGED, message, file=request.filename)
                yield number, line
    except UnknownEncoding as error:
        log.reject(ProblemCode.ENCODING, str(error), file=request.filename)
