"""A table in any of the formats that are read, batch by batch."""

import re
from collections.abc import Callable, Iterator

from trainyard_engine.ingest.batches import TableBatch
from trainyard_engine.ingest.csv_source import read_csv
from trainyard_engine.ingest.formats import HEAD_SIZE, READABLE_TABLES, Format, tell_format
from trainyard_engine.ingest.jsonl_source import read_json_array, read_jsonl
from trainyard_engine.ingest.labelled_rows import labelled
from trainyard_engine.ingest.parquet_source import read_parquet
from trainyard_engine.ingest.problems import ProblemCode, ProblemLog
from trainyard_engine.ingest.request import CompileRequest

WEB_PAGE = re.compile(rb"\s*<(?:!doctype html|html|\?xml)[\s>]", re.IGNORECASE)
READERS: dict[Format, Callable[[CompileRequest, ProblemLog], Iterator[TableBatch]]] = {
    Format.CSV: read_csv,
    Format.PARQUET: read_parquet,
    Format.JSONL: read_jsonl,
    Format.JSON_ARRAY: read_json_array,
}

HINTS = {
    Format.WEB_PAGE: ", which some programs call .xls. Open it there, and save it as .xlsx or CSV.",
    Format.WORKBOOK: ". Save it as .xlsx without a password, or its sheet as CSV in UTF-8.",
}


def batches_of(request: CompileRequest, log: ProblemLog) -> Iterator[TableBatch]:
    """Reads the table from its beginning, without rows that lack a target where these may be left out.

    Raises ``Rejected`` when it is none or is broken beyond reading on.
    """
    found = format_of(request)
    if found not in READABLE_TABLES:
        hint = HINTS.get(found, ".")
        wanted = "A table comes as CSV, Parquet or JSON (an object per row, in lines or in one array)"
        message = f"{wanted}, and this is {found}{hint}"
        log.reject(ProblemCode.NOT_A_TABLE, message, file=request.filename)
    return labelled(READERS[found](request, log), request)


def format_of(request: CompileRequest) -> Format:
    """What the file is, told as what a table may be taken for."""
    with request.source.open("rb") as file:
        head = file.read(HEAD_SIZE)
    found = tell_format(head, filename=request.filename)
    return Format.WEB_PAGE if found is Format.CSV and WEB_PAGE.match(head) else found
