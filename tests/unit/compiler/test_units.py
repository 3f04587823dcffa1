"""Numbers with a unit behind them are categories, or left out, and told; names that hold digits are names."""

from pathlib import Path

import pytest

from tests.support import uploads
from tests.support.compiling import accepted
from trainyard_spec.datasets import CompiledDataset
from trainyard_spec.tasks import Task


def compiled(directory: Path, cells: list[str]) -> CompiledDataset:
    rows = [{"x": cell, "n": place, "y": "pq"[place % 2]} for place, cell in enumerate(cells)]
    return accepted(uploads.write_csv(directory / "t.csv", rows), Task.TABULAR_CLASSIFICATION, target="y")


@pytest.mark.parametrize(
    ("cells", "unit"), [(["12kg", "7kg", "8kg"], "kg"), (["3 rooms", "4 rooms"], "rooms"), (["1.5 °C", "-2 °C"], "°C")]
)
def test_numbers_with_a_unit_are_told(tmp_path: Path, cells: list[str], unit: str) -> None:
    (warning,) = compiled(tmp_path, cells * 7).warnings

    assert (warning.code, warning.column) == ("numbers_as_categories", "x")
    assert f"{cells[0]!r} in row 1, are numbers with {unit!r} behind them" in warning.message


def test_those_that_are_too_many_for_categories_are_told_alike(tmp_path: Path) -> None:
    (warning,) = compiled(tmp_path, [f"{place} cm" for place in range(300)]).warnings

    assert (warning.code, warning.column) == ("text_column", "x")
    assert "'0 cm' in row 1, are numbers with 'cm' behind them" in warning.message


@pytest.mark.parametrize("cells", [["1st", "2nd", "3rd"], ["4x4", "4x2"], ["B5", "C7"], ["1-2", "3-4"]])
def test_names_with_digits_are_names(tmp_path: Path, cells: list[str]) -> None:
    assert compiled(tmp_path, cells * 7).warnings == ()
