"""Sheets of ``.xlsx`` become what their CSV would become; what is none, or means harm, is told."""

from pathlib import Path

import numpy as np
import pytest

from tests.support.compiling import accepted, array, compile_file
from tests.support.workbooks import cell, sheet, write_workbook
from trainyard_spec.datasets import CompiledDataset, TableProfile
from trainyard_spec.tasks import Task

TASK = Task.TABULAR_REGRESSION
HEADER = ["x", "y"]


def compiled(directory: Path, values: list[object], *, style: int = 0, **book: object) -> CompiledDataset:
    """A sheet of ``values`` in column ``x``, often, beside a number."""
    rows = [HEADER, *([value, place * 1.5] for place, value in enumerate(values * 6))]
    content = sheet(rows, styles={0: style})
    return accepted(write_workbook(directory / "t.xlsx", content, **book), TASK, target="y")  # type: ignore[arg-type]


def stored(directory: Path) -> list[float]:
    values: list[float] = array(directory / "t.xlsx", "numeric")[:, 0].tolist()
    return values


@pytest.mark.parametrize(
    ("cells", "style", "own", "expected"),
    [
        ([1, 2.5, "-3"], 0, "0.0", [1, 2.5, -3]),
        ([46023, 46023.25], 1, "0.0", [1767225600, 1767247200]),
        ([59, 60, 61], 1, "0.0", [-2203977600, -2203977600, -2203891200]),
        ([0.25, 0.5], 2, "0.0", [21600, 43200]),
        ([1.5, 0.25], 3, "0.0", [129600, 21600]),
        ([0.15, 0.5], 4, "0.0", [0.15, 0.5]),
        ([46023, 46024], 5, 'dd/mm/yyyy "at" hh:mm', [1767225600, 1767312000]),
        ([46023, 46024], 5, '[$-409]mmm yy;@', [1767225600, 1767312000]),
        ([1.5, 0.25], 5, "[h]:mm", [129600, 21600]),
        ([46023, 46024.5], 5, '[Red]0.0" days"', [46023, 46024.5]),
        ([46023, 46024.5], 5, "General", [46023, 46024.5]),
        (["1.1000000000000001", "1E-3"], 0, "0.0", [1.1, 0.001]),
    ],
)  # fmt: skip
def test_numbers_are_what_their_format_shows(
    tmp_path: Path, cells: list[object], style: int, own: str, expected: list[float]
) -> None:
    numbers = [float(value) if isinstance(value, str) and style == 0 else value for value in cells]

    compiled(tmp_path, [*numbers], style=style, own_format=own)

    np.testing.assert_allclose(stored(tmp_path)[: len(expected)], expected, rtol=1e-12)


def test_days_may_count_from_1904(tmp_path: Path) -> None:
    compiled(tmp_path, [44561, 44562], style=1, since_1904=True)

    assert stored(tmp_path)[:2] == [1767225600, 1767312000]


def test_texts_booleans_gaps_and_errors(tmp_path: Path) -> None:
    rows = [["t", "b", "n", "e", "y"]]
    rows += [
        ['a\nb, "c"' if row % 2 else "_x0041_", bool(row % 3), None if row % 5 else row, row, row] for row in range(30)
    ]  # type: ignore[list-item]
    content = sheet(rows).replace(
        '<c s="0"><v>7</v></c><c s="0"><v>7</v>', '<c t="e"><v>#DIV/0!</v></c><c s="0"><v>7</v>'
    )

    profile = accepted(write_workbook(tmp_path / "t.xlsx", content), TASK, target="y").profile

    assert isinstance(profile, TableProfile)
    kinds = {
        column.name: (column.kind, column.missing, getattr(column, "categories", ())) for column in profile.columns
    }
    assert kinds == {
        "t": ("categorical", 0, ("A", 'a\nb, "c"')),
        "b": ("categorical", 0, ("false", "true")),
        "n": ("numeric", 24, ()),
        "e": ("numeric", 1, ()),
    }


def test_shared_texts_leave_out_how_signs_are_pronounced(tmp_path: Path) -> None:
    pronounced = "<si><r><t>東</t></r><r><t>京</t></r><rPh><t>トウ</t></rPh></si>"
    shared = f"<sst><si><t>x</t></si><si><t>y</t></si>{pronounced}<si><t>b</t></si></sst>"
    lines = "".join(f'<row><c t="s"><v>{2 + row % 2}</v></c>{cell(row)}</row>' for row in range(30))
    content = f'<sheetData><row><c t="s"><v>0</v></c><c t="s"><v>1</v></c></row>{lines}</sheetData>'
    source = write_workbook(tmp_path / "t.xlsx", content, parts={"xl/sharedStrings.xml": shared})

    (column,) = accepted(source, TASK, target="y").profile.columns  # type: ignore[union-attr]

    assert column.categories == ("b", "東京")


def test_the_first_sheet_that_can_be_seen_is_read_and_others_are_told(tmp_path: Path) -> None:
    assert compiled(tmp_path, [1, 2], states=("hidden", "veryHidden", "visible")).warnings == ()

    rows = [HEADER, *([place, place * 1.5] for place in range(20))]
    source = tmp_path / "two" / "t.xlsx"
    source.parent.mkdir()
    write_workbook(
        source, sheet([["no"]]), states=("visible", "visible"), parts={"xl/worksheets/sheet0.xml": sheet(rows)}
    )
    (warning,) = accepted(source, TASK, target="y").warnings
    assert (warning.code, warning.file) == ("first_sheet", "t.xlsx")
    assert "'S0'" in warning.message


def test_cells_by_their_places_leave_gaps(tmp_path: Path) -> None:
    header = '<row><c r="A1" t="str"><v>a</v></c><c t="str"><v>b</v></c><c r="C1" t="str"><v>y</v></c></row>'
    row = '<row r="{0}"><c r="A{0}"><v>{0}</v></c><c r="C{0}"><v>{1}</v></c></row>'
    lines = "".join(row.format(number, 3 * number) for number in range(2, 30, 2))

    dataset = accepted(write_workbook(tmp_path / "t.xlsx", f"<w>{header}{lines}</w>"), TASK, target="y")

    assert dataset.rows == 14
    assert [warning.code for warning in dataset.warnings] == ["empty_column"]
    assert stored(tmp_path)[:3] == [2, 4, 6]


WIDE = '<row><c r="XFD1"><v>1</v></c></row>'
BAD: dict[str, tuple[str, str, str]] = {
    "no XML": ("<row", "malformed_table", "is no XML"),
    "a document type": ('<!DOCTYPE a [<!ENTITY b "c">]><row/>', "malformed_table", "document type"),
    "cells out of order": ('<row><c r="B1"/><c r="A1"/></row>', "malformed_table", "out of order"),
    "beyond the last column": ('<row><c r="ZZZ1"/></row>', "malformed_table", "out of order"),
    "a text that is not there": ('<row><c t="s"><v>7</v></c></row>', "malformed_table", "does not hold"),
    "an endless tag": (f'<row a="{"x" * 3_000_000}"/>', "malformed_table", "never ends"),
    "a huge cell": (f"<row><c t='str'><v>{'x' * 2_000_000}</v></c></row>", "malformed_table", "characters"),
    "wide rows": (f"<w>{WIDE * 60_000}</w>", "archive_bomb", "far more than its size"),
    "nothing": ("<w/>", "empty_file", "empty"),
}  # fmt: skip


@pytest.mark.parametrize("kind", BAD)
def test_what_is_no_sheet_or_means_harm_is_told(tmp_path: Path, kind: str) -> None:
    content, code, said = BAD[kind]

    (problem,) = compile_file(write_workbook(tmp_path / "t.xlsx", content), TASK, target="y").problems

    assert (problem.code, problem.file) == (code, "t.xlsx")
    assert said in problem.message
    assert not (tmp_path / "compiled").exists()


@pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/_rels/workbook.xml.rels"])
def test_parts_that_point_nowhere_are_told(tmp_path: Path, part: str) -> None:
    text = '<R><Relationship Id="r0" Target="../../../etc/passwd"/></R>' if "rels" in part else "<workbook/>"
    source = write_workbook(tmp_path / "t.xlsx", sheet([HEADER]), parts={part: text})

    (problem,) = compile_file(source, TASK, target="y").problems

    assert problem.code == "malformed_table"
