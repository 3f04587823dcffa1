"""The names in an archive, which every tool writes in its own way, read in one."""

import re
import struct
import unicodedata
import zipfile
import zlib

UTF8_FLAG = 0x800
UNICODE_PATH = 0x7075
"""The extra field in which Info-ZIP keeps a name in UTF-8: version, CRC-32 of the name it stands for, name."""
IGNORED_FILES = frozenset({"thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r"})
IGNORED_FOLDERS = frozenset({"__MACOSX", "@eaDir", "$RECYCLE.BIN", "System Volume Information"})
DRIVE = re.compile(r"[A-Za-z]:")


def zip_name(info: zipfile.ZipInfo) -> str:
    """The name of a zip member. Few tools flag their UTF-8, and hardly any other name happens to be valid UTF-8."""
    if info.flag_bits & UTF8_FLAG:
        return info.orig_filename
    raw = info.orig_filename.encode("cp437")
    try:
        return (_unicode_path(info.extra, raw) or raw).decode()
    except UnicodeDecodeError:
        return info.orig_filename


def _unicode_path(extra: bytes, raw: bytes) -> bytes | None:
    while len(extra) >= 4:
        identifier, size = struct.unpack_from("<HH", extra)
        field, extra = extra[4 : 4 + size], extra[4 + size :]
        if identifier == UNICODE_PATH and field[:5] == b"\x01" + zlib.crc32(raw).to_bytes(4, "little"):
            return field[5:]
    return None


def normalized(raw: str) -> str:
    """``raw`` in Unicode's form NFC, with single slashes however they lean, and without ``.`` between them.

    A name that begins at the root still does.
    """
    name = unicodedata.normalize("NFC", raw).replace("\\", "/")
    parts = [part for part in name.split("/") if part not in ("", ".")]
    return "/" * name.startswith("/") + "/".join(parts)


def points_outside(name: str) -> bool:
    """Whether a normalized name may lie elsewhere than below the archive's own folder."""
    return name.startswith("/") or ".." in name.split("/") or DRIVE.match(name) is not None


def is_ignored(name: str) -> bool:
    """Whether a normalized name is one of those that systems leave behind and no dataset means to hold."""
    parts = name.split("/")
    return (
        parts[-1].lower() in IGNORED_FILES
        or not IGNORED_FOLDERS.isdisjoint(parts)
        or any(part.startswith(".") for part in parts)
    )
