"""A table in any of the formats that are read, batch by batch."""

import re
from collections.abc import Callable, Iterator

from trainyard_engine.ingest.formats import HEAD_SIZE, Format, tell_format
from trainyard_engine.ingest.problems import ProblemCode, ProblemLog
from trainyard_engine.ingest.request import CompileRequest
from trainyard_engine.ingest.tables.batches import TableBatch, check_names, flattened
from trainyard_engine.ingest.tables.class_names import Names, names_in_parquet, with_names
from trainyard_engine.ingest.tables.csv_source import read_csv
from trainyard_engine.ingest.tables.jsonl_source import read_json_array, read_jsonl
from trainyard_engine.ingest.tables.labelled_rows import labelled
from trainyard_engine.ingest.tables.other_tables import IS_ARFF, IS_SVMLIGHT, read_arff, read_svmlight
from trainyard_engine.ingest.tables.parquet_source import read_parquet
from trainyard_engine.ingest.tables.series_files import IS_TS, IS_TSF, read_ts, read_tsf
from trainyard_engine.ingest.tables.wide_series import as_steps
from trainyard_spec.tasks import Task

WEB_PAGE = re.compile(rb"\s*<(?:!doctype html|html|\?xml)[\s>]", re.IGNORECASE)
READERS: dict[Format, Callable[[CompileRequest, ProblemLog], Iterator[TableBatch]]] = {
    Format.CSV: read_csv,
    Format.PARQUET: read_parquet,
    Format.JSONL: read_jsonl,
    Format.JSON_ARRAY: read_json_array,
    Format.ARFF: read_arff,
    Format.SVMLIGHT: read_svmlight,
    Format.TS: read_ts,
    Format.TSF: read_tsf,
}
IS_SQL = re.compile(
    rb"(?:\s|--[^\n]*\n|/\*[^*]*\*/;?)*(?:create (?:table|database)|drop table|insert into|copy [^\n]* from stdin"
    rb"|set \w+ ?=|begin transaction;|pragma \w+ ?=)",
    re.IGNORECASE,
)
AS_TEXT = (
    *((Format.WEB_PAGE, WEB_PAGE), (Format.SQL, IS_SQL), (Format.TSF, IS_TSF), (Format.ARFF, IS_ARFF)),
    *((Format.SVMLIGHT, IS_SVMLIGHT), (Format.TS, IS_TS)),
)
"""Formats of text by what they begin with, the first that fits."""
SAVED = ". Save it as Parquet or CSV; in pandas: pandas.read_{}(…).to_parquet(…)."

HINTS = {
    Format.WEB_PAGE: ", which some programs call .xls. Open it there, and save it as .xlsx or CSV.",
    Format.ARROW: SAVED.format("feather"),
    Format.ORC: SAVED.format("orc"),
    Format.HDF5: SAVED.format("hdf"),
    Format.SPSS: SAVED.format("spss"),
    Format.SAS: SAVED.format("sas"),
    Format.STATA: SAVED.format("stata"),
    Format.PICKLE: ", which can run programs and is never opened. Write it as Parquet: DataFrame.to_parquet(…).",
    Format.SQL: ", which is not run. Export the rows of its table as CSV.",
    Format.NUMPY: ", which names no columns. Write it as CSV with a header: pandas.DataFrame(array).to_csv(…).",
    Format.WORKBOOK: ". Save it as .xlsx without a password, or its sheet as CSV in UTF-8.",
}


def batches_of(request: CompileRequest, log: ProblemLog) -> Iterator[TableBatch]:
    """Reads the table from its beginning, without rows that lack a target where these may be left out, and a row for
    each step of a series where a table has a column for each.

    Raises ``Rejected`` when it is none or is broken beyond reading on.
    """
    return labelled(as_steps(stored_batches(request, log), request, log), request)


def stored_batches(request: CompileRequest, log: ProblemLog) -> Iterator[TableBatch]:
    """All rows of the table as they stand in the file. Raises ``Rejected`` as ``batches_of`` does."""
    found = format_of(request)
    if found not in READERS:
        hint = HINTS.get(found, ".")
        wanted = "A table comes as CSV, Parquet or JSON (an object per row, in lines or in one array)"
        message = f"{wanted}, and this is {found}{hint}"
        log.reject(ProblemCode.NOT_A_TABLE, message, file=request.filename)
    return with_names(_checked(READERS[found](request, log), request, log), names_of(request, found))


def _checked(batches: Iterator[TableBatch], request: CompileRequest, log: ProblemLog) -> Iterator[TableBatch]:
    """Without structures. Raises ``Rejected`` where these hold more columns than a table may have."""
    for batch in batches:
        flat = flattened(batch, kept=request.options.columns)
        if flat is not batch:
            check_names([*flat.columns], filename=request.filename, log=log, limits=request.limits)
        yield flat


def names_of(request: CompileRequest, found: Format) -> Names:
    """The names of classes that are numbers in the file, of the columns that are to be predicted, or of tags."""
    names = request.class_names | (names_in_parquet(request.source) if found is Format.PARQUET else {})
    if not (request.task.is_classification or request.task == Task.TOKEN_CLASSIFICATION):
        return {}
    wanted = request.options.to_predict or tuple(names)
    return {column: names[column] for column in wanted if column in names}


def format_of(request: CompileRequest) -> Format:
    """What the file is, told as what a table may be taken for."""
    with request.source.open("rb") as file:
        head = file.read(HEAD_SIZE)
    found = tell_format(head, filename=request.filename)
    if found is Format.BINARY and head.startswith(b"ORC"):
        return Format.ORC
    return next((known for known, form in AS_TEXT if found is Format.CSV and form.match(head)), found)
