"""Tagged texts in columns (CoNLL): a token a line, its tag last, and an empty line between texts."""

from collections.abc import Iterator

from trainyard_engine.ingest.encodings import UnknownEncoding, open_as_utf8, warning
from trainyard_engine.ingest.json_objects import Place
from trainyard_engine.ingest.problems import ProblemCode, ProblemLog, WarningCode
from trainyard_engine.ingest.request import CompileRequest
from trainyard_engine.modalities.text.tag_forms import TaggedText

DOCUMENT = "-DOCSTART-"
"""The token of lines that only begin a document."""
COMMENT = "#"
LEAST_COLUMNS = 2

Row = tuple[int, TaggedText | None]


def tagged_columns(request: CompileRequest, log: ProblemLog) -> Iterator[Row]:
    """The texts of a file of columns, by the numbers of their first lines; ``None``, and a problem, for a bad one."""
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
        self._row = 1
        self._begin = 0
        self._words: list[str] = []
        self._tags: list[str] = []
        self._is_whole = True

    def add(self, number: int, line: str) -> None:
        cells = line.rstrip("\n\r").split("\t") if "\t" in line else line.split()
        if not self._words and line.startswith(COMMENT) and len(cells) != self._columns and self._is_whole:
            return
        self._begin = self._begin or number
        self._columns = self._columns or len(cells)
        if len(cells) != self._columns or len(cells) < LEAST_COLUMNS or not cells[0].strip() or not cells[-1].strip():
            self._refuse(number, len(cells))
            return
        self._words.append(cells[0].strip())
        self._tags.append(cells[-1].strip())

    def take(self) -> Row | None:
        """The text whose last line was added, if there is one."""
        row = None
        if self._begin:
            row = (self._begin, TaggedText(self._words, self._tags) if self._is_whole else None)
            self._row += 1
        self._begin, self._words, self._tags, self._is_whole = 0, [], [], True
        return row

    def _refuse(self, number: int, columns: int) -> None:
        message = f"This line and the first have {columns} and {self._columns} columns: a token first, its tag last."
        if self._columns < LEAST_COLUMNS:
            message = "This line has no tag: a token comes first, its tag last, with spaces or a tab between them."
        elif columns == self._columns:
            message = "The token or the tag of this line is empty."
        Place(self._request.filename, number, self._row).add(self._log, ProblemCode.TAG_COUNT_MISMATCH, message)
        self._is_whole = False


def _lines(request: CompileRequest, log: ProblemLog) -> Iterator[tuple[int, str]]:
    longest = request.limits.row_size
    try:
        file, encoding = open_as_utf8(request.source)
        if encoding.sample:
            log.note(WarningCode.ENCODING_ASSUMED, warning(encoding), file=request.filename)
        with file:
            number = 0
            while line := file.readline(longest + 1):
                number += 1
                if len(line) > longest or b"\0" in line:
                    message = f"Line {number} is longer than {longest:,} bytes, or holds a NUL character: no line is."
                    log.reject(ProblemCode.NOT_TAGGED, message, file=request.filename)
                yield number, line.decode()
    except UnknownEncoding as error:
        log.reject(ProblemCode.ENCODING, str(error), file=request.filename)
