"""Office Open XML workbooks (ECMA-376, ``.xlsx``): the cells of the first visible sheet, row by row.

A file of somebody else's making: parts are read as streams, document types are refused, so that no entity is expanded,
and whoever reads the rows bounds what they may come to.
"""

import posixpath
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO
from xml.parsers import expat

from trainyard_engine.ingest.tables.workbook_cells import Styles, cell_text, unescaped

Handler = Callable[[str, dict[str, str]], None]
CHUNK = 1 << 14
"""Bytes of XML; a row of a few may name the last of its 16,384 columns, and rows are kept until they are taken."""
LONGEST_CELL = 1 << 20
"""Characters."""
LONGEST_TOKEN = 1 << 20
"""Bytes of a tag, a comment and the like."""
LETTERS = re.compile(r"[A-Z]{1,3}")
MOST_COLUMNS = 16_384


class UnreadableWorkbook(Exception):
    """It is no workbook of this kind, or a damaged or malicious one; completes "The workbook …"."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """The one that is read, and how many others there are to be seen."""

    name: str
    path: str
    others: int
    since_1904: bool


def first_sheet(book: zipfile.ZipFile) -> Sheet:
    """The first that is visible. Raises ``UnreadableWorkbook``."""
    found: list[tuple[str, str]] = []
    since_1904 = False

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal since_1904
        if tag == "workbookPr":
            since_1904 = attributes.get("date1904") in ("1", "true")
        if tag == "sheet" and attributes.get("state", "visible") == "visible":
            found.append((attributes.get("name", ""), attributes.get("id", "")))

    _parse(book, "xl/workbook.xml", start)
    if not found:
        raise UnreadableWorkbook("has no sheet that can be seen")
    name, key = found[0]
    targets: dict[str, str] = {}
    _parse(book, "xl/_rels/workbook.xml.rels", lambda _, of: targets.update({of.get("Id", ""): of.get("Target", "")}))
    path = posixpath.normpath(posixpath.join("/xl", targets.get(key, ""))).lstrip("/")
    return Sheet(name, path, len(found) - 1, since_1904)


def rows_of_sheet(book: zipfile.ZipFile, sheet: Sheet) -> Iterator[list[str]]:
    """The cells of each row that holds something, up to the last of them. Raises ``UnreadableWorkbook``."""
    parts = {info.filename for info in book.infolist()}
    texts = _SharedTexts()
    if "xl/sharedStrings.xml" in parts:
        _parse(book, "xl/sharedStrings.xml", texts.start, texts.end, texts.data)
    styles = Styles(since_1904=sheet.since_1904)
    if "xl/styles.xml" in parts:
        _parse(book, "xl/styles.xml", styles.start, styles.end)
    rows = _Rows(texts.found, styles)
    for _ in _fed(book, sheet.path, rows.start, rows.end, rows.data):
        yield from rows.taken()


class _SharedTexts:
    """``sharedStrings.xml``: texts by their number, without what tells how signs are pronounced."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self._parts: list[str] = []
        self._is_text = self._is_reading_aid = False

    def start(self, tag: str, _attributes: dict[str, str]) -> None:
        self._is_text = tag == "t"
        self._is_reading_aid = self._is_reading_aid or tag == "rPh"

    def end(self, tag: str) -> None:
        self._is_text = False
        if tag == "rPh":
            self._is_reading_aid = False
        if tag == "si":
            self.found.append(unescaped("".join(self._parts)))
            self._parts.clear()

    def data(self, text: str) -> None:
        if self._is_text and not self._is_reading_aid:
            self._parts.append(text)


class _Rows:
    """``sheet1.xml``: what has been read of its rows and not been taken yet."""

    def __init__(self, texts: list[str], styles: Styles) -> None:
        self._texts = texts
        self._styles = styles
        self._done: list[list[str]] = []
        self._row: list[str] = []
        self._place = 0
        self._kind = self._style = ""
        self._value: list[str] = []
        self._length = 0
        self._is_value = self._is_reading_aid = False

    def taken(self) -> list[list[str]]:
        done, self._done = self._done, []
        return done

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "row":
            self._row, self._place = [], 0
        elif tag == "c":
            self._place = _column(attributes.get("r", ""), self._place)
            self._kind, self._style = attributes.get("t", "n"), attributes.get("s", "")
            self._length = 0
            self._value.clear()
        elif tag == "rPh":
            self._is_reading_aid = True
        self._is_value = tag in ("v", "t") and not self._is_reading_aid

    def data(self, text: str) -> None:
        if self._is_value:
            self._length += len(text)
            if self._length > LONGEST_CELL:
                raise UnreadableWorkbook(f"has a cell of more than {LONGEST_CELL:,} characters")
            self._value.append(text)

    def end(self, tag: str) -> None:
        self._is_value = False
        if tag == "rPh":
            self._is_reading_aid = False
        elif tag == "c":
            text = self._text("".join(self._value))
            if text:
                self._row += [""] * (self._place - len(self._row))
                self._row.append(text)
            self._place += 1
        elif tag == "row" and self._row:
            self._done.append(self._row)

    def _text(self, value: str) -> str:
        if self._kind != "s":
            return cell_text(value, kind=self._kind, style=self._style, styles=self._styles)
        if not value.isdigit() or int(value) >= len(self._texts):
            raise UnreadableWorkbook("is damaged: a cell names a text that it does not hold")
        return self._texts[int(value)]


def _column(reference: str, following: int) -> int:
    """The place, from 0, of a cell that is called like ``AB12``; some writers leave the name out."""
    letters = LETTERS.match(reference)
    if letters is None:
        place = following
    else:
        place = 0
        for letter in letters[0]:
            place = place * 26 + ord(letter) - ord("A") + 1
        place -= 1
    if not following <= place < MOST_COLUMNS:
        raise UnreadableWorkbook(f"is damaged: cell {reference[:20]!r} stands out of order")
    return place


def _parse(
    book: zipfile.ZipFile,
    part: str,
    start: Handler,
    end: Callable[[str], None] | None = None,
    data: Callable[[str], None] | None = None,
) -> None:
    for _ in _fed(book, part, start, end, data):
        pass


def _fed(
    book: zipfile.ZipFile,
    part: str,
    start: Handler,
    end: Callable[[str], None] | None,
    data: Callable[[str], None] | None,
) -> Iterator[None]:
    """Feeds the part to the handlers, by names without their namespaces. Raises ``UnreadableWorkbook``."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = lambda tag, attributes: start(
        tag.rpartition(":")[2], {name.rpartition(":")[2]: value for name, value in attributes.items()}
    )
    parser.EndElementHandler = (lambda tag: end(tag.rpartition(":")[2])) if end else None
    parser.CharacterDataHandler = data
    parser.StartDoctypeDeclHandler = _refuse_document_type
    try:
        with book.open(part) as stream:
            yield from _feed(parser, stream)
    except KeyError:
        raise UnreadableWorkbook(f"holds no {part}: save it as .xlsx") from None
    except expat.ExpatError as error:
        raise UnreadableWorkbook(f"is damaged: {part} is no XML ({error})") from None


def _feed(parser: expat.XMLParserType, stream: IO[bytes]) -> Iterator[None]:
    fed = 0
    while chunk := stream.read(CHUNK):
        parser.Parse(chunk, False)
        fed += len(chunk)
        # What is not complete is read again with each chunk.
        if fed - parser.CurrentByteIndex > LONGEST_TOKEN:
            raise UnreadableWorkbook("holds a tag or a comment that never ends")
        yield
    parser.Parse(b"", True)
    yield


def _refuse_document_type(*_: object) -> None:
    raise UnreadableWorkbook("declares a document type, which no spreadsheet program does")
