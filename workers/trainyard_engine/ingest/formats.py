"""Tells what a file is by its first bytes; its name decides only between kinds of text."""

import re
from enum import StrEnum

from trainyard_engine.ingest.encodings import encoding_by_head

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
    WORKBOOK = "a workbook of a spreadsheet program"
    PARQUET = "a Parquet file"
    JSONL = "JSON lines"
    CSV = "CSV"
    JSON_ARRAY = "one JSON array"
    ARROW = "a Feather or Arrow file"
    NUMPY = "an array of NumPy"
    SQLITE = "an SQLite database"
    PDF = "a PDF document"
    RICH_TEXT = "a Rich Text document"
    WEB_PAGE = "a web page or XML"
    SQL = "a script of SQL"
    ARFF = "an ARFF file of Weka"
    SVMLIGHT = "a file of LIBSVM"
    TS = "a .ts file of the UCR and UEA archives"
    TSF = "a .tsf file of Monash's archive"
    ORC = "an ORC file"
    HDF5 = "an HDF5 file"
    PICKLE = "a pickle of Python"
    SPSS = "a file of SPSS"
    SAS = "a file of SAS"
    STATA = "a file of Stata"
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
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Format.WORKBOOK),
    (257, b"ustar", Format.TAR),
    (0, b"PAR1", Format.PARQUET),
    (0, b"ARROW1\0\0", Format.ARROW),
    (0, b"\x93NUMPY", Format.NUMPY),
    (0, b"SQLite format 3\0", Format.SQLITE),
    (0, b"%PDF-", Format.PDF),
    (0, b"{\\rtf", Format.RICH_TEXT),
    (0, b"\x89HDF\r\n\x1a\n", Format.HDF5),
    (0, b"\x80\x04\x95", Format.PICKLE),
    (0, b"\x80\x05\x95", Format.PICKLE),
    (0, b"$FL2@(#)", Format.SPSS),
    (0, b"\0" * 12 + b"\xc2\xea\x81\x60", Format.SAS),
    (0, b"<stata_dta>", Format.STATA),
)
CONTROLS = re.compile(rb"[\x01-\x08\x0e-\x1a\x1c-\x1f]")
NAME_OFFSET = 30
"""Where a zip has the name of its first file."""
WORKBOOK = re.compile(rb"\[Content_Types\]\.xml|_rels/\.rels|docProps/|xl/|mimetypeapplication/vnd\.oasis")
READABLE_ARCHIVES = frozenset({Format.ZIP, Format.TAR, Format.GZIP, Format.BZIP2, Format.XZ})
ARCHIVES = READABLE_ARCHIVES | {Format.SEVEN_ZIP, Format.RAR, Format.ZSTD}
READABLE_TABLES = frozenset({Format.PARQUET, Format.JSONL, Format.JSON_ARRAY, Format.CSV})


def signature(head: bytes) -> Format | None:
    """The format whose magic bytes ``head`` carries, or ``None``."""
    return next((found for at, magic, found in SIGNATURES if head[at : at + len(magic)] == magic), None)


def tell_format(head: bytes, *, filename: str) -> Format:
    """The format of a file that begins with ``head`` (``HEAD_SIZE`` bytes, or the whole of a shorter file)."""
    known = signature(head)
    if known:
        return Format.WORKBOOK if known is Format.ZIP and WORKBOOK.match(head, NAME_OFFSET) else known
    encoding = encoding_by_head(head)
    if encoding:
        head = head[encoding.mark :].decode(encoding.codec, "ignore").encode()
    if filename.lower().endswith(".tar"):
        return Format.TAR
    if b"\0" in head and CONTROLS.search(head):
        return Format.BINARY
    if re.match(rb"\s*\[\s*[\[{\]]", head):
        return Format.JSON_ARRAY
    is_jsonl = re.match(rb"\s*\{\s*[\"'}]", head) or filename.lower().endswith((".jsonl", ".ndjson"))
    return Format.JSONL if is_jsonl else Format.CSV
