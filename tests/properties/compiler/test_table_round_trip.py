"""Whatever a table holds, in whatever format: what is compiled is what was given, or is a named problem."""

import math
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support import uploads
from tests.support.compiling import accepted, array, compile_file
from tests.support.fuzz.scale import tries
from trainyard_engine.ingest.cells import cell_forms
from trainyard_engine.ingest.cells.canonical_cells import BLANKS, MISSING, Cells
from trainyard_engine.ingest.problems import ProblemCode
from trainyard_engine.modalities.inputs import encode_rows
from trainyard_spec.datasets import CategoricalColumn, NumericColumn, TableProfile
from trainyard_spec.tasks import Task

Column = list[Any]
NUMBERS = st.one_of(st.integers(-(2**53), 2**53), st.floats(-3e38, 3e38), st.none())
LABELS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12).filter(
    lambda label: label not in (*MISSING, *BLANKS) and _canonical(label) == label and not _is_number(label)
)
COLUMNS = {"text": "x", "target": "y", "time": "t", "series": "s", "user": "u", "item": "i"}
OPTIONS = {task: {name: COLUMNS[name] for name in COLUMNS.keys() & task.traits.options} for task in Task}
WRITERS = {"csv": uploads.write_csv, "parquet": uploads.write_parquet, "jsonl": uploads.write_jsonl}


def _canonical(text: str) -> object:
    cells = Cells.of(pa.array([text]))
    return cells.text()[0].as_py() if cells else None


def _is_number(text: str) -> bool:
    return any(cell_forms.matching(pa.array([text]), form)[0] for form in cell_forms.FORMS)


@st.composite
def tables(draw: st.DrawFn) -> tuple[dict[str, Column], dict[str, Column], Column]:
    """Columns of numbers, columns of labels, and a target of two classes with at least three rows each."""
    rows = draw(st.integers(10, 40))
    numeric = draw(st.lists(st.lists(NUMBERS, min_size=rows, max_size=rows), max_size=3))
    labels = st.lists(LABELS, min_size=2, max_size=3, unique=True)
    categorical = [
        draw(st.lists(st.sampled_from([*draw(labels), None]), min_size=rows, max_size=rows))
        for _ in range(draw(st.integers(0, 3)))
    ]
    one, two = draw(st.lists(LABELS, min_size=2, max_size=2, unique=True))
    target = draw(st.permutations([one, two] * (rows // 2) + [one] * (rows % 2)))
    return (
        {f"n{index}": column for index, column in enumerate(numeric)},
        {f"c{index}": column for index, column in enumerate(categorical)},
        list(target),
    )


def stored_features(source: Path) -> tuple[np.ndarray, np.ndarray]:
    return array(source, "numeric"), array(source, "categorical")


def _is_learnable(column: Column) -> bool:
    values = {value for value in column if value is not None}
    return bool(values) and (len(values) > 1 or None in column)


@pytest.mark.parametrize("suffix", WRITERS)
@tries(quick=15, full=400)
@given(table=tables())
def test_what_is_compiled_is_what_was_given_and_what_a_prediction_would_see(
    suffix: str, table: tuple[dict[str, Column], dict[str, Column], Column]
) -> None:
    numeric, categorical, target = table
    columns = {**numeric, **categorical, "y": target}
    rows = [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
    kept_numeric = {name: column for name, column in numeric.items() if _is_learnable(column)}
    kept_categorical = {name: column for name, column in categorical.items() if _is_learnable(column)}
    with tempfile.TemporaryDirectory() as directory:
        source = WRITERS[suffix](Path(directory) / f"t.{suffix}", rows)
        if not kept_numeric and not kept_categorical:
            result = compile_file(source, Task.TABULAR_CLASSIFICATION, target="y")
            assert [problem.code for problem in result.problems] == [ProblemCode.NO_FEATURES]
            return

        dataset = accepted(source, Task.TABULAR_CLASSIFICATION, target="y")

        assert isinstance(dataset.profile, TableProfile)
        found = dataset.profile.columns
        assert [column.name for column in found if isinstance(column, NumericColumn)] == list(kept_numeric)
        for position, expected in enumerate(kept_numeric.values()):
            as_floats = np.array([np.nan if value is None else value for value in expected], dtype=np.float64)
            np.testing.assert_array_equal(array(source, "numeric")[:, position], as_floats)
        labelled = [column for column in found if isinstance(column, CategoricalColumn)]
        assert [column.name for column in labelled] == list(kept_categorical)
        for position, column in enumerate(labelled):
            indices = array(source, "categorical")[:, position].tolist()
            assert [None if i < 0 else column.categories[i] for i in indices] == categorical[column.name]
        assert [dataset.classes[i] for i in array(source, "target")] == target
        for given, compiled in zip(encode_rows(rows, dataset.profile), stored_features(source), strict=True):
            np.testing.assert_array_equal(given, compiled)


@given(texts=st.lists(st.text("0123456789+-.eEinfaNxX ", max_size=8) | st.floats().map(str), min_size=1, max_size=30))
def test_a_cell_means_the_same_whatever_stands_beside_it(texts: list[str]) -> None:
    """Arrow casts a batch of clean numbers at once and others by pattern; both must take the same for a number."""
    together = Cells.of(pa.array([*texts, "no number"]))
    alone = [Cells.of(pa.array([text])) for text in texts]

    assert together is not None
    for position, cells in enumerate(alone):
        assert cells is not None
        np.testing.assert_array_equal(together.numbers[position], cells.numbers[0])
        assert together.missing[position] == cells.missing[0]


@tries(quick=60, full=600)
@given(raw=st.binary(max_size=400), name=st.sampled_from(["a.csv", "a.jsonl", "a.parquet", "a"]))
def test_no_bytes_crash_the_compiler(raw: bytes, name: str) -> None:
    with tempfile.TemporaryDirectory() as directory:
        source = Path(directory) / name
        source.write_bytes(raw)

        for task in Task:
            result = compile_file(source, task, **OPTIONS[task])
            assert result.dataset is None
            assert result.problems


@pytest.mark.parametrize(
    ("write", "task"),
    [
        (lambda path: uploads.write_zip(path, uploads.class_folders(images=5)), Task.IMAGE_CLASSIFICATION),
        (lambda path: uploads.write_tar(path, uploads.class_folders(images=5)), Task.IMAGE_CLASSIFICATION),
        (lambda path: uploads.write_tar(path, uploads.class_folders(images=5), packing=""), Task.IMAGE_CLASSIFICATION),
        (lambda path: uploads.write_parquet(path, uploads.flower_rows()), Task.TABULAR_CLASSIFICATION),
        (lambda path: uploads.write_csv(path, uploads.flower_rows()), Task.TABULAR_CLASSIFICATION),
        (lambda path: uploads.write_jsonl(path, uploads.flower_rows()), Task.TABULAR_CLASSIFICATION),
    ],
    ids=["zip", "tar.gz", "tar", "parquet", "csv", "jsonl"],
)
@tries(quick=20, full=600)
@given(damage=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=6))
def test_no_damage_crashes_the_compiler(
    write: Callable[[Path], Path], task: Task, damage: list[tuple[float, int]]
) -> None:
    with tempfile.TemporaryDirectory() as directory:
        source = write(Path(directory) / "upload")
        content = bytearray(source.read_bytes())
        for place, value in damage:
            content[math.floor(place * len(content))] = value
        source.write_bytes(content)

        result = compile_file(source, task, target=None if task is Task.IMAGE_CLASSIFICATION else "species")

        assert (result.dataset is None) == bool(result.problems)
