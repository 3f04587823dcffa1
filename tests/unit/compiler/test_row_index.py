"""The index that pandas and R write before each row of a CSV is no column to learn from, and no reason to refuse it."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest

from tests.support.compiling import accepted, compile_file
from trainyard_engine.modalities.inputs import encode_rows
from trainyard_spec.datasets import SeriesProfile, TableProfile
from trainyard_spec.tasks import Task

CLASSES = Task.TABULAR_CLASSIFICATION
ROWS = [(f"{number}.5", "uv"[number % 2]) for number in range(12)]


def lines(header: str, row: str) -> str:
    return header + "".join(row.format(*cells, number=number) for number, cells in enumerate(ROWS, start=1))


WRITTEN = {
    "pandas": lines(",width,kind\n", "{number},{},{}\n"),
    "pandas, read and written again": lines(",Unnamed: 0,width,kind\n", "{number},{number},{},{}\n"),
    "pandas, after it was read": lines("Unnamed: 0,width,kind\n", "{number},{},{}\n"),
    "write.csv of R": lines('"","width","kind"\n', '"{number}",{},"{}"\n'),
    "write.csv2 of R": lines('"";"width";"kind"\n', '"Mazda RX{number}";{};"{}"\n').replace(".5", ",5"),
    "write.table of R": lines('"width"\t"kind"\n', '"Mazda RX{number}"\t{}\t"{}"\n'),
}


@pytest.mark.parametrize("written", WRITTEN.values(), ids=WRITTEN.keys())
def test_it_is_left_out_and_that_is_said(written: str, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(written)

    dataset = accepted(tmp_path / "t.csv", CLASSES, target="kind")

    assert isinstance(dataset.profile, TableProfile)
    assert [column.name for column in dataset.profile.columns] == ["width"]
    assert {warning.code for warning in dataset.warnings} == {"index_column"}
    assert "index of the rows that pandas or R wrote" in dataset.warnings[0].message


@pytest.mark.parametrize("name", ["", "Unnamed: 0"])
def test_a_row_to_predict_may_bring_it_along(name: str, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(WRITTEN["pandas"])
    profile = accepted(tmp_path / "t.csv", CLASSES, target="kind").profile
    assert isinstance(profile, TableProfile)

    assert encode_rows([{name: "13", "width": "2.5"}], profile)[0].tolist() == [[2.5]]


def test_a_parquet_file_of_such_a_table_has_it_too(tmp_path: Path) -> None:
    columns = {"Unnamed: 0": range(12), "width": range(12), "kind": [kind for _, kind in ROWS]}
    pyarrow.parquet.write_table(
        pa.table({name: list(cells) for name, cells in columns.items()}), tmp_path / "t.parquet"
    )

    profile = accepted(tmp_path / "t.parquet", CLASSES, target="kind").profile

    assert isinstance(profile, TableProfile)
    assert [column.name for column in profile.columns] == ["width"]


def test_it_is_no_channel_of_a_series(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(",hour,value\n" + "".join(f"{step},{step},{step % 7}\n" for step in range(200)))

    profile = accepted(tmp_path / "t.csv", Task.TIME_SERIES_FORECASTING, time="hour", target="value").profile

    assert isinstance(profile, SeriesProfile)
    assert [channel.name for channel in profile.channels] == ["value"]


@pytest.mark.parametrize(
    "written",
    [
        pytest.param(lines("width,,kind\n", "{},{number},{}\n"), id="behind the first column"),
        pytest.param(lines("width,kind\n", "1,{},{}\n"), id="rows that are longer by the same cell"),
    ],
)
def test_other_columns_need_a_name(written: str, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(written)

    result = compile_file(tmp_path / "t.csv", CLASSES, target="kind")

    assert {problem.code for problem in result.problems} <= {"empty_column_name", "ragged_row"}
    assert result.dataset is None
