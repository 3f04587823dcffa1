"""The transcripts in an archive of recordings: a .txt file of the same name, rows of a table, or lines of a list."""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePosixPath

import numpy as np
import numpy.typing as npt

from trainyard_engine.ingest.archives.named_files import FILE_COLUMNS, NamedFiles
from trainyard_engine.ingest.archives.unlabelled_files import note_unlabelled
from trainyard_engine.ingest.encodings import UnknownEncoding, as_utf8, warning
from trainyard_engine.ingest.problems import ProblemCode, ProblemLog, WarningCode
from trainyard_engine.modalities.audio.transcript_tables import (
    JSON_LINES,
    TEXT_COLUMNS,
    UNREADABLE,
    Row,
    TranscriptTable,
    read_list,
    read_table,
)
from trainyard_engine.modalities.audio.transcript_text import normalized

TABLE = "transcripts.csv"
SUBTITLES = frozenset({".srt", ".vtt"})
CUE = re.compile(r"^(?:\ufeff?WEBVTT.*|\d+|NOTE\b.*|[\d:.,]+ --> .*)\s*$|<[^>]+>", re.MULTILINE)
"""What a file of subtitles says beside what is said."""
SUFFIXES = frozenset({".txt", ".csv", ".tsv", *SUBTITLES, *JSON_LINES})
LIST_OF_KALDI = "text"
"""Has no ending."""


class Transcripts:
    """Gathers them while the archive is read; ``of`` gives them to the recordings.

    ``by_columns`` are the columns of the table by which recordings are split, by option.
    """

    def __init__(self, log: ProblemLog, *, by_columns: Mapping[str, str]) -> None:
        self._log = log
        self._by_columns = by_columns
        self._files: dict[str, bytes] = {}
        self._beside: dict[str, str] = {}
        self._listed: dict[str, Row] = {}
        self._parts: dict[str, int] = {}

    def takes(self, name: str, content: bytes) -> bool:
        """Whether the file may be about transcripts; if so, keeps it."""
        path = PurePosixPath(name)
        if path.suffix.lower() not in SUFFIXES and path.name != LIST_OF_KALDI:
            return False
        try:
            text, encoding = as_utf8(content)
        except UnknownEncoding as error:
            self._log.add(ProblemCode.ENCODING, str(error), file=name)
            return True
        if encoding.sample:
            self._log.note(WarningCode.ENCODING_ASSUMED, warning(encoding), file=name)
        if path.suffix.lower() in SUBTITLES:
            name, text = str(path.with_suffix(".txt")), CUE.sub("", text.decode()).encode()
        self._files[name] = text
        return True

    def of(self, recordings: Iterable[str], *, listed: Sequence[TranscriptTable] = ()) -> dict[str, str]:
        """The transcript of each that has one, normalized, in the order given; what is too much becomes a problem.

        ``listed`` are tables beside those of the archive. Raises ``Rejected`` when more than half have none.
        """
        names = list(recordings)
        known = NamedFiles(names)
        self._place_texts(names, known)
        found = (table for name in sorted(self._files) if (table := self._table(name, known)))
        for table in self._by_part([*listed, *found]):
            self._check(table)
            self._match(table, known)
        texts = {name: text for name in names if (text := self._of(name))}
        note_unlabelled(
            names,
            [name for name in names if name not in texts],
            things="recordings",
            lack="have no transcript, or one without letters",
            hint=f"Put a .txt of the same name beside each, or add rows to {TABLE}.",
            code=ProblemCode.TRANSCRIPT_MISSING,
            log=self._log,
        )
        return texts

    def parts(self, recordings: Sequence[str]) -> npt.NDArray[np.float64] | None:
        """The part of each by the name of its table, float64 (recordings,); ``None`` unless all have one. After
        ``of``."""
        if not all(name in self._parts for name in recordings):
            return None
        return np.array([self._parts[name] for name in recordings], dtype=np.float64)

    def splits(self, recordings: Iterable[str]) -> dict[str, npt.NDArray[np.float64]]:
        """By option, what each is split by, float64 (recordings,). After ``of``.

        Where the table does not say, there is a problem.
        """
        if not self._by_columns:
            return {}
        # Arrow takes more memory than a small archive without such a column may.
        import pyarrow as pa

        from trainyard_engine.ingest.tables.split_columns import SAYINGS, reader_of

        rows = [(name, self._listed.get(name)) for name in recordings]
        found: dict[str, npt.NDArray[np.float64]] = {}
        for option, column in self._by_columns.items():
            told = [row.cells.get(column.casefold(), "") if row else "" for _, row in rows]
            cells = pa.array(told, pa.string())
            found[option] = reader_of(option, [cells].copy)(cells)
            code, message = SAYINGS[option]
            for place in np.flatnonzero(np.isnan(found[option])).tolist():
                name, row = rows[place]
                file, number = (row.file, row.number) if row else (name, None)
                self._log.add(code, f"{name}: {message}", file=file, row=number, column=column)
        return found

    def _place_texts(self, names: Sequence[str], known: NamedFiles) -> None:
        """Takes the texts that are named like a recording: beside it, or else in another folder."""
        stems = {_stem(name) for name in names}
        texts = [name for name in self._files if name.lower().endswith(".txt")]
        self._beside = {_stem(name): self._files.pop(name).decode() for name in texts if _stem(name) in stems}
        for name in texts:
            path = PurePosixPath(name)
            recording = known.find(path.stem, folder=str(path.parent)) if name in self._files else None
            if recording is not None and _stem(recording) not in self._beside:
                self._beside[_stem(recording)] = self._files.pop(name).decode()

    def _table(self, name: str, known: NamedFiles) -> TranscriptTable | None:
        """What the file is; where it is nothing of the kind that is told, as a problem if its name says it is."""
        text, is_named = self._files[name], PurePosixPath(name).name.lower() == TABLE
        fault = f"The columns of {TABLE} are {FILE_COLUMNS[0]} and {TEXT_COLUMNS[0]}, named in its first line."
        try:
            if not name.lower().endswith(".txt") and (table := read_table(name, text)):
                return table
        except UNREADABLE as error:
            fault = f"The table cannot be read: {error}."
        if listed := read_list(name, text, known):
            return listed
        if is_named:
            self._log.add(ProblemCode.MALFORMED_TABLE, fault, file=name)
        else:
            self._log.note(WarningCode.IGNORED_FILE, "This file holds no transcripts and was left out.", file=name)
        return None

    def _by_part(self, tables: list[TranscriptTable]) -> list[TranscriptTable]:
        """Tables that are parts of a split, if there are several; others then repeat them, or are no good."""
        parts = [table for table in tables if table.part is not None]
        if len({table.part for table in parts}) < 2:
            return tables
        for table in tables:
            if table.part is None:
                message = f"This table was left out: {', '.join(part.name for part in parts[:3])} say the parts."
                self._log.note(WarningCode.IGNORED_FILE, message, file=table.name)
        return parts

    def _check(self, table: TranscriptTable) -> None:
        for option, column in self._by_columns.items():
            if column.casefold() not in table.columns:
                message = f"{PurePosixPath(table.name).name} has no column {column}, which the option {option} names."
                self._log.add(ProblemCode.COLUMN_UNKNOWN, message, file=table.name, column=column)
        for number, cells in table.ragged:
            message = f"This row has {cells} cells and the header {len(table.columns)}. Make them equal."
            self._log.add(ProblemCode.RAGGED_ROW, message, file=table.name, row=number)

    def _match(self, table: TranscriptTable, known: NamedFiles) -> None:
        """Finds the recording of each row."""
        folder = str(PurePosixPath(table.name).parent)
        for row in table.rows:
            recording = known.find(row.recording, folder=folder)
            if recording is None:
                message = f"The archive holds no recording {row.recording}. Names are as seen from the table's folder."
                self._log.add(ProblemCode.RECORDING_MISSING, message, file=row.file, row=row.number, column="file")
            elif recording in self._listed:
                message = f"The recording {recording} has a row already. Leave one out."
                self._log.add(ProblemCode.DUPLICATE_TRANSCRIPT, message, file=row.file, row=row.number, column="file")
            else:
                self._listed[recording] = row
                if table.part is not None:
                    self._parts[recording] = table.part

    def _of(self, name: str) -> str:
        beside, listed = self._beside.get(_stem(name)), self._listed.get(name)
        if beside is not None and listed is not None:
            message = f"This recording has a transcript beside it and one in {listed.file}. Leave one out."
            self._log.add(ProblemCode.DUPLICATE_TRANSCRIPT, message, file=name)
        return normalized(listed.text if listed else beside or "")


def _stem(name: str) -> str:
    return str(PurePosixPath(name).with_suffix(""))
