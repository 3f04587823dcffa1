"""A table is read in blocks, by threads, as numbers where it can be: none of that shows in what comes out."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.support import uploads
from tests.support.compiling import array, compile_file
from tests.support.uploads import Row
from trainyard_engine.ingest.limits import IngestLimits
from trainyard_spec.datasets import CategoricalColumn, CompileResult, NumericColumn, TableProfile
from trainyard_spec.tasks import Task

ROWS = 600
SMALL_BLOCKS = IngestLimits(row_size=1000)
CLASSIFICATION = Task.TABULAR_CLASSIFICATION
Change = Callable[[list[Row]], object]


def compiled(path: Path, change: Change, limits: IngestLimits | None = SMALL_BLOCKS) -> CompileResult:
    rows = uploads.flower_rows(ROWS)
    change(rows)
    path.parent.mkdir()
    return compile_file(uploads.write_csv(path, rows), CLASSIFICATION, target="species", limits=limits)


def column(result: CompileResult, name: str) -> NumericColumn | CategoricalColumn:
    assert result.dataset is not None, result.problems
    assert isinstance(result.dataset.profile, TableProfile)
    return next(column for column in result.dataset.profile.columns if column.name == name)


def set_values(name: str, values: dict[int, object]) -> Change:
    return lambda rows: [rows[at].update({name: value}) for at, value in values.items()]


CHANGES: dict[str, Change] = {
    "as it is": lambda _: None,
    "cells of several lines": set_values("colour", {400: "two\nlines", 401: "two\nlines"}),
    "a comma in quotes": set_values("colour", {400: "a,b", 401: "a,b"}),
    "a gap at the beginning": set_values("width", dict.fromkeys(range(300))),
    "text after a gap": set_values("colour", dict.fromkeys(range(300))),
    "numbers, then text": set_values("colour", {at: at % 5 for at in range(300)}),
    "white space around numbers": set_values("width", {at: f" {at} " for at in range(0, ROWS, 7)}),
    "a word": set_values("width", {7: "!", 555: "-NAN"}),
    "a missing target": set_values("species", {3: None, 599: None}),
    "a number beyond float32": set_values("weight", {599: "1e39"}),
    "a letter of two bytes": set_values("colour", dict.fromkeys(range(0, ROWS, 3), "grün")),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_the_size_of_blocks_does_not_matter(tmp_path: Path, change: Change) -> None:
    small = compiled(tmp_path / "small" / "t.csv", change)
    large = compiled(tmp_path / "large" / "t.csv", change, limits=None)

    assert small.problems == large.problems
    assert (small.dataset is None) == (large.dataset is None)
    if small.dataset and large.dataset:
        assert small.dataset.files == large.dataset.files
        assert small.dataset.class_counts == large.dataset.class_counts


def test_numbers_before_the_first_text_of_a_column_are_categories_like_the_others(tmp_path: Path) -> None:
    result = compiled(tmp_path / "a" / "t.csv", CHANGES["numbers, then text"])

    expected = ("0", "1", "2", "3", "4", "blue", "red")
    assert column(result, "colour") == CategoricalColumn(name="colour", missing=0, categories=expected)
    found = array(tmp_path / "a" / "t.csv", "categorical")[:, 0].tolist()
    assert found == [expected.index(str(at % 5) if at < 300 else ("red", "blue")[at % 2]) for at in range(ROWS)]


def test_a_column_that_begins_empty_holds_what_comes_later(tmp_path: Path) -> None:
    numbers = compiled(tmp_path / "n" / "t.csv", CHANGES["a gap at the beginning"])
    texts = compiled(tmp_path / "t" / "t.csv", CHANGES["text after a gap"])

    assert column(numbers, "width").missing == column(texts, "colour").missing == 300
    stored = array(tmp_path / "n" / "t.csv", "numeric")[:, 1]
    np.testing.assert_array_equal(stored, [np.nan if at < 300 else at % 7 for at in range(ROWS)])
    assert (array(tmp_path / "t" / "t.csv", "categorical")[:300, 0] == -1).all()


def test_what_only_looks_like_a_number_is_named_with_its_row(tmp_path: Path) -> None:
    result = compiled(tmp_path / "a" / "t.csv", CHANGES["a word"])

    assert [(p.code, p.row, p.message[:5]) for p in result.problems] == [
        ("not_a_number", 8, "'!' i"),
        ("not_a_number", 556, "'-NAN"),
    ]


def test_a_row_of_another_length_is_named_with_its_row_after_many_blocks(tmp_path: Path) -> None:
    source = uploads.write_csv(tmp_path / "t.csv", uploads.flower_rows(ROWS))
    lines = source.read_bytes().splitlines(keepends=True)
    source.write_bytes(b"".join([*lines[:500], b"1,2\r\n", *lines[500:]]))

    result = compile_file(source, CLASSIFICATION, target="species", limits=SMALL_BLOCKS)

    assert [(problem.code, problem.row) for problem in result.problems] == [("ragged_row", 500)]
