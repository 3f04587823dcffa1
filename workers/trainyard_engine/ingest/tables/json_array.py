"""Reads one JSON array (RFC 8259) item by item, so that the whole of it never has to fit into memory."""

import io
import json
import re
from collections.abc import Iterator
from typing import IO

from trainyard_engine.ingest.encodings import UTF8, UnknownEncoding, open_json
from trainyard_engine.ingest.problems import ProblemCode, ProblemLog
from trainyard_engine.ingest.request import CompileRequest

CHUNK = 1 << 20
"""Characters read at once."""
_BLANK = re.compile(r"[ \t\r\n]*")
_AFTER_ITEM = re.compile(r"[ \t\r\n,\]:}]")
"""What may follow an item of an array, or a key or a value of an object."""
_DECODER = json.JSONDecoder()


class DamagedArray(ValueError):
    """The text is no JSON array behind its first ``items`` items; the message says why."""

    def __init__(self, message: str, *, items: int) -> None:
        super().__init__(message)
        self.items = items


def array_rows(request: CompileRequest, log: ProblemLog) -> Iterator[str]:
    """The items of the uploaded array. Raises ``Rejected`` where it is damaged beyond reading on."""
    try:
        with open_json(request.source) as file, io.TextIOWrapper(file, UTF8, newline="") as text:
            yield from array_items(text, longest=request.limits.row_size)
    except UnknownEncoding as error:
        log.reject(ProblemCode.ENCODING, str(error), file=request.filename)
    except UnicodeDecodeError:
        message = "The file is not UTF-8 text. Save it in the encoding UTF-8."
        log.reject(ProblemCode.ENCODING, message, file=request.filename)
    except DamagedArray as error:
        message = f"The JSON array cannot be read beyond row {error.items:,}: {error}."
        log.reject(ProblemCode.INVALID_JSON, message, file=request.filename)


def array_items(file: IO[str], *, longest: int) -> Iterator[str]:
    """The items of the array that ``file`` holds, each as JSON in one line of at most ``longest`` characters.

    Raises ``DamagedArray`` and, like ``file``, ``UnicodeDecodeError``.
    """
    text = JsonAhead(file, longest)
    text.take("[")
    if text.next() == "]":
        text.take("]")
    else:
        yield text.item()
        while text.next() == ",":
            text.take(",")
            yield text.item()
        text.take("]")
    if text.next():
        raise text.damaged("something follows the end of the array")


class JsonAhead:
    """What was read of the file and not yet taken. Its methods raise ``DamagedArray``."""

    def __init__(self, file: IO[str], longest: int) -> None:
        self._file = file
        self._longest = longest
        self._text = ""
        self._at = 0
        self._is_whole = False
        self._items = 0

    def damaged(self, message: str) -> DamagedArray:
        return DamagedArray(message, items=self._items)

    def next(self) -> str:
        """The next sign that is not white space; empty at the end."""
        while True:
            found = _BLANK.match(self._text, self._at)
            self._at = found.end() if found else self._at
            if self._at < len(self._text) or not self._read():
                return self._text[self._at : self._at + 1]

    def take(self, sign: str) -> None:
        found = self.next()
        if found != sign:
            raise self.damaged(f"{sign} is expected and {found or 'the end'} found")
        self._at += 1

    def item(self) -> str:
        self.next()
        end, fault = self._end_of_item()
        # What is wrong may only be cut, and a number go on behind what was read.
        while (fault or not _AFTER_ITEM.match(self._text, end)) and self._may_be_longer() and self._read():
            end, fault = self._end_of_item()
        if fault and self._is_whole:
            raise self.damaged(fault)
        if fault or end - self._at > self._longest:
            raise self.damaged(f"an item is damaged, or longer than {self._longest:,} characters")
        begin, self._at = self._at, end
        self._items += 1
        # Line ends can only stand between the tokens of JSON.
        return self._text[begin:end].replace("\r", " ").replace("\n", " ")

    def _may_be_longer(self) -> bool:
        return len(self._text) - self._at <= self._longest

    def _end_of_item(self) -> tuple[int, str]:
        """Where it ends, and what is wrong with it as far as it was read."""
        try:
            return _DECODER.raw_decode(self._text, self._at)[1], ""
        except RecursionError:
            return 0, "it is nested too deeply"
        except json.JSONDecodeError as error:
            return 0, error.msg  # Its place is one in the part that was read, and not in the file.
        except ValueError as error:
            return 0, str(error)

    def _read(self) -> bool:
        """Whether there was more to read."""
        more = "" if self._is_whole else self._file.read(CHUNK)
        self._is_whole = not more
        self._text, self._at = self._text[self._at :] + more, 0
        return bool(more)
