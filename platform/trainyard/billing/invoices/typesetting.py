"""Typesetting of documents: typst renders plain text as PDF/A-3.

PDF/A allows no character without a glyph. The fonts that typst ships cover Latin, Greek and Cyrillic; for other
scripts, such as Chinese, the system fonts are searched. A character that no font has is printed as a question mark, so
that no name prevents a document from being made.
"""

import json
import re
import unicodedata
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from trainyard.core.connections import blocked

TEMPLATE = Path(__file__).with_name("templates") / "invoice.typ"
STANDARD: Final = "a-3b"
MOST_TAGGED_LINES = 1_000
"""Tags let screen readers follow a table; those of more lines would be most of the file."""
BUNDLED = (
    (0x20, 0x7E),
    (0xA0, 0x2FF),
    (0x370, 0x377),
    (0x37A, 0x37F),
    (0x384, 0x38A),
    (0x38E, 0x3A1),
    (0x3A3, 0x4FF),
    (0x1E00, 0x1EFF),
    (0x2010, 0x2027),
    (0x20A0, 0x20C0),
    (0x2212, 0x2212),
)
"""What the fonts have that typst brings: first and last of ranges of code points."""
_NOT_BUNDLED = re.compile("[^{}]".format("".join(f"\\u{first:04x}-\\u{last:04x}" for first, last in BUNDLED)))
UNKNOWN = "?"


def compiled(content: dict[str, Any], *, made_at: datetime) -> bytes:
    """``content`` in the template, as PDF. Holds no database connection meanwhile."""
    import typst

    texts = _each_text(content, printable)
    with blocked():
        if not any(_NOT_BUNDLED.search(text) for text in _texts(texts)):
            return _pdf(texts, made_at=made_at, is_bundled=True)
        try:
            return _pdf(texts, made_at=made_at, is_bundled=False)
        except typst.TypstError:
            known = _each_text(texts, lambda text: _NOT_BUNDLED.sub(UNKNOWN, text))
            return _pdf(known, made_at=made_at, is_bundled=True)


def printable(text: str) -> str:
    """``text`` composed (NFC), with a space for each character that is none to be seen, such as a control character."""
    return "".join(each if each.isprintable() else " " for each in unicodedata.normalize("NFC", text))


def _texts(content: Any) -> Iterator[str]:
    """Every text in ``content``, at any depth."""
    if isinstance(content, str):
        yield content
        return
    for each in content.values() if isinstance(content, dict) else content:
        yield from _texts(each)


def _each_text(content: Any, change: Callable[[str], str]) -> Any:
    if isinstance(content, str):
        return change(content)
    if isinstance(content, dict):
        return {key: _each_text(value, change) for key, value in content.items()}
    return [_each_text(each, change) for each in content]


def _pdf(content: dict[str, Any], *, made_at: datetime, is_bundled: bool) -> bytes:
    import typst

    page: bytes = typst.compile(
        TEMPLATE.read_bytes(),
        sys_inputs={"data": json.dumps(content)},
        ignore_system_fonts=is_bundled,
        format="pdf",
        pdf_standards=[STANDARD],
        pdf_tags=len(content["lines"]) <= MOST_TAGGED_LINES,
        timestamp=int(made_at.timestamp()),
    )
    return page
