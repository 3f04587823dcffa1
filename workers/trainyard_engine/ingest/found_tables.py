"""The tables of labels that an archive holds, kept while it is read."""

from pathlib import PurePosixPath

from trainyard_engine.ingest.problems import ProblemCode, ProblemLog
from trainyard_engine.ingest.request import CompileRequest

NAMES = ("labels", "metadata")
"""What the table is called; the second where there is no first, as the datasets of Hugging Face call it."""
SUFFIXES = frozenset({".csv", ".tsv", ".jsonl", ".ndjson", ".parquet"})


class LabelTables:
    """Gathers them while the archive is read."""

    def __init__(self) -> None:
        self._found: dict[str, list[tuple[str, bytes]]] = {name: [] for name in NAMES}

    def takes(self, name: str, content: bytes) -> bool:
        """Whether the file is such a table; if so, keeps it."""
        path = PurePosixPath(name)
        is_table = path.stem.lower() in self._found and path.suffix.lower() in SUFFIXES
        if is_table:
            self._found[path.stem.lower()].append((name, content))
        return is_table

    @property
    def names(self) -> list[str]:
        return [name for found in self._found.values() for name, _ in found]

    def only(self, request: CompileRequest, log: ProblemLog) -> tuple[str, bytes]:
        """The table's name and content. Raises ``Rejected`` unless there is one."""
        found = next(filter(None, self._found.values()), [])
        if not found:
            columns = ", ".join(request.options.to_predict)
            message = f"The archive holds no labels.csv that says {columns} of each file. Put one beside the files."
            log.reject(ProblemCode.LABELS_TABLE_MISSING, message, file=request.filename)
        if len(found) > 1:
            names = " and ".join(name for name, _ in found[:2])
            message = f"The archive holds {names}. Put all rows into one table, at the top."
            log.reject(ProblemCode.DUPLICATE_TABLE, message, file=found[1][0])
        return found[0]
