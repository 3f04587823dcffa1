"""Objects within the rows of a table: what they hold are columns called ``outer.inner``."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support import uploads
from tests.support.compiling import accepted, array, compile_file
from trainyard_engine.core.faults import EngineFault
from trainyard_engine.modalities.inputs import encode_rows
from trainyard_spec.datasets import CompiledDataset, TableProfile
from trainyard_spec.tasks import Task

CLASSES = Task.TABULAR_CLASSIFICATION
ROWS: list[dict[str, Any]] = [
    {"user": {"age": n, "home": {"city": "pq"[n % 2]}}, "tags": {}, "n": n * 2, "out": {"kind": "ab"[n % 2]}}
    for n in range(12)
]


def table_of(dataset: CompiledDataset) -> TableProfile:
    assert isinstance(dataset.profile, TableProfile)
    return dataset.profile


def written(path: Path, rows: list[dict[str, Any]]) -> Path:
    if path.suffix == ".parquet":
        return uploads.write_parquet(path, [{**row, "tags": None} for row in rows])
    if path.suffix == ".json":
        path.write_text(json.dumps(rows))
        return path
    return uploads.write_jsonl(path, rows)


@pytest.mark.parametrize("name", ["a.jsonl", "a.json", "a.parquet"])
def test_objects_of_a_row_are_columns(tmp_path: Path, name: str) -> None:
    dataset = accepted(source := written(tmp_path / name, ROWS), CLASSES, target="out.kind")

    profile = table_of(dataset)
    assert {column.name for column in profile.columns} == {"user.age", "n", "user.home.city"}
    assert (dataset.classes, profile.dropped) == (("a", "b"), ("tags",))
    numbers, codes = encode_rows([{key: row[key] for key in ("user", "n", "tags")} for row in ROWS], profile)
    assert numbers.tolist() == array(source, "numeric").tolist()
    assert codes.tolist() == array(source, "categorical").tolist()


def test_a_prediction_may_name_the_columns_too_and_tells_unknown_ones(tmp_path: Path) -> None:
    profile = table_of(accepted(written(tmp_path / "a.jsonl", ROWS), CLASSES, target="out.kind"))

    flat = {"user.age": 3, "user.home.city": "q", "n": 6}
    assert encode_rows([flat], profile)[0].tolist() == encode_rows([ROWS[3]], profile)[0].tolist()
    with pytest.raises(EngineFault, match=r"user\.size"):
        encode_rows([{"user": {"size": 1}}], profile)


def test_objects_by_number_and_lists_of_objects_stay_what_they_are(tmp_path: Path) -> None:
    rows = [{"x": n, "y": "pq"[n % 2], "by": {"0": 1, "1": 2}, "many": [{"a": 1}]} for n in range(12)]

    dataset = accepted(written(tmp_path / "a.jsonl", rows), CLASSES, target="y")

    assert set(table_of(dataset).dropped) == {"by", "many"}


def test_a_column_of_another_block_of_lines_is_found(tmp_path: Path) -> None:
    rows = [{"text": "x" * 1000, "meta": {"kind": "ab"[n % 2]}} for n in range(3000)]

    dataset = accepted(written(tmp_path / "a.jsonl", rows), Task.TEXT_CLASSIFICATION, text="text", target="meta.kind")

    assert dataset.class_counts == (1500, 1500)


def test_a_missing_target_names_the_columns_of_objects(tmp_path: Path) -> None:
    (problem,) = compile_file(written(tmp_path / "a.jsonl", ROWS), CLASSES, target="kind").problems

    assert "out.kind" in problem.message
