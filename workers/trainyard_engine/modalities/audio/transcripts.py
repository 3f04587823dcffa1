"""The transcripts in an archive of recordings: a .txt file beside a recording, or rows of ``transcripts.csv``."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

import numpy as np
import numpy.typing as npt

from trainyard_engine.ingest.csv_dialect import HeaderUnreadable, marks_of, read_head
from trainyard_engine.ingest.encodings import UTF8, Encoding, UnknownEncoding, as_utf8, warning
from trainyard_engine.ingest.limits import MIB
from trainyard_engine.ingest.named_files import NamedFiles
from trainyard_engine.ingest.problems import ProblemCode, ProblemLog, WarningCode
from trainyard_engine.modalities.audio.transcript_text import normalized

TABLE = "transcripts.csv"
COLUMNS = ("file", "text")


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the table ``file``, counted from 1; ``recording`` is the name as it is written there.

    ``told`` are its cells by which recordings are split, by option.
    """

    recording: str
    text: str
    told: dict[str, str]
    file: str
    number: int


class Transcripts:
    """Gathers them while the archive is read; ``of`` gives them to the recordings.

    ``by_columns`` are the columns of the table by which recordings are split, by option.
    """

    def __init__(self, log: ProblemLog, *, by_columns: Mapping[str, str]) -> None:
        self._log = log
        self._by_columns = by_columns
        self._beside: dict[str, str] = {}
        self._rows: list[Row] = []
        self._listed: dict[str, Row] = {}

    def takes(self, name: str, content: bytes) -> bool:
        """Whether the file is about transcripts; if so, reads it."""
        path = PurePosixPath(name)
        if path.name.lower() != TABLE and path.suffix.lower() != ".txt":
            return False
        try:
            text, encoding = as_utf8(content)
        except UnknownEncoding as error:
            self._log.add(ProblemCode.ENCODING, str(error), file=name)
            return True
        if encoding.sample:
            self._log.note(WarningCode.ENCODING_ASSUMED, warning(encoding), file=name)
        if path.name.lower() == TABLE:
            self._rows += self._read_table(name, text)
        else:
            self._beside[str(path.with_suffix(""))] = text.decode()
        return True

    def of(self, recordings: Iterable[str]) -> dict[str, str]:
        """The transcript of each, normalized, in the order given; what is missing or too much becomes a problem."""
        names = list(recordings)
        self._match(names)
        return {name: self._of(name) for name in names}

    def splits(self, recordings: Iterable[str]) -> dict[str, npt.NDArray[np.float64]]:
        """By option, what each is split by, float64 (recordings,). After ``of``.

        Where the table does not say, there is a problem.
        """
        if not self._by_columns:
            return {}
        # Arrow takes more memory than a small archive without such a column may.
        import pyarrow as pa

        from trainyard_engine.ingest.split_columns import SAYINGS, reader_of

        rows = [(name, self._listed.get(name)) for name in recordings]
        found: dict[str, npt.NDArray[np.float64]] = {}
        for option, column in self._by_columns.items():
            cells = pa.array([row.told[option] if row else "" for _, row in rows], pa.string())
            found[option] = reader_of(option, [cells].copy)(cells)
            code, message = SAYINGS[option]
            for place in np.flatnonzero(np.isnan(found[option])).tolist():
                name, row = rows[place]
                file, number = (row.file, row.number) if row else (name, None)
                self._log.add(code, f"{name}: {message}", file=file, row=number, column=column)
        return found

    def _match(self, names: list[str]) -> None:
        """Finds the recording of each row."""
        known = NamedFiles(names)
        for row in self._rows:
            recording = known.find(row.recording, folder=str(PurePosixPath(row.file).parent))
            if recording is None:
                message = f"The archive holds no recording {row.recording}. Names are as seen from the table's folder."
                self._log.add(ProblemCode.RECORDING_MISSING, message, file=row.file, row=row.number, column="file")
            elif recording in self._listed:
                message = f"The recording {recording} has a row already. Leave one out."
                self._log.add(ProblemCode.DUPLICATE_TRANSCRIPT, message, file=row.file, row=row.number, column="file")
            else:
                self._listed[recording] = row

    def _of(self, name: str) -> str:
        beside, listed = self._beside.get(str(PurePosixPath(name).with_suffix(""))), self._listed.get(name)
        if beside is not None and listed is not None:
            message = f"This recording has a transcript beside it and one in {listed.file}. Leave one out."
            self._log.add(ProblemCode.DUPLICATE_TRANSCRIPT, message, file=name)
        text = normalized(listed.text if listed else beside or "")
        if not text:
            message = f"There is no transcript of {name}, or one without letters. Add it, or leave the recording out."
            file, number = (listed.file, listed.number) if listed else (name, None)
            self._log.add(ProblemCode.TRANSCRIPT_MISSING, message, file=file, row=number)
        return text

    def _read_table(self, name: str, text: bytes) -> Iterator[Row]:
        try:
            header, rows = _cells(text)
        except (csv.Error, HeaderUnreadable) as error:
            self._log.add(ProblemCode.MALFORMED_TABLE, f"The table cannot be read: {error}.", file=name)
            return
        if not set(COLUMNS) <= set(header) or len(set(header)) < len(header):
            message = f"The columns of {TABLE} are {' and '.join(COLUMNS)}, named in its first line."
            self._log.add(ProblemCode.MALFORMED_TABLE, message, file=name)
            return
        unknown = {option: column for option, column in self._by_columns.items() if column.casefold() not in header}
        for option, column in unknown.items():
            message = f"{TABLE} has no column {column}, which the option {option} names."
            self._log.add(ProblemCode.COLUMN_UNKNOWN, message, file=name, column=column)
        if unknown:
            return
        for number, cells in enumerate(rows, start=1):
            if len(cells) != len(header):
                message = f"This row has {len(cells)} cells and the header {len(header)}. Make them equal."
                self._log.add(ProblemCode.RAGGED_ROW, message, file=name, row=number)
                continue
            row = dict(zip(header, cells, strict=True))
            told = {option: row[column.casefold()] for option, column in self._by_columns.items()}
            yield Row(row["file"], row["text"], told, name, number)


def _cells(text: bytes) -> tuple[list[str], list[list[str]]]:
    """The header, in lower case, and the rows below it. Raises ``csv.Error`` and ``HeaderUnreadable``."""
    head = read_head(io.BytesIO(text), Encoding(UTF8), header_size=MIB, marks=marks_of(text))
    if head is None:
        return [], []
    rows = head.dialect.rows(io.StringIO(text[head.begin :].decode(), newline=""))
    width = len(head.names) + head.unnamed
    filled = [row for row in rows if any(map(str.strip, row))]
    return [name.casefold() for name in head.names], [
        row[: len(head.names)] if len(row) == width else row for row in filled
    ]
