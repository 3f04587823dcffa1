"""What is to be predicted of an archive's files: by its table, if the option target names a column, else by folders."""

from pathlib import Path

from trainyard_engine.ingest.class_folders import classes_by_folder
from trainyard_engine.ingest.file_targets import FileTargets
from trainyard_engine.ingest.found_tables import LabelTables
from trainyard_engine.ingest.problems import ProblemCode, ProblemLog, WarningCode
from trainyard_engine.ingest.request import CompileRequest


def targets_of_files(
    names: list[str], tables: LabelTables, *, thing: str, request: CompileRequest, directory: Path, log: ProblemLog
) -> FileTargets:
    """Of the files ``names``, each of which a sentence calls ``thing``. Raises ``Rejected`` when nothing says it.

    ``directory`` takes what is needed meanwhile.
    """
    if request.options.to_predict:
        # Arrow takes more memory than a small archive without a table may.
        from trainyard_engine.ingest.label_tables import targets_by_table

        return targets_by_table(names, tables, thing=thing, request=request, directory=directory, log=log)
    are_in_one_folder = len({name.rpartition("/")[0] for name in names}) == 1
    if request.options.label_separator or (tables.names and are_in_one_folder):
        table = tables.names[0] if tables.names else "labels.csv"
        message = f"Choose the column of {table} to predict: the option target is missing."
        log.reject(ProblemCode.TARGET_REQUIRED, message, file=request.filename)
    for name in tables.names:
        message = "This table was left out: folders are the classes unless the option target names one of its columns."
        log.note(WarningCode.IGNORED_FILE, message, file=name)
    return classes_by_folder(names, thing=thing, request=request, log=log)
