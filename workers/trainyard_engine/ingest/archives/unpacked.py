"""A table that comes packed: alone in a zip, gzip, bzip2 or xz, or as a sheet of a workbook."""

import bz2
import csv
import gzip
import io
import lzma
import re
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import IO, Any

from trainyard_common.bounded_zip import BoundedZip, TooManyEntries
from trainyard_engine.ingest.archives.archive_names import is_ignored, normalized, zip_name
from trainyard_engine.ingest.archives.entries import DAMAGED, UNUSUAL_FLAGS, ZIP_METHODS, raise_unless_damage
from trainyard_engine.ingest.archives.parallel_texts import as_table, parallel_files
from trainyard_engine.ingest.formats import HEAD_SIZE, Format, tell_format
from trainyard_engine.ingest.problems import ProblemCode, ProblemLog, WarningCode
from trainyard_engine.ingest.request import CompileRequest
from trainyard_engine.ingest.split_folders import FOLDERS, part_of_table
from trainyard_engine.ingest.tables.class_names import LONGEST, Names, names_in, states_names
from trainyard_engine.ingest.tables.workbooks import UnreadableWorkbook, first_sheet, rows_of_sheet
from trainyard_spec.datasets import PARTS
from trainyard_spec.tasks import Task

TABLES = frozenset(
    {
        *(Task.TABULAR_CLASSIFICATION, Task.TABULAR_REGRESSION, Task.TIME_SERIES_FORECASTING),
        *(Task.SEQUENCE_CLASSIFICATION, Task.RECOMMENDATION, Task.TRANSLATION, Task.SENTENCE_EMBEDDING),
    }
)
LINES = frozenset({Task.INSTRUCTION_TUNING, Task.PREFERENCE_TUNING, Task.TOKEN_CLASSIFICATION})
"""Tasks whose data are JSON lines, or the like: no sheet of a workbook, and a zip of them is none of their forms."""
STREAMS: dict[Format, Callable[[IO[bytes]], Any]] = {
    Format.GZIP: lambda file: gzip.GzipFile(fileobj=file),
    Format.BZIP2: bz2.BZ2File,
    Format.XZ: lzma.LZMAFile,
}
COLUMNS_OF_TAGS = (
    ".conll",
    ".conllu",
    ".iob",
    ".iob2",
    ".bio",
    ".train",
    ".dev",
    ".valid",
    ".test",
    ".testa",
    ".testb",
)
"""What files of a token and its tag in each line are called, beside ``.txt``."""
NO_DATA = re.compile(r"(?i)(.*/)?(read[ _-]?me|licen[cs]e|copying|notice|changelog|citation)[^/]*\.(txt|md)")
ENDINGS = (".csv", ".tsv", ".jsonl", ".ndjson", ".json", ".parquet", ".xlsx", ".ts", ".tsf", ".arff")
TARS = (".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")
CHUNK = 1 << 20


@contextmanager
def unpacked(request: CompileRequest, directory: Path, log: ProblemLog) -> Iterator[CompileRequest]:
    """``request`` for the table that its file holds, in a file in ``directory`` while the block lasts; else as it is.

    Raises ``Rejected`` for a file that holds several, is damaged, or unpacks out of proportion.
    """
    with request.source.open("rb") as file:
        found = tell_format(file.read(HEAD_SIZE), filename=request.filename)
        file.seek(0)
        if not _may_be_packed(request, found):
            yield request
            return
        with tempfile.NamedTemporaryFile(dir=directory) as unpacked_file:
            inner = TableUnpacking(request, directory, log).unpack(file, found, unpacked_file)
            unpacked_file.flush()
            inner = replace(inner, source=Path(unpacked_file.name))
            if Path(inner.filename).suffix.lower() != ".xlsx" or found is Format.WORKBOOK:
                yield inner
                return
            with unpacked(inner, directory, log) as sheet:
                yield sheet


def _may_be_packed(request: CompileRequest, found: Format) -> bool:
    of_texts = request.task in (Task.TEXT_CLASSIFICATION, Task.TEXT_REGRESSION, Task.LANGUAGE_MODELLING)
    is_table = request.task in TABLES or (of_texts and request.options.text is not None)
    if found is Format.WORKBOOK:
        with request.source.open("rb") as file:
            return is_table and file.read(2) == b"PK"
    if found in STREAMS and (
        of_texts or request.task in LINES
    ):  # whose tars are archives of texts, or no form of theirs
        return not request.filename.lower().endswith(TARS) and (is_table or not of_texts)
    if of_texts:
        return is_table and found is Format.ZIP and _holds_tables(request)
    return (is_table or request.task in LINES) and (found is Format.ZIP or found in STREAMS)


def _holds_tables(request: CompileRequest) -> bool:
    """Whether a zip is of tables, beside which a README may stand, and not of texts."""
    try:
        with request.source.open("rb") as file, BoundedZip(file, most=request.limits.archive_files) as archive:
            names = [name.lower() for name in archive.namelist()]
    except (TooManyEntries, *DAMAGED) as error:
        raise_unless_damage(error)
        return False
    tables = sum(name.endswith(ENDINGS) for name in names)
    return tables > 0 and sum(name.endswith(".txt") for name in names) <= tables


class TableUnpacking:
    def __init__(self, request: CompileRequest, directory: Path, log: ProblemLog) -> None:
        limits = request.limits
        packed = request.source.stat().st_size
        self._request = request
        self._directory = directory
        self._log = log
        self._left = min(limits.unpacked_size, max(limits.ratio_exempt_size, packed * limits.unpacked_ratio))

    def unpack(self, file: IO[bytes], found: Format, out: IO[bytes]) -> CompileRequest:
        """Writes the table to ``out``. Returns the request for it, but its place. Raises ``Rejected``."""
        filename = self._request.filename
        try:
            if found in STREAMS:
                self._copy(STREAMS[found](file), out)
                return replace(self._request, filename=PurePosixPath(filename).stem)
            with BoundedZip(file, most=self._request.limits.archive_files) as archive:
                names = set(archive.namelist())
                if found is Format.WORKBOOK or {"[Content_Types].xml", "xl/workbook.xml"} <= names:
                    self._write_sheet(archive, out)
                    return self._request
                if self._wrote_parallel_texts(archive, out):
                    return replace(self._request, filename=f"{PurePosixPath(filename).stem}.csv")
                return self._unpack_tables(archive, out)
        except TooManyEntries:
            self._log.reject(ProblemCode.TOO_MANY_FILES, "The archive has too many entries.", file=filename)
        except UnreadableWorkbook as error:
            message = f"The workbook {error}. Or save its sheet as CSV in UTF-8."
            self._log.reject(ProblemCode.MALFORMED_TABLE, message, file=filename)
        except (*DAMAGED, RuntimeError) as error:
            raise_unless_damage(error)
            message = f"The file cannot be unpacked ({error}). Pack it again and upload it whole."
            self._log.reject(ProblemCode.DAMAGED_ARCHIVE, message, file=filename)

    def _wrote_parallel_texts(self, archive: zipfile.ZipFile, out: IO[bytes]) -> bool:
        """Raises ``Rejected`` for two texts of different length."""
        named = [(info, normalized(zip_name(info))) for info in archive.infolist() if not info.is_dir()]
        pair = parallel_files([(info, name) for info, name in named if not is_ignored(name)], self._request)
        if pair is None:
            return False
        read = []
        for info in pair:
            if info.file_size > self._request.limits.archive_file_size:
                message = f"This file has {info.file_size:,} bytes, too many for a text in a zip. Upload a table."
                self._log.reject(ProblemCode.FILE_TOO_LARGE, message, file=normalized(zip_name(info)))
            self._check_readable(info, normalized(zip_name(info)))
            with archive.open(info) as packed:
                side = io.BytesIO()
                self._copy(packed, side)
                read.append(side.getvalue())
        out.write(as_table((read[0], read[1]), self._request, self._log))
        return True

    def _unpack_tables(self, archive: zipfile.ZipFile, out: IO[bytes]) -> CompileRequest:
        """The only table, or the one joined of the parts of a split, unpacked. Raises ``Rejected`` for others."""
        named = [(info, normalized(zip_name(info))) for info in archive.infolist() if not info.is_dir()]
        named = [(info, name) for info, name in named if not is_ignored(name)]
        self._request = self.with_names(archive, named)
        tables = [(info, name) for info, name in named if name.lower().endswith(ENDINGS) and not states_names(name)]
        if self._request.task == Task.TOKEN_CLASSIFICATION and not tables:
            tables = [(info, name) for info, name in named if name.lower().endswith(COLUMNS_OF_TAGS)]
            tables = tables or [
                (i, name) for i, name in named if name.lower().endswith(".txt") and not NO_DATA.fullmatch(name)
            ]
        if any(name.lower().endswith(".ts") for _, name in tables):  # The UCR archive has each of them as .arff too.
            tables = [table for table in tables if not table[1].lower().endswith(".arff")]
        # Beside the parts stand tables of other kinds: what Kaggle wants to be handed in, or what columns mean.
        parts = [(info, name) for info, name in tables if part_of_table(name) is not None]
        if len(tables) != 1 and not any(part_of_table(name) == 0 for _, name in parts):
            listed = (
                ", ".join(name for _, name in tables[:5])
                or "no .csv, .tsv, .jsonl, .json, .parquet, .xlsx, .ts or .arff"
            )
            message = f"A zip holds one table, or train.csv, val.csv and test.csv, and this one holds {listed}."
            message += " Upload the table that is to be learnt from."
            if named and all(name.endswith(".npy") for _, name in named):
                message = "This .npz holds arrays of NumPy, which name no columns. Write a table of them; in pandas:"
                message += " DataFrame(X).assign(target=y).to_csv(…)."
            self._log.reject(ProblemCode.NOT_A_TABLE, message, file=self._request.filename)
        for _, name in tables if len(tables) > 1 else ():
            if part_of_table(name) is None:
                message = f"This table was left out: it is none of {', '.join(PARTS)}."
                self._log.note(WarningCode.LEFT_OUT_TABLE, message, file=name)
        if len(tables) == 1 or len(parts) == 1:
            info, name = (parts or tables)[0]
            self.copy_member(archive, info, name, out)
            return replace(self._request, filename=PurePosixPath(name).name)
        return self._join(archive, parts, out)

    def with_names(self, archive: zipfile.ZipFile, named: list[tuple[zipfile.ZipInfo, str]]) -> CompileRequest:
        """The request with what files beside the tables state of classes that these hold as numbers."""
        names: Names = {}
        for info, name in named:
            if states_names(name) and not info.flag_bits & UNUSUAL_FLAGS and info.compress_type in ZIP_METHODS:
                with archive.open(info) as packed:
                    names |= names_in(name, packed.read(LONGEST))
        return replace(self._request, class_names=names)

    def _join(
        self, archive: zipfile.ZipFile, parts: list[tuple[zipfile.ZipInfo, str]], out: IO[bytes]
    ) -> CompileRequest:
        from trainyard_engine.ingest.archives.joined_tables import PartTable, write_joined  # which needs Arrow

        with ExitStack() as stack:
            tables = []
            for info, name in parts:
                file = stack.enter_context(tempfile.NamedTemporaryFile(dir=self._directory))
                self.copy_member(archive, info, name, file)
                file.flush()
                opened = replace(self._request, source=Path(file.name), filename=name)
                opened = stack.enter_context(unpacked(opened, self._directory, self._log))
                tables.append(PartTable(opened, part_of_table(name) or 0))
            column = write_joined(tables, out, self._log)
        options = self._request.options
        split = column or (None if options.split == FOLDERS else options.split)
        return replace(
            self._request,
            filename=", ".join(PurePosixPath(name).name for _, name in parts),
            options=options.model_copy(update={"split": split}),
        )

    def copy_member(self, archive: zipfile.ZipFile, info: zipfile.ZipInfo, name: str, out: IO[bytes]) -> None:
        """Raises ``Rejected`` for one that cannot be read, or unpacks out of proportion."""
        self._check_readable(info, name)
        with archive.open(info) as packed:
            self._copy(packed, out)

    def _check_readable(self, info: zipfile.ZipInfo, name: str) -> None:
        """Raises ``Rejected`` for a file that is encrypted, or packed otherwise than by deflate."""
        if info.flag_bits & UNUSUAL_FLAGS:
            message = "This file needs a password. Pack the archive without one."
            self._log.reject(ProblemCode.ENCRYPTED_ARCHIVE, message, file=name)
        if info.compress_type not in ZIP_METHODS:
            message = "This file is compressed otherwise than by deflate. Zip it again with that."
            self._log.reject(ProblemCode.UNSUPPORTED_COMPRESSION, message, file=name)

    def _write_sheet(self, archive: zipfile.ZipFile, out: IO[bytes]) -> None:
        """As CSV, each row as wide as the first. Raises ``Rejected`` and ``UnreadableWorkbook``."""
        self._check_parts(archive)
        sheet = first_sheet(archive)
        if sheet.others:
            message = f"Only the first sheet, {sheet.name!r}, was read. Sheets that were left out: {sheet.others}."
            self._log.note(WarningCode.FIRST_SHEET, message, file=self._request.filename)
        buffer = io.StringIO()
        writer = csv.writer(buffer, quoting=csv.QUOTE_ALL, lineterminator="\n")
        width = 0
        for row in rows_of_sheet(archive, sheet):
            width = width or len(row)
            writer.writerow([*row, *[""] * (width - len(row))])
            if buffer.tell() >= CHUNK:
                self._emit(buffer, out)
        self._emit(buffer, out)

    def _check_parts(self, archive: zipfile.ZipFile) -> None:
        """Raises ``Rejected`` for a workbook whose parts claim too much, and what cannot be read of a zip."""
        self._spend(sum(info.file_size for info in archive.infolist()))
        if any(info.flag_bits & UNUSUAL_FLAGS or info.compress_type not in ZIP_METHODS for info in archive.infolist()):
            raise UnreadableWorkbook("is encrypted, or packed otherwise than by deflate")

    def _emit(self, buffer: io.StringIO, out: IO[bytes]) -> None:
        content = buffer.getvalue().encode("utf-8", "replace")
        self._spend(len(content))
        out.write(content)
        buffer.seek(0)
        buffer.truncate()

    def _copy(self, packed: IO[bytes], out: IO[bytes]) -> None:
        while chunk := packed.read(CHUNK):
            self._spend(len(chunk))
            out.write(chunk)

    def _spend(self, size: int) -> None:
        self._left -= size
        if self._left < 0:
            message = "The file would unpack to far more than its size. Upload the table as CSV or Parquet."
            self._log.reject(ProblemCode.ARCHIVE_BOMB, message, file=self._request.filename)
