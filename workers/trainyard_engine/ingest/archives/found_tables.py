"""The tables of labels that an archive holds: kept while it is read if they are called so, else found again."""

from collections.abc import Callable
from pathlib import PurePosixPath

from trainyard_engine.ingest.archives.archived_files import archived_files
from trainyard_engine.ingest.archives.path_lists import is_list
from trainyard_engine.ingest.problems import ProblemCode, ProblemLog
from trainyard_engine.ingest.request import CompileRequest
from trainyard_engine.ingest.split_folders import part_of_table
from trainyard_engine.ingest.tables.class_names import Names, names_in, states_names

NAMES = ("labels", "metadata")
"""What the table is called; the second where there is no first, as the datasets of Hugging Face call it."""
SUFFIXES = frozenset({".csv", ".tsv", ".jsonl", ".ndjson", ".parquet"})
MOST_OTHERS = 20
"""Tables of other names that are looked into for the columns that options name."""
Table = tuple[str, bytes]


class LabelTables:
    """Gathers them while the archive is read."""

    def __init__(self) -> None:
        self._found: dict[str, list[Table]] = {name: [] for name in NAMES}
        self._others: list[str] = []
        self.lists: dict[str, bytes] = {}
        """Lists of the files of a part, by name."""
        self.class_names: Names = {}
        """Those that are stated of classes which the tables hold as numbers."""

    def takes(self, name: str, content: bytes) -> bool:
        """Whether the file is a table; if it is called so, keeps it."""
        path = PurePosixPath(name)
        if states_names(name) and (found := names_in(name, content)):
            self.class_names |= found
            return True
        if is_list(name):
            self.lists[name] = content
            return True
        if path.suffix.lower() not in SUFFIXES:
            return False
        if path.stem.lower() in self._found:
            self._found[path.stem.lower()].append((name, content))
        else:
            self._others.append(name)
        return True

    @property
    def names(self) -> list[str]:
        return [*(name for found in self._found.values() for name, _ in found), *self._others]

    @property
    def of_parts(self) -> bool:
        """Whether tables of labels lie in several folders that are parts of a split."""
        found = next(filter(None, self._found.values()), [])
        return len(found) > 1 and _are_parts(found)

    def chosen(self, request: CompileRequest, log: ProblemLog, *, fits: Callable[[Table], bool]) -> list[Table]:
        """The table's name and content: of one that is called otherwise, if it alone ``fits``; or those of several
        that are the parts of a split.

        Raises ``Rejected`` where there is none, or several are not of different parts.
        """
        found = next(filter(None, self._found.values()), None) or [*filter(fits, self._opened(request, log))]
        if not found:
            columns = ", ".join(request.options.to_predict)
            message = f"The archive holds no table, such as labels.csv, that says {columns} of each file."
            log.reject(ProblemCode.LABELS_TABLE_MISSING, f"{message} Put one beside the files.", file=request.filename)
        # Beside train.csv Kaggle packs a sample of what is to be handed in, which has the target's column too.
        found = [table for table in found if part_of_table(table[0]) is not None] or found
        if len(found) > 1 and not _are_parts(found):
            names = " and ".join(name for name, _ in found[:2])
            message = f"The archive holds {names}. Put all rows into one table, at the top."
            log.reject(ProblemCode.DUPLICATE_TABLE, message, file=found[1][0])
        return found

    def _opened(self, request: CompileRequest, log: ProblemLog) -> list[Table]:
        wanted = set(self._others[:MOST_OTHERS])
        if not wanted:
            return []
        files = archived_files(request.source, filename=request.filename, log=log, limits=request.limits)
        return [(name, content) for name, content in files if name in wanted]


def _are_parts(tables: list[Table]) -> bool:
    parts = [part_of_table(name) for name, _ in tables]
    return None not in parts and len(set(parts)) == len(parts)
