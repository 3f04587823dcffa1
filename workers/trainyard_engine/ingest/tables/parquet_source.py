"""Reads Parquet as batches of typed columns."""

from collections.abc import Callable, Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet

from trainyard_engine.ingest.limits import MIB
from trainyard_engine.ingest.problems import ProblemCode, ProblemLog
from trainyard_engine.ingest.request import CompileRequest
from trainyard_engine.ingest.tables.batches import TableBatch, check_names
from trainyard_spec.datasets import Problem
from trainyard_spec.names import column_name

BATCH_CELLS = 1 << 19
BATCH_SIZE = 16 * MIB
"""Bytes of rows as stored: long texts come in fewer rows at once."""
BATCH_ROWS = 1 << 16
"""A few columns gain nothing from more, and as many batches as there are workers and one more are in memory at once."""


def read_parquet(request: CompileRequest, log: ProblemLog) -> Iterator[TableBatch]:
    """Yields all rows. Raises ``Rejected`` when the file is damaged."""
    rows_before = 0
    try:
        with pyarrow.parquet.ParquetFile(request.source) as table:
            names = [column_name(name) for name in table.schema_arrow.names]
            check_names(names, filename=request.filename, log=log, limits=request.limits)
            _check_size(table.metadata, request, log)
            for batch in table.iter_batches(batch_size=_rows_at_once(table.metadata)):
                yield TableBatch(
                    rows=batch.num_rows,
                    columns={
                        name: _checked_text(
                            values, column=name, rows_before=rows_before, filename=request.filename, log=log
                        )
                        for name, values in zip(names, batch.columns, strict=True)
                    },
                )
                rows_before += batch.num_rows
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        if isinstance(error, MemoryError) or getattr(error, "errno", None) is not None:
            raise
        message = f"The Parquet file is damaged beyond row {rows_before:,} ({error}). Write it again."
        log.reject(ProblemCode.MALFORMED_TABLE, message, file=request.filename)


def index_columns(request: CompileRequest) -> frozenset[str]:
    """The columns that pandas wrote as the index of its rows, which often tells how they were sorted."""
    try:
        stated = (pyarrow.parquet.read_schema(request.source).pandas_metadata or {}).get("index_columns")
    except (ValueError, AttributeError, RecursionError):
        return frozenset()
    names = stated if isinstance(stated, list) else []
    return frozenset(column_name(name) for name in names if isinstance(name, str))


def _rows_at_once(metadata: pyarrow.parquet.FileMetaData) -> int:
    stored = sum(metadata.row_group(i).total_byte_size for i in range(metadata.num_row_groups))
    by_size: int = BATCH_SIZE * metadata.num_rows // max(1, stored)
    by_cells: int = BATCH_CELLS // max(1, metadata.num_columns)
    return max(1, min(by_size, by_cells, BATCH_ROWS))


def _check_size(metadata: pyarrow.parquet.FileMetaData, request: CompileRequest, log: ProblemLog) -> None:
    """Parquet can repeat one value a billion times in a few bytes: what it says it holds is judged first."""
    cells = metadata.num_rows * metadata.num_columns
    largest = max((metadata.row_group(i).total_byte_size for i in range(metadata.num_row_groups)), default=0)
    if cells * 4 > request.limits.compiled_size or largest > request.limits.row_group_size:
        most_cells = request.limits.compiled_size // 4
        message = (
            f"The file holds {cells:,} cells, or a row group of {largest:,} bytes; {most_cells:,}"
            f" cells and {request.limits.row_group_size:,} bytes are allowed. Use fewer rows, or smaller row groups."
        )
        log.reject(ProblemCode.DATASET_TOO_LARGE, message, file=request.filename)


def _checked_text(values: pa.Array, *, column: str, rows_before: int, filename: str, log: ProblemLog) -> pa.Array:
    """Parquet does not check its strings; adds a problem for each cell that is not UTF-8, or holds NUL."""
    is_encoded = pa.types.is_dictionary(values.type)
    stored = values.dictionary if is_encoded else values
    if not any(is_text(stored.type) for is_text in (pa.types.is_string, pa.types.is_large_string)):
        return values
    raw = stored.cast(pa.binary())
    code = _fault_in(raw)
    if code is None:
        return values if is_encoded else raw.cast(pa.string())
    if is_encoded:
        raw = values.dictionary_decode().cast(pa.binary())
    is_fine, message = FAULTS[code]
    wrong = np.array([cell is not None and not is_fine(cell) for cell in raw.to_pylist()])
    log.extend(
        int(wrong.sum()),
        (
            Problem(code=code, message=message, file=filename, row=rows_before + int(at) + 1, column=column)
            for at in np.flatnonzero(wrong)
        ),
    )
    return pc.if_else(pa.array(wrong), None, raw).cast(pa.string())


def _fault_in(raw: pa.BinaryArray) -> ProblemCode | None:
    try:
        raw.cast(pa.string())
    except pa.ArrowInvalid:
        return ProblemCode.ENCODING
    content = raw.buffers()[2]
    return ProblemCode.NUL_CHARACTER if content and b"\0" in content.to_pybytes() else None


def _is_utf8(cell: bytes) -> bool:
    try:
        cell.decode()
    except UnicodeDecodeError:
        return False
    return True


FAULTS: dict[ProblemCode, tuple[Callable[[bytes], bool], str]] = {
    ProblemCode.ENCODING: (_is_utf8, "This cell is not UTF-8 text. Write it as such, or as binary data."),
    ProblemCode.NUL_CHARACTER: (lambda cell: b"\0" not in cell, "This cell holds a NUL character. Leave it out."),
}
"""What makes a cell fine, and the sentence for one that is not."""
