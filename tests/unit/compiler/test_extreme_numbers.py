"""Numbers at the end of what float64 holds: named, without a word from NumPy."""

import math
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support import uploads
from tests.support.compiling import compile_file
from trainyard_engine.ingest.problems import ProblemCode
from trainyard_spec.tasks import Task


@pytest.mark.parametrize("write", [uploads.write_csv, uploads.write_parquet, uploads.write_jsonl])
@pytest.mark.parametrize("values", [[1e308, 1.5e308, 1e308], [1e308, -1e308, 1e308], [1e308, math.inf, -math.inf]])
def test_numbers_whose_sum_is_none_are_out_of_range(
    tmp_path: Path, write: Callable[[Path, list[uploads.Row]], Path], values: list[float]
) -> None:
    rows = [row | {"length": values[number % 3]} for number, row in enumerate(uploads.flower_rows())]
    result = compile_file(write(tmp_path / "t", rows), Task.TABULAR_CLASSIFICATION, target="species")
    assert {(problem.code, problem.column) for problem in result.problems} == {
        (ProblemCode.NUMBER_OUT_OF_RANGE, "length")
    }
