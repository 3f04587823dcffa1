"""Tells how a text is encoded, and reads it as UTF-8: by its mark, or because it is UTF-8, or as Windows-1252."""

import codecs
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Any

from trainyard_engine.ingest.limits import MIB

UTF8 = "utf-8"
WINDOWS = "cp1252"
MARKS = (
    (codecs.BOM_UTF8, UTF8),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
"""Longer ones first: that of UTF-16 begins that of UTF-32."""
HEAD_SIZE = 4096
MOST_WORDS = 1000
LEAST_PLAUSIBLE = 0.8
"""Of the words with bytes beyond ASCII, for them to be Windows-1252."""

_STRAY = re.compile("[\udc80-\udcff]")
_MANY_BYTES = re.compile("[^\0-\x7f\udc80-\udcff]")
_WORD = re.compile(rb"[A-Za-z\x80-\xff]*[\x80-\xff][A-Za-z\x80-\xff]*")
_SMALL, _CAPITAL, _SIGNS = "ß-öø-ÿšœž", "À-ÖØ-ÞŠŒŽŸ", "‚„†‡ˆ‰‹›¡-©«¬®-´¶¸¹»-¿×÷"
_WRONG = re.compile(
    rf"(?![äöüßÄÖÜ]+$)(?:^[{_SMALL}{_CAPITAL}]{{2,}}$|[{_SMALL}{_CAPITAL}]{{4}})|ƒ"  # other scripts have no others
    rf"|‚.{{1,2}}‚"  # what each sign of Japanese begins with in Shift JIS
    rf"|[a-z{_SMALL}][{_CAPITAL}]|[{_SMALL}][A-Z]"  # no capital follows a small letter
    rf"|[^\W\d_][{_SIGNS}](?=[^\W\d_])|[^\W\d_][‚„¡-¦¨¬´¶¸¼-¿×÷]$|[{_SIGNS}]{{3}}"  # signs stand at few places
    rf"|^(?P<sign>[{_SIGNS}])(?!(?P=sign)*$)[{_SIGNS}]+$"  # syllables of Korean in EUC-KR are two of them
)
"""Of words, what tells that they are not in Windows-1252."""


@dataclass(frozen=True, slots=True)
class Encoding:
    """``codec`` is Python's name; the text begins behind ``mark`` bytes. ``sample`` are words of a text not marked.

    ``errors`` is Python's name for what becomes of bytes that are none of the encoding.
    """

    codec: str
    mark: int = 0
    sample: tuple[str, ...] = ()
    errors: str = "strict"


class UnknownEncoding(ValueError):
    """The text is in none of those that are read; the message is a sentence that says so."""


class DamagedUtf8(UnknownEncoding):
    """Most of the text is UTF-8."""

    def __init__(self, line: int) -> None:
        super().__init__(f"Line {line:,} is not UTF-8 text, as others are. Save the file in the encoding UTF-8.")


def encoding_by_head(head: bytes) -> Encoding | None:
    """What the first bytes tell: a mark, or UTF-16 without one; ``None`` if they tell nothing."""
    for mark, codec in MARKS:
        if head.startswith(mark):
            return Encoding(codec, len(mark))
    if b"\0" not in head:
        return None
    whole = head[:HEAD_SIZE]
    found = [codec for codec in ("utf-16-le", "utf-16-be") if _is_text(whole[: len(whole) // 2 * 2], codec)]
    return Encoding(found[0]) if len(found) == 1 else None


def encoding_of(file: IO[bytes]) -> Encoding:
    """Reads ``file`` once from its beginning, if its first bytes do not tell. Raises ``UnknownEncoding``."""
    file.seek(0)
    marked = encoding_by_head(file.read(HEAD_SIZE))
    if marked is not None and marked.codec != UTF8:
        return marked
    known = marked or Encoding(UTF8)
    if _is_utf8(_chunks(file, known.mark)):
        return known
    return _unmarked(_chunks(file, known.mark))


def as_utf8(content: bytes) -> tuple[bytes, Encoding]:
    """A whole text in UTF-8, and how it was encoded. Raises ``UnknownEncoding``."""
    if content.isascii():
        return content, Encoding(UTF8)
    found = encoding_of(io.BytesIO(content))
    text = content[found.mark :]
    if found.codec == UTF8:
        return text, found
    try:
        return text.decode(found.codec).encode(), found
    except UnicodeError as error:
        raise UnknownEncoding(damaged(found)) from error


def open_as_utf8(path: Path) -> tuple[IO[bytes], Encoding]:
    """The text behind its mark, as UTF-8, and how it is encoded.

    Raises ``UnknownEncoding`` at once, or while the text is read.
    """
    file = path.open("rb")
    try:
        found = encoding_of(file)
    except UnknownEncoding:
        file.close()
        raise
    file.seek(found.mark)
    return (file if found.codec == UTF8 else io.BufferedReader(Utf8Stream(recoded(file, found), file), MIB)), found


def open_json(path: Path) -> IO[bytes]:
    """The file as UTF-8: JSON is, or by its mark UTF-16, which some shells write.

    Raises ``UnknownEncoding`` while the text is read; what is neither is left to the reader to tell.
    """
    file = path.open("rb")
    encoding = encoding_by_head(file.read(HEAD_SIZE)) or Encoding(UTF8)
    file.seek(encoding.mark)
    return file if encoding.codec == UTF8 else io.BufferedReader(Utf8Stream(recoded(file, encoding), file))


def recoded(file: IO[bytes], encoding: Encoding) -> Iterator[bytes]:
    """The rest of ``file`` as UTF-8, a piece at a time. Raises ``UnknownEncoding`` where it breaks off."""
    decoder = codecs.getincrementaldecoder(encoding.codec)()
    try:
        for chunk in iter(partial(file.read, MIB), b""):
            yield decoder.decode(chunk).encode()
        yield decoder.decode(b"", final=True).encode()
    except UnicodeError as error:
        raise UnknownEncoding(damaged(encoding)) from error


class Utf8Stream(io.RawIOBase):
    """Bytes that come in pieces as a file to read once."""

    def __init__(self, chunks: Iterable[bytes], file: IO[bytes] | None = None) -> None:
        self._chunks = iter(chunks)
        self._file = file
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        """Fills as much of ``buffer`` as there is, and returns the number of bytes: 0 at the end."""
        room = memoryview(buffer)
        filled = 0
        while filled < len(room):
            if not self._rest:
                chunk = next(self._chunks, None)
                if chunk is None:
                    break
                self._rest = memoryview(chunk)
                continue
            taken = self._rest[: len(room) - filled]
            room[filled : filled + len(taken)] = taken
            filled += len(taken)
            self._rest = self._rest[len(taken) :]
        return filled

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
        super().close()


def damaged(encoding: Encoding) -> str:
    """The sentence for a text that breaks off its encoding."""
    return f"The text begins in {encoding.codec.upper()} and is damaged further on. Save it again, in UTF-8."


def warning(encoding: Encoding) -> str:
    """The sentence for a text that was read as Windows-1252 because it is nothing else."""
    words = ", ".join(map(repr, encoding.sample))
    return f"The text is not UTF-8 and was read as Windows-1252, which makes {words} of it. Save it in UTF-8 if not so."


def _chunks(file: IO[bytes], begin: int) -> Iterator[bytes]:
    file.seek(begin)
    return iter(partial(file.read, MIB), b"")


def _is_text(content: bytes, codec: str) -> bool:
    try:
        text = codecs.getincrementaldecoder(codec)().decode(content)
    except UnicodeError:
        return False
    is_plain = all(sign in "\t\r\n" or unicodedata.category(sign)[0] != "C" for sign in text)
    return is_plain and any(sign.isascii() for sign in text)


def _is_utf8(chunks: Iterable[bytes]) -> bool:
    decoder = codecs.getincrementaldecoder(UTF8)()
    try:
        for chunk in chunks:
            if decoder.getstate()[0] or not chunk.isascii():
                decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _unmarked(chunks: Iterable[bytes]) -> Encoding:
    """Windows-1252, if the text has words like it. Raises ``UnknownEncoding``."""
    decoder = codecs.getincrementaldecoder(UTF8)("surrogateescape")
    strays = characters = 0
    line = 1
    words: list[bytes] = []
    for chunk in chunks:
        decoded = decoder.decode(chunk)
        if not strays:
            first = _STRAY.search(decoded)
            line += decoded.count("\n", 0, first.start() if first else len(decoded))
        strays += len(_STRAY.findall(decoded))
        characters += len(_MANY_BYTES.findall(decoded))
        words += [found.group() for found in _WORD.finditer(chunk)][: MOST_WORDS - len(words)]
    if characters and characters >= strays:
        raise DamagedUtf8(line)
    plausible = [text for word in words if (text := _plausible(word)) is not None]
    if len(plausible) < LEAST_PLAUSIBLE * len(words):
        implausible = next(word for word in words if _plausible(word) is None)
        odd = implausible.decode(WINDOWS, "replace")
        raise UnknownEncoding(
            "The text is in an encoding other than UTF-8, UTF-16 and Windows-1252, as which it would say"
            f" {odd[:40]!r}. Save it in the encoding UTF-8."
        )
    return Encoding(WINDOWS, sample=tuple(dict.fromkeys(plausible))[:3])


def _plausible(word: bytes) -> str | None:
    """``word`` if it can be a word, or a sign, in Windows-1252."""
    try:
        text = word.decode(WINDOWS)
    except UnicodeDecodeError:
        return None
    return None if _WRONG.search(text) else text
