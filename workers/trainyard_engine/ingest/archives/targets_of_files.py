"""Choice of an archive's targets: from its table, if the option target names a column, else from folders."""

from dataclasses import replace
from pathlib import Path

from trainyard_engine.ingest.archives.class_folders import classes_by_folder
from trainyard_engine.ingest.archives.file_targets import FileTargets
from trainyard_engine.ingest.archives.found_tables import LabelTables
from trainyard_engine.ingest.archives.path_lists import parts_by_lists, without_unlisted
from trainyard_engine.ingest.problems import ProblemCode, ProblemLog, WarningCode
from trainyard_engine.ingest.request import CompileRequest
from trainyard_engine.ingest.split_folders import FOLDERS, held_back


def targets_of_files(
    names: list[str], tables: LabelTables, *, thing: str, request: CompileRequest, directory: Path, log: ProblemLog
) -> FileTargets:
    """Targets of the files ``names``, each called ``thing`` in sentences. Raises ``Rejected`` where there are none.

    ``directory`` takes what is needed meanwhile.
    """
    if request.media:
        from trainyard_engine.ingest.archives.media_targets import targets_of_rows

        return targets_of_rows(names, thing=thing, request=request, directory=directory, log=log)
    split = request.options.split
    parts = parts_by_lists(tables.lists, names, log) if split in (None, FOLDERS) else None
    if parts is None:
        return _targets(names, tables, thing=thing, request=request, directory=directory, log=log)
    of_name = dict(zip(names, parts.tolist(), strict=True))
    listed = without_unlisted(parts, names, thing=thing, log=log)
    names = [name for name, is_listed in zip(names, listed, strict=True) if is_listed]
    alone = replace(request, options=request.options.model_copy(update={"split": None}))
    found = _targets(names, tables, thing=thing, request=alone, directory=directory, log=log)
    if "split" in found.splits:  # tables in folders of the parts say it too
        return found
    by_lists = held_back([of_name[name] for name in found.names], found.names, log)
    return replace(found, splits={**found.splits, "split": by_lists}, split_by=found.split_by | {"split": FOLDERS})


def _targets(
    names: list[str], tables: LabelTables, *, thing: str, request: CompileRequest, directory: Path, log: ProblemLog
) -> FileTargets:
    if request.options.to_predict:
        # Arrow takes more memory than a small archive without a table may.
        from trainyard_engine.ingest.archives.label_tables import targets_by_table

        return targets_by_table(names, tables, thing=thing, request=request, directory=directory, log=log)
    are_in_one_folder = len({name.rpartition("/")[0] for name in names}) == 1
    if request.options.label_separator or (tables.names and are_in_one_folder) or tables.of_parts:
        table = tables.names[0] if tables.names else "labels.csv"
        message = f"Choose the column of {table} to predict: the option target is missing."
        log.reject(ProblemCode.TARGET_REQUIRED, message, file=request.filename)
    for name in tables.names:
        message = "This table was left out: folders are the classes unless the option target names one of its columns."
        log.note(WarningCode.IGNORED_FILE, message, file=name)
    return classes_by_folder(names, thing=thing, request=request, log=log)
