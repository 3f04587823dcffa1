"""Reads the files of an untrusted zip or tar archive, one after the other, without unpacking anything to disk."""

import gzip
import re
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

from trainyard_common.bounded_zip import TooManyEntries
from trainyard_engine.ingest.archives.archive_names import is_ignored, normalized, points_outside
from trainyard_engine.ingest.archives.entries import (
    DAMAGED,
    Entry,
    EntryKind,
    raise_unless_damage,
    tar_entries,
    zip_entries,
)
from trainyard_engine.ingest.formats import (
    ARCHIVES,
    HEAD_SIZE,
    READABLE_ARCHIVES,
    READABLE_TABLES,
    Format,
    signature,
    tell_format,
)
from trainyard_engine.ingest.limits import IngestLimits
from trainyard_engine.ingest.problems import ProblemCode, ProblemLog

LONGEST_NAME = 1_000
ARCHIVE_SUFFIXES = (".zip", ".tar", ".tgz", ".gz", ".tbz2", ".bz2", ".txz", ".xz", ".7z", ".rar", ".zst")
NOT_TEXT = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
REFUSED_KINDS: dict[EntryKind, tuple[ProblemCode, str]] = {
    EntryKind.LINK: (ProblemCode.LINK_IN_ARCHIVE, "This is a link. Put the file itself into the archive."),
    EntryKind.SPECIAL: (ProblemCode.SPECIAL_FILE, "This is a device, pipe or sparse file. Leave it out."),
    EntryKind.ENCRYPTED: (ProblemCode.ENCRYPTED_ARCHIVE, "This file needs a password. Pack the archive without one."),
    EntryKind.COMPRESSED_OTHERWISE: (
        ProblemCode.UNSUPPORTED_COMPRESSION,
        "This file is compressed by {method}. Zip it again with the method deflate, or pack a .tar.gz.",
    ),
}


def _not_an_archive(kind: Format, filename: str) -> str:
    if kind not in ARCHIVES and filename.lower().endswith(ARCHIVE_SUFFIXES):
        return "The file is named like an archive and does not begin like one: it is damaged. Pack or send it again."
    hint = ""
    if kind in READABLE_TABLES:
        hint = (
            " Of pictures or recordings in a table write each to a file, in a folder of its class; rows of pixels are"
        )
        hint += " numbers, for tabular_classification."
    return f"Class folders come as a zip or tar archive, and this is {kind}.{hint}"


def archived_files(
    source: Path, *, filename: str, log: ProblemLog, limits: IngestLimits
) -> Iterator[tuple[str, bytes]]:
    """Yields (name, content) of each ordinary file in the archive's order; names are relative, with single slashes,
    in Unicode's form NFC.

    What no dataset means to hold (dot files, ``__MACOSX``, ``Thumbs.db``) is passed over. Everything refused is added
    to ``log``. Raises ``Rejected`` when reading on would be pointless or unsafe.
    """
    with source.open("rb") as file:
        kind = tell_format(file.read(HEAD_SIZE), filename=filename)
        file.seek(0)
        if kind not in READABLE_ARCHIVES:
            log.reject(ProblemCode.NOT_AN_ARCHIVE, _not_an_archive(kind, filename), file=filename)
        gate = _Gate(packed_size=source.stat().st_size, filename=filename, log=log, limits=limits)
        is_zip = kind is Format.ZIP
        entries = zip_entries(file, limits) if is_zip else tar_entries(file, kind, gate.unpacked_size, limits)
        for entry in _until_damage(entries, gate):
            name = gate.admit(entry)
            content = _content(entry, name, log) if name else None
            if name and content is not None:
                yield name, content


def _until_damage(entries: Iterator[Entry], gate: "_Gate") -> Iterator[Entry]:
    try:
        yield from entries
    except TooManyEntries:
        gate.reject_too_many()
    except DAMAGED as error:
        raise_unless_damage(error)
        gate.reject_damaged(error)


def _content(entry: Entry, name: str, log: ProblemLog) -> bytes | None:
    try:
        content = entry.read()
    except DAMAGED as error:
        raise_unless_damage(error)
        log.add(ProblemCode.DAMAGED_ARCHIVE, f"This file cannot be unpacked ({error}). Pack it again.", file=name)
        return None
    nested = signature(content[:HEAD_SIZE])
    # Documents of office programs are zip archives too; by the tasks they are left out like any other file.
    if nested in ARCHIVES and name.lower().endswith(ARCHIVE_SUFFIXES):
        message = f"This is {nested} inside the archive. Unpack it and put its files into class folders."
        log.add(ProblemCode.NESTED_ARCHIVE, message, file=name)
        return None
    return content


class _Gate:
    """Decides which entries may be read."""

    def __init__(self, *, packed_size: int, filename: str, log: ProblemLog, limits: IngestLimits) -> None:
        self._filename = filename
        self._log = log
        self._limits = limits
        self._entries = 0
        self._unpacked = 0
        self.unpacked_size = min(
            limits.unpacked_size, max(limits.ratio_exempt_size, packed_size * limits.unpacked_ratio)
        )
        """Bytes the archive may unpack to."""
        self._seen: set[str] = set()

    def admit(self, entry: Entry) -> str | None:
        """The clean name of an entry worth reading. Raises ``Rejected`` for a bomb."""
        self._count(entry)
        if entry.kind is EntryKind.DIRECTORY:
            return None
        name = self._checked_name(entry.name)
        if name is None:
            return None
        if entry.kind in REFUSED_KINDS:
            code, message = REFUSED_KINDS[entry.kind]
            self._log.add(code, message.format(method=entry.method), file=name)
            return None
        if entry.size > self._limits.archive_file_size:
            message = f"This file has {entry.size:,} bytes; {self._limits.archive_file_size:,} are allowed. Shrink it."
            self._log.add(ProblemCode.FILE_TOO_LARGE, message, file=name)
            return None
        if name in self._seen:
            self._log.add(ProblemCode.DUPLICATE_NAME, "Two files have this name. Rename one.", file=name)
            return None
        self._seen.add(name)
        return name

    def reject_damaged(self, error: Exception) -> NoReturn:
        """Raises ``Rejected``: not an archive if not even the first entry could be read, else a damaged one."""
        if self._entries == 0 and isinstance(error, zipfile.BadZipFile | tarfile.ReadError | gzip.BadGzipFile):
            code, what = ProblemCode.NOT_AN_ARCHIVE, "cannot be read as a zip or tar archive"
        else:
            code, what = ProblemCode.DAMAGED_ARCHIVE, f"is damaged after {self._entries} entries"
        self._log.reject(code, f"The file {what} ({error}). Pack it again and upload it whole.", file=self._filename)

    def reject_too_many(self) -> NoReturn:
        """Raises ``Rejected``."""
        message = f"The archive has more than {self._limits.archive_files:,} entries. Split it into two datasets."
        self._log.reject(ProblemCode.TOO_MANY_FILES, message, file=self._filename)

    def _count(self, entry: Entry) -> None:
        self._entries += 1
        if self._entries > self._limits.archive_files:
            self.reject_too_many()
        self._unpacked += entry.size
        if self._unpacked > self.unpacked_size:
            message = f"The archive would unpack to more than {self.unpacked_size:,} bytes, too many for its size."
            self._log.reject(ProblemCode.ARCHIVE_BOMB, message, file=self._filename)

    def _checked_name(self, raw: str) -> str | None:
        """``None`` for what is passed over, and for what becomes a problem."""
        name = normalized(raw)
        shown = NOT_TEXT.sub("\N{REPLACEMENT CHARACTER}", raw)[:LONGEST_NAME].encode("utf-8", "replace").decode()
        if points_outside(name):
            message = "This name may point outside the archive. Use relative names like cat/001.png."
            self._log.add(ProblemCode.PATH_TRAVERSAL, message, file=shown)
            return None
        if is_ignored(name):
            return None
        if not name or len(name) > LONGEST_NAME or NOT_TEXT.search(name):
            message = "This name is too long, not UTF-8, or holds control characters. Rename the file."
            self._log.add(ProblemCode.BAD_NAME, message, file=shown)
            return None
        return name
