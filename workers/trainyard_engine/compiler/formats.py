"""Tells what a file is by its first bytes; its name decides only between kinds of text."""

import re
from enum import StrEnum

HEAD_SIZE = 4096
"""Bytes of a file's beginning that are enough to tell its format."""


class Format(StrEnum):
    """Values are how a sentence calls them."""

    ZIP = "a zip archive"
    TAR = "a tar archive"
    GZIP = "a gzip file"
    BZIP2 = "a bzip2 file"
    XZ = "an xz file"
    SEVEN_ZIP = "a 7z archive"
    RAR = "a rar archive"
    ZSTD = "a Zstandard file"
    PARQUET = "a Parquet file"
    JSONL = "JSON lines"
    CSV = "CSV"
    UTF16 = "text in UTF-16 or UTF-32"
    JSON_ARRAY = "one JSON array"
    BINARY = "binary data"


SIGNATURES: tuple[tuple[int, bytes, Format], ...] = (
    (0, b"PK\x03\x04", Format.ZIP),
    (0, b"PK\x05\x06", Format.ZIP),
    (0, b"PK00PK\x03\x04", Format.ZIP),
    (0, b"\x1f\x8b", Format.GZIP),
    (0, b"BZh", Format.BZIP2),
    (0, b"\xfd7zXZ\x00", Format.XZ),
    (0, b"7z\xbc\xaf\x27\x1c", Format.SEVEN_ZIP),
    (0, b"Rar!\x1a\x07", Format.RAR),
    (0, b"\x28\xb5\x2f\xfd", Format.ZSTD),
    (257, b"ustar", Format.TAR),
    (0, b"PAR1", Format.PARQUET),
)
READABLE_ARCHIVES = frozenset({Format.ZIP, Format.TAR, Format.GZIP, Format.BZIP2, Format.XZ})
ARCHIVES = READABLE_ARCHIVES | {Format.SEVEN_ZIP, Format.RAR, Format.ZSTD}
READABLE_TABLES = frozenset({Format.PARQUET, Format.JSONL, Format.CSV})


def signature(head: bytes) -> Format | None:
    """The format whose magic bytes ``head`` carries, or ``None``."""
    return next((found for at, magic, found in SIGNATURES if head[at : at + len(magic)] == magic), None)


def tell_format(head: bytes, *, filename: str) -> Format:
    """The format of a file that begins with ``head`` (``HEAD_SIZE`` bytes, or the whole of a shorter file)."""
    known = signature(head)
    if known:
        return known
    if head.startswith((b"\xff\xfe", b"\xfe\xff", b"\0\0\xfe\xff")):
        return Format.UTF16
    if filename.lower().endswith(".tar"):
        return Format.TAR
    if b"\0" in head:
        return Format.BINARY
    text = head.removeprefix(b"\xef\xbb\xbf")
    if re.match(rb'\s*\{\s*["}]', text) or filename.lower().endswith((".jsonl", ".ndjson")):
        return Format.JSONL
    return Format.JSON_ARRAY if re.match(rb"\s*\[\s*[\[{\]]", text) else Format.CSV
