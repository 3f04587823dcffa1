"""The transcripts in an archive of recordings: a .txt file beside a recording, or rows of ``transcripts.csv``."""

import csv
import io
from collections.abc import Iterable
from pathlib import PurePosixPath

from trainyard_engine.compiler.encodings import UnknownEncoding, as_utf8, warning
from trainyard_engine.compiler.problems import ProblemCode, ProblemLog, WarningCode
from trainyard_engine.transcripts import normalized

TABLE = "transcripts.csv"
COLUMNS = ("file", "text")


class Transcripts:
    """Gathers them while the archive is read; ``of`` gives them to the recordings."""

    def __init__(self, log: ProblemLog) -> None:
        self._log = log
        self._beside: dict[str, str] = {}
        self._rows: dict[str, tuple[str, str, int]] = {}

    def takes(self, name: str, content: bytes) -> bool:
        """Whether the file is about transcripts; if so, reads it."""
        path = PurePosixPath(name)
        if path.name.lower() != TABLE and path.suffix.lower() != ".txt":
            return False
        try:
            encoded, encoding = as_utf8(content)
        except UnknownEncoding as error:
            self._log.add(ProblemCode.ENCODING, str(error), file=name)
            return True
        if encoding.sample:
            self._log.note(WarningCode.ENCODING_ASSUMED, warning(encoding), file=name)
        text = encoded.decode()
        if path.name.lower() == TABLE:
            self._read_table(name, text)
        else:
            self._beside[str(path.with_suffix(""))] = text
        return True

    def of(self, recordings: Iterable[str]) -> dict[str, str]:
        """The transcript of each, normalized, in the order given; what is missing or too much becomes a problem."""
        found = {name: self._of(name) for name in recordings}
        for name, (_, table, row) in self._rows.items():
            if name not in found:
                message = f"The archive holds no recording {name}. Names are as seen from the table's own folder."
                self._log.add(ProblemCode.RECORDING_MISSING, message, file=table, row=row, column="file")
        return found

    def _of(self, name: str) -> str:
        beside, listed = self._beside.get(str(PurePosixPath(name).with_suffix(""))), self._rows.get(name)
        if beside is not None and listed is not None:
            message = f"This recording has a transcript beside it and one in {listed[1]}. Leave one out."
            self._log.add(ProblemCode.DUPLICATE_TRANSCRIPT, message, file=name)
        text = normalized(listed[0] if listed else beside or "")
        if not text:
            message = "There is no transcript, or one without letters. Add it, or leave the recording out."
            file, row = (listed[1], listed[2]) if listed else (name, None)
            self._log.add(ProblemCode.TRANSCRIPT_MISSING, message, file=file, row=row)
        return text

    def _read_table(self, name: str, text: str) -> None:
        folder = PurePosixPath(name).parent
        try:
            rows = list(filter(None, csv.reader(io.StringIO(text, newline=""), strict=True)))
        except csv.Error as error:
            self._log.add(ProblemCode.MALFORMED_TABLE, f"The table cannot be read: {error}.", file=name)
            return
        header = tuple(cell.strip() for cell in rows[0]) if rows else ()
        if set(header) != set(COLUMNS) or len(header) != len(COLUMNS):
            message = (
                f"The columns of {TABLE} are {' and '.join(COLUMNS)}, named in its first line, with a comma between."
            )
            self._log.add(ProblemCode.MALFORMED_TABLE, message, file=name)
            return
        for number, cells in enumerate(rows[1:], start=1):
            if len(cells) != len(COLUMNS):
                message = f"This row has {len(cells)} cells and the header {len(COLUMNS)}. Make them equal."
                self._log.add(ProblemCode.RAGGED_ROW, message, file=name, row=number)
                continue
            row = dict(zip(header, cells, strict=True))
            recording = str(folder / row["file"].strip())
            if recording in self._rows:
                message = f"The recording {recording} has a row already. Leave one out."
                self._log.add(ProblemCode.DUPLICATE_TRANSCRIPT, message, file=name, row=number, column="file")
            self._rows[recording] = (row["text"], name, number)
