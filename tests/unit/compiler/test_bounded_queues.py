"""Between what reads a file and what writes arrays only a few pieces wait, whichever is the slower."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainyard_engine.ingest.archives.decoding import CHUNK_FILES, decode_all
from trainyard_engine.ingest.parallel import mapped_by_threads, workers
from trainyard_engine.ingest.problems import ProblemLog
from trainyard_engine.ingest.request import CompileRequest
from trainyard_engine.ingest.tables.parquet_source import BATCH_CELLS, BATCH_ROWS, read_parquet
from trainyard_spec.compile_options import CompileOptions
from trainyard_spec.tasks import Task


class Pieces:
    """Numbers from 0 on; ``most`` is how many were taken and not given back at any time."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.taken = self.given = self.most = 0

    def __iter__(self) -> Iterator[int]:
        for number in range(self.count):
            self.taken += 1
            self.most = max(self.most, self.taken - self.given)
            yield number


@given(count=st.integers(0, 60))
def test_the_reader_is_ahead_of_the_writer_by_no_more_than_the_workers_and_one(count: int) -> None:
    pieces = Pieces(count)
    found = []
    for result in mapped_by_threads(lambda number: -number, pieces):
        found.append(result)
        pieces.given += 1
    assert found == [-number for number in range(count)]
    assert pieces.most <= workers() + 1


def test_files_wait_to_be_decoded_by_the_chunk() -> None:
    pieces = Pieces(4000)
    named = ((str(number), b"x") for number in pieces)
    for _ in decode_all(named, bytes, decoded_size=lambda _: 1):
        pieces.given += 1
    assert pieces.most <= CHUNK_FILES * (workers() + 2)


@pytest.mark.parametrize("columns", [1, 2, 20])
def test_parquet_comes_in_batches_of_bounded_rows_and_cells(tmp_path: Path, columns: int) -> None:
    rows = 200_000
    table = pa.table({f"c{n}": pa.nulls(rows, pa.float64()) for n in range(columns)})
    pyarrow.parquet.write_table(table, tmp_path / "p")
    request = CompileRequest(
        source=tmp_path / "p",
        filename="p",
        task=Task.TABULAR_REGRESSION,
        options=CompileOptions(target="c0"),
        out=tmp_path / "out",
    )
    sizes = [batch.rows for batch in read_parquet(request, ProblemLog(listed=9))]
    assert sum(sizes) == rows
    assert max(sizes) <= min(BATCH_ROWS, BATCH_CELLS // columns)
