"""The entries of a zip or tar archive as one stream, on top of the standard library's readers and wary of them."""

import bz2
import errno
import gzip
import lzma
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import IO, cast

from trainyard_common.bounded_zip import BoundedZip
from trainyard_engine.ingest.archives.archive_names import UTF8_FLAG, zip_name
from trainyard_engine.ingest.formats import Format
from trainyard_engine.ingest.limits import IngestLimits

DAMAGED = (
    zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, EOFError, OSError, struct.error, ValueError,
    NotImplementedError, RecursionError,
)  # fmt: skip
"""What the standard library raises for damaged archives; an ``OSError`` may also mean something else. tarfile reads a
header that only describes the next one within the reading of the one before."""
DAMAGE_NUMBERS = frozenset({None, errno.EINVAL})
"""``errno`` of an ``OSError`` for damage: none from bz2 and gzip, invalid argument from a seek to nowhere."""
ZIP_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
"""The others can unpack to gigabytes in one step of the standard library's reader."""
METHODS = {9: "Deflate64, as Windows does for large folders", 12: "BZip2", 14: "LZMA", 93: "Zstandard", 98: "PPMd"}
DOS_DIRECTORY = 0x10
LOCAL_HEADER = struct.Struct("<4s22xHH")
"""What stands before a zip member: its signature, and the lengths of its name and of what follows that."""
LOCAL_SIGNATURE = b"PK\x03\x04"
UNUSUAL_FLAGS = 0x1 | 0x20 | 0x40
"""Encrypted, patched, strongly encrypted."""
LARGEST_OVERHEAD = 1 << 16
"""Bytes by which a packed member may be larger than unpacked, to be read at once: so much memory it takes."""
BLOCK = 512
"""Bytes; the unit of tar, whose end is marked by blocks of zeros."""


def raise_unless_damage(error: Exception) -> None:
    """Raises ``error`` again if a disk or a system call failed, and not the archive."""
    if isinstance(error, OSError) and error.errno not in DAMAGE_NUMBERS:
        raise error


class EntryKind(Enum):
    FILE = auto()
    DIRECTORY = auto()
    LINK = auto()
    SPECIAL = auto()
    ENCRYPTED = auto()
    COMPRESSED_OTHERWISE = auto()


@dataclass(frozen=True, slots=True)
class Entry:
    """What an archive says about one of its entries; ``read`` returns at most ``size`` bytes."""

    name: str
    size: int
    kind: EntryKind
    read: Callable[[], bytes]
    method: str = "no method"
    """How it is compressed, in words."""


def zip_entries(file: IO[bytes], limits: IngestLimits) -> Iterator[Entry]:
    """Raises ``TooManyEntries`` before all of too many are held in memory."""
    with BoundedZip(file, most=limits.archive_files) as archive:
        for info in archive.infolist():
            name = zip_name(info)
            method = METHODS.get(info.compress_type, f"method {info.compress_type}")
            yield Entry(name, info.file_size, _zip_kind(info, name), _zip_reader(archive, info, file), method)


def _zip_reader(archive: zipfile.ZipFile, info: zipfile.ZipInfo, file: IO[bytes]) -> Callable[[], bytes]:
    def read() -> bytes:
        at_once = _read_at_once(file, info)
        if at_once is not None:
            return at_once
        with archive.open(info) as member:
            # A read without a size unpacks everything there is before it cuts to the size the entry claims.
            content = member.read(info.file_size + 1)
        if len(content) != info.file_size:
            raise zipfile.BadZipFile("it is shorter than it claims")
        return content

    return read


def _read_at_once(file: IO[bytes], info: zipfile.ZipInfo) -> bytes | None:
    """The content of a member that is in order; ``None`` where the standard library should say what is wrong.

    Its reader is made for streams: for an image of 2 kB it takes longer than decoding.
    """
    if info.flag_bits & UNUSUAL_FLAGS or info.compress_size > info.file_size + LARGEST_OVERHEAD:
        return None
    file.seek(info.header_offset)
    header = file.read(LOCAL_HEADER.size)
    if len(header) < LOCAL_HEADER.size:
        return None
    signature, name_length, extra_length = LOCAL_HEADER.unpack(header)
    name, rest = file.read(name_length), file.read(extra_length + info.compress_size)
    encoding = "utf-8" if info.flag_bits & UTF8_FLAG else "cp437"
    if signature != LOCAL_SIGNATURE or name.decode(encoding, "replace") != info.orig_filename:
        return None
    content = rest[extra_length:]
    if info.compress_type == zipfile.ZIP_DEFLATED:
        unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
        try:
            content = unpacker.decompress(content, info.file_size + 1)
        except zlib.error:
            return None
    return content if len(content) == info.file_size and zlib.crc32(content) == info.CRC else None


def _zip_kind(info: zipfile.ZipInfo, name: str) -> EntryKind:
    mode = stat.S_IFMT(info.external_attr >> 16)
    if mode == stat.S_IFLNK:
        return EntryKind.LINK
    is_empty_folder = info.file_size == 0 and (mode == stat.S_IFDIR or info.external_attr & DOS_DIRECTORY)
    if name.endswith(("/", "\\")) or is_empty_folder:
        return EntryKind.DIRECTORY
    if mode not in (0, stat.S_IFREG):
        return EntryKind.SPECIAL
    if info.flag_bits & 1:
        return EntryKind.ENCRYPTED
    return EntryKind.FILE if info.compress_type in ZIP_METHODS else EntryKind.COMPRESSED_OTHERWISE


def tar_entries(file: IO[bytes], packing: Format, unpacked_size: int, limits: IngestLimits) -> Iterator[Entry]:
    with _unpacked_stream(file, packing) as stream:
        guarded = _GuardedStream(stream, largest_read=limits.archive_file_size, largest_offset=unpacked_size * 2)
        with tarfile.open(fileobj=cast("IO[bytes]", guarded), mode="r:", encoding="utf-8") as archive:
            while (info := _next(archive)) is not None:
                yield Entry(info.name, info.size, _tar_kind(info), _tar_reader(archive, info))
        # tarfile takes an unreadable header for the end.
        if guarded.last_read != bytes(BLOCK):
            raise tarfile.ReadError("it is cut off or overwritten")


def _next(archive: tarfile.TarFile) -> tarfile.TarInfo | None:
    info = archive.next()
    # It remembers all that it has read, for lookups by name.
    archive.members.clear()  # type: ignore[attr-defined]
    return info


def _tar_reader(archive: tarfile.TarFile, info: tarfile.TarInfo) -> Callable[[], bytes]:
    def read() -> bytes:
        member = archive.extractfile(info)
        if member is None:
            raise tarfile.ReadError("it has no content")
        with member:
            return member.read()

    return read


def _tar_kind(info: tarfile.TarInfo) -> EntryKind:
    if info.issym() or info.islnk():
        return EntryKind.LINK
    if info.isdir():
        return EntryKind.DIRECTORY
    return EntryKind.FILE if info.isreg() and not info.issparse() else EntryKind.SPECIAL


def _unpacked_stream(file: IO[bytes], packing: Format) -> IO[bytes]:
    match packing:
        case Format.GZIP:
            return cast("IO[bytes]", gzip.GzipFile(fileobj=file))
        case Format.BZIP2:
            return bz2.BZ2File(file)
        case Format.XZ:
            return lzma.LZMAFile(file)
        case _:
            return file


class _GuardedStream:
    """Refuses what no honest archive needs: tar headers can claim names of gigabytes, one after the other."""

    def __init__(self, stream: IO[bytes], *, largest_read: int, largest_offset: int) -> None:
        self._stream = stream
        self._largest_read = largest_read
        self._largest_offset = largest_offset
        self.seek = stream.seek
        self.tell = stream.tell
        self.last_read = b""

    def read(self, size: int) -> bytes:
        if size > self._largest_read or self._stream.tell() > self._largest_offset:
            raise tarfile.ReadError("a header claims an impossible size")
        self.last_read = self._stream.read(size)
        return self.last_read
