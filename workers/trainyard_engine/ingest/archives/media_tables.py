"""Parquet files of pictures or recordings, alone or as the parts of a split in a zip: read as an archive's files are.

Each row is a file, called by its table and its place in it, and the other columns say what is to be predicted of it.
"""

import zipfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path, PurePosixPath

from trainyard_common.bounded_zip import BoundedZip, TooManyEntries
from trainyard_engine.ingest.archives.archive_names import is_ignored, normalized, zip_name
from trainyard_engine.ingest.archives.archived_files import archived_files
from trainyard_engine.ingest.archives.entries import DAMAGED, raise_unless_damage
from trainyard_engine.ingest.archives.unpacked import TableUnpacking
from trainyard_engine.ingest.formats import HEAD_SIZE, Format, tell_format
from trainyard_engine.ingest.problems import ProblemCode, ProblemLog, WarningCode
from trainyard_engine.ingest.request import CompileRequest, MediaTable
from trainyard_engine.ingest.split_folders import part_of_table
from trainyard_spec.datasets import PARTS
from trainyard_spec.tasks import Task

THINGS = {
    Task.IMAGE_CLASSIFICATION: "image",
    Task.IMAGE_REGRESSION: "image",
    Task.AUDIO_CLASSIFICATION: "recording",
    Task.SPEECH_RECOGNITION: "recording",
}
PARQUET = ".parquet"
DIRECTORY_SIZE = 1 << 20
"""Bytes at the end of a zip in which the names of a few thousand files stand."""
BESIDE = frozenset({PARQUET, ".md", ".txt", ".json", ".yaml", ".yml", ".py", ""})
"""Endings of files that a zip of such tables may hold: with any other it is one of files."""


def files_of(request: CompileRequest, log: ProblemLog) -> Iterator[tuple[str, bytes]]:
    """Yields (name, content) of each file of the archive, or of each row of its tables that holds one.

    Raises ``Rejected`` as ``archived_files`` does.
    """
    if not request.media:
        yield from archived_files(request.source, filename=request.filename, log=log, limits=request.limits)
        return
    left = unpacked_size(request)
    for table in request.media:
        for row, content in enumerate(_contents(table, log), start=1):
            if content is None:
                continue
            left -= len(content)
            if left < 0:
                message = "The file would unpack to far more than its size. Write it anew, or split it."
                log.reject(ProblemCode.ARCHIVE_BOMB, message, file=request.filename)
            if len(content) > request.limits.archive_file_size:
                message = f"This row has {len(content):,} bytes; {request.limits.archive_file_size:,} are allowed."
                log.add(ProblemCode.FILE_TOO_LARGE, f"{message} Shrink it.", file=table.name, row=row)
                continue
            yield table.file(row), content


def unpacked_size(request: CompileRequest) -> int:
    """Bytes that the file of ``request`` may unpack to."""
    limits, packed = request.limits, request.source.stat().st_size
    return min(limits.unpacked_size, max(limits.ratio_exempt_size, packed * limits.unpacked_ratio))


@contextmanager
def with_media(request: CompileRequest, directory: Path, log: ProblemLog) -> Iterator[CompileRequest]:
    """``request`` with its tables of pictures or recordings, if it holds any, while the block lasts; else as it is.

    Those of a zip lie in ``directory`` meanwhile. Raises ``Rejected``.
    """
    with ExitStack() as stack:
        found = _tables(request, directory, stack, log) if request.task in THINGS else None
        yield request if found is None else _with_tables(*found, log)


def _contents(table: MediaTable, log: ProblemLog) -> Iterator[bytes | None]:
    from trainyard_engine.ingest.tables.parquet_media import contents  # Arrow takes more memory than a small archive

    return contents(table, log)


Named = list[tuple[Path, str]]


def _tables(
    request: CompileRequest, directory: Path, stack: ExitStack, log: ProblemLog
) -> tuple[CompileRequest, Named] | None:
    """The Parquet files of the upload, each with its name; ``None`` where it is an archive of files."""
    with request.source.open("rb") as file:
        kind = tell_format(file.read(HEAD_SIZE), filename=request.filename)
        if kind is Format.PARQUET:
            return request, [(request.source, PurePosixPath(request.filename).name)]
        # Of a large archive its directory, which is at its end, is not read for this.
        file.seek(max(0, request.source.stat().st_size - DIRECTORY_SIZE))
        if kind is not Format.ZIP or PARQUET.encode() not in file.read().lower():
            return None
        try:
            with BoundedZip(file, most=request.limits.archive_files) as archive:
                named = [(info, normalized(zip_name(info))) for info in archive.infolist() if not info.is_dir()]
                named = [(info, name) for info, name in named if not is_ignored(name)]
                if not _are_tables([name for _, name in named]):
                    return None
                return _unpacked(archive, named, request, directory, stack, log)
        except TooManyEntries:
            return None  # which is told as of any archive
        except (*DAMAGED, RuntimeError) as error:
            raise_unless_damage(error)
            message = f"The file cannot be unpacked ({error}). Pack it again and upload it whole."
            log.reject(ProblemCode.DAMAGED_ARCHIVE, message, file=request.filename)


def _are_tables(names: Sequence[str]) -> bool:
    endings = {PurePosixPath(name).suffix.lower() for name in names}
    return PARQUET in endings and endings <= BESIDE


def _unpacked(
    archive: zipfile.ZipFile,
    named: list[tuple[zipfile.ZipInfo, str]],
    request: CompileRequest,
    directory: Path,
    stack: ExitStack,
    log: ProblemLog,
) -> tuple[CompileRequest, Named]:
    unpacking = TableUnpacking(request, directory, log)
    request = unpacking.with_names(archive, named)
    found: Named = []
    for info, name in sorted(named, key=lambda pair: pair[1]):
        if name.lower().endswith(PARQUET):
            path = directory / f"part{len(found)}{PARQUET}"
            stack.callback(path.unlink, missing_ok=True)
            with path.open("wb") as file:
                unpacking.copy_member(archive, info, name, file)
            found.append((path, name))
    return request, found


def _with_tables(request: CompileRequest, found: Named, log: ProblemLog) -> CompileRequest:
    """Raises ``Rejected`` unless each holds one column of pictures or recordings."""
    from trainyard_engine.ingest.archives.media_targets import with_targets
    from trainyard_engine.ingest.tables.parquet_media import columns_in, media_column, reading, rows_in

    parts = [part_of_table(name) for _, name in found]
    thing = THINGS[request.task]
    tables = []
    for (source, name), part in zip(found, parts, strict=True):
        if part is None and any(other is not None for other in parts) and len(found) > 1:
            log.note(
                WarningCode.LEFT_OUT_TABLE, f"This table was left out: it is none of {', '.join(PARTS)}.", file=name
            )
            continue
        with reading(name, log):
            column = media_column(source, thing)
            if isinstance(column, list):
                log.reject(*_no_column(column, thing, [*columns_in(source)]), file=name)
            tables.append(MediaTable(source, name, column, rows_in(source), part))
    rows = sum(table.rows for table in tables)
    if rows > request.limits.archive_files:
        message = f"The tables have {rows:,} rows; {request.limits.archive_files:,} are allowed. Split the data."
        log.reject(ProblemCode.TOO_MANY_FILES, message, file=request.filename)
    tables.sort(key=lambda table: (table.part or 0, table.name))
    return with_targets(replace(request, media=tuple(tables)), log)


def _no_column(found: list[str], thing: str, columns: Sequence[str]) -> tuple[ProblemCode, str]:
    code = ProblemCode.NO_IMAGES if thing == "image" else ProblemCode.NO_RECORDINGS
    if found:
        return code, f"The columns {', '.join(found)} may all hold {thing}s. Leave out all but one."
    listed = f"{', '.join(columns[:20])}{', …' if len(columns) > 20 else ''}"
    message = f"No column of this Parquet file holds {thing}s, binary or as {{bytes, path}}; the columns are {listed}."
    return code, f"{message} Write the content of the files into one, or pack the files themselves into a zip."


def nothing_found(request: CompileRequest, thing: str) -> str | None:
    """The sentence for tables none of whose rows holds a ``thing``; ``None`` for an archive."""
    if not request.media:
        return None
    column = request.media[0].column
    message = (
        f"No row holds any {thing} in the column {column}: it may say the paths of files alone. Write their content"
    )
    return f"{message} into it, or pack the files themselves into a zip."
