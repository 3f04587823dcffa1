"""Reads Parquet as batches of typed columns."""

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.parquet

from trainyard_engine.compiler.batches import Batch, as_text, check_names
from trainyard_engine.compiler.problems import ProblemCode, ProblemLog
from trainyard_engine.compiler.request import CompileRequest

BATCH_CELLS = 1 << 19


def read_parquet(request: CompileRequest, log: ProblemLog) -> Iterator[Batch]:
    """Yields all rows. Raises ``Rejected`` when the file is damaged."""
    rows_before = 0
    try:
        with pyarrow.parquet.ParquetFile(request.source) as table:
            names = table.schema_arrow.names
            check_names(names, filename=request.filename, log=log, limits=request.limits)
            _check_size(table.metadata, request, log)
            size = max(1, BATCH_CELLS // max(1, len(names)))
            for batch in table.iter_batches(batch_size=size):
                yield Batch(
                    rows=batch.num_rows,
                    columns={
                        name: as_text(values, column=name, rows_before=rows_before, filename=request.filename, log=log)
                        if pa.types.is_string(values.type) or pa.types.is_large_string(values.type)
                        else values
                        for name, values in zip(names, batch.columns, strict=True)
                    },
                )
                rows_before += batch.num_rows
    except (pa.ArrowException, OSError) as error:
        if isinstance(error, MemoryError) or getattr(error, "errno", None) is not None:
            raise
        message = f"The Parquet file is damaged beyond row {rows_before:,} ({error}). Write it again."
        log.reject(ProblemCode.MALFORMED_TABLE, message, file=request.filename)


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
