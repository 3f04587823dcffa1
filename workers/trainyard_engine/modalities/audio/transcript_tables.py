"""Tables of transcripts, and lists of them: what each line of a text file says of which recording."""

import csv
import io
import json
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from trainyard_engine.ingest.archives.named_files import FILE_COLUMNS, NamedFiles
from trainyard_engine.ingest.encodings import UTF8, Encoding
from trainyard_engine.ingest.limits import MIB
from trainyard_engine.ingest.problems import ProblemCode, ProblemLog
from trainyard_engine.ingest.request import CompileRequest, MediaTable
from trainyard_engine.ingest.split_folders import part_of
from trainyard_engine.ingest.tables.csv_dialect import HeaderUnreadable, marks_of, read_head

TEXT_COLUMNS = ("text", "sentence", "transcription", "transcript", "normalized_text", "raw_text")
"""What the column of transcripts is called, the first of these that there is, in any letters."""
JSON_LINES = frozenset({".jsonl", ".ndjson"})
UNREADABLE = (csv.Error, HeaderUnreadable, ValueError)
LISTED = re.compile(r"\s*([^\s|,;]+)[\s|,;]+(.*)")
"""A line that begins with the name of a recording, as LibriSpeech (``.trans.txt``), Kaldi and LJSpeech write them."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the table ``file``, counted from 1; ``recording`` is the name as it is written there.

    ``cells`` are all that it holds, by the column in lower case.
    """

    recording: str
    text: str
    cells: dict[str, str]
    file: str
    number: int


@dataclass(frozen=True, slots=True)
class TranscriptTable:
    """``ragged`` are the rows, from 1, that have other cells than the header has columns, and how many.

    ``part`` is that of a split by which the table is called, as ``train.tsv`` is: a place in ``PARTS``.
    """

    name: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    ragged: tuple[tuple[int, int], ...] = ()
    part: int | None = None


def read_table(name: str, text: bytes) -> TranscriptTable | None:
    """``None`` for a table without a column of files, or of transcripts. Raises one of ``UNREADABLE``."""
    header, rows = (_objects if PurePosixPath(name).suffix.lower() in JSON_LINES else _cells)(text)
    file, said = (
        next((column for column in known if column in header), None) for known in (FILE_COLUMNS, TEXT_COLUMNS)
    )
    if file is None or said is None or len(set(header)) < len(header):
        return None
    whole = [(number, dict(zip(header, cells, strict=True))) for number, cells in rows if len(cells) == len(header)]
    return TranscriptTable(
        name=name,
        columns=tuple(header),
        rows=tuple(Row(cells[file], cells[said], cells, name, number) for number, cells in whole),
        ragged=tuple((number, len(cells)) for number, cells in rows if len(cells) != len(header)),
        part=_part(name),
    )


def read_list(name: str, text: bytes, known: NamedFiles) -> TranscriptTable | None:
    """A transcript a line, behind the name of its recording; ``None`` where most lines begin with none of ``known``."""
    folder = str(PurePosixPath(name).parent)
    lines = [(number, line) for number, line in enumerate(text.decode().splitlines(), start=1) if line.strip()]
    found = [(number, match) for number, line in lines if (match := LISTED.fullmatch(line))]
    if 2 * sum(known.find(match[1], folder=folder) is not None for _, match in found) <= len(lines):
        return None
    # LJSpeech has the transcript twice, behind bars; the second spells numbers and short forms out.
    rows = tuple(Row(match[1], match[2].rpartition("|")[2], {}, name, number) for number, match in found)
    return TranscriptTable(name=name, columns=(), rows=rows, part=_part(name))


def tables_of_rows(
    request: CompileRequest, recordings: Collection[str], columns: Collection[str], log: ProblemLog
) -> list[TranscriptTable]:
    """What tables whose rows are the ``recordings`` say of them: their transcripts, and ``columns``.

    Raises ``Rejected`` where one has no column of transcripts.
    """
    return [_table_of_rows(media, recordings, {name.casefold() for name in columns}, log) for media in request.media]


def _table_of_rows(
    media: MediaTable, recordings: Collection[str], wanted: Collection[str], log: ProblemLog
) -> TranscriptTable:
    # Arrow takes more memory than a small archive may.
    from trainyard_engine.ingest.tables.parquet_media import cells, columns_in

    stored = {name.casefold(): name for name in reversed(columns_in(media.source))}
    said = next((stored[name] for name in TEXT_COLUMNS if name in stored), None)
    if said is None:
        columns = ", ".join(columns_in(media.source))
        message = f"No column holds transcripts: call it {TEXT_COLUMNS[0]}. The columns are {columns}."
        log.reject(ProblemCode.TRANSCRIPT_MISSING, message, file=media.name)
    taken = [said, *(stored[name] for name in stored if name in wanted and stored[name] != said)]
    header = [name.casefold() for name in taken]
    rows: list[Row] = []
    number = 0
    for batch in cells(media, taken, log):
        for values in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            number += 1
            if (name := media.file(number)) in recordings:
                told = dict(zip(header, ("" if value is None else str(value) for value in values), strict=True))
                written = PurePosixPath(name).relative_to(PurePosixPath(media.name).parent)
                rows.append(Row(str(written), told[header[0]], told, media.name, number))
    return TranscriptTable(name=media.name, columns=tuple(header), rows=tuple(rows), part=media.part)


def _part(name: str) -> int | None:
    return part_of(PurePosixPath(name).stem)


def _cells(text: bytes) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """The header, in lower case, and the rows below it with their numbers. Raises one of ``UNREADABLE``."""
    head = read_head(io.BytesIO(text), Encoding(UTF8), header_size=MIB, marks=marks_of(text))
    if head is None:
        return [], []
    rows = head.dialect.rows(io.StringIO(text[head.begin :].decode(), newline=""))
    width = len(head.names) + head.unnamed
    filled = (row for row in rows if any(map(str.strip, row)))
    return [name.casefold() for name in head.names], [
        (number, row[: len(head.names)] if len(row) == width else row) for number, row in enumerate(filled, start=1)
    ]


def _objects(text: bytes) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Objects of JSON lines: the first one's keys, in lower case, and what each says of them. Raises ``ValueError``."""
    objects = [*_parsed(text)]
    keys = list(objects[0]) if objects else []
    rows = [[str(found.get(key) or "") for key in keys] for found in objects]
    return [key.casefold() for key in keys], list(enumerate(rows, start=1))


def _parsed(text: bytes) -> Iterator[dict[str, object]]:
    for line in text.decode().splitlines():
        if line.strip():
            found = json.loads(line)
            if not isinstance(found, dict):
                raise ValueError("a line holds no JSON object")
            yield found
