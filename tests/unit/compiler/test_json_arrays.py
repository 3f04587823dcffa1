"""A JSON array of objects is the table that its items are, however it is written and wherever a read ends."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support import uploads
from tests.support.compiling import accepted, array, compile_file
from trainyard_engine.ingest.tables import json_array
from trainyard_engine.ingest.tables.json_array import DamagedArray, array_items
from trainyard_spec.tasks import Task

CLASSES = Task.TABULAR_CLASSIFICATION
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


def items_of(text: str, *, chunk: int = 7, longest: int = 10_000) -> list[str]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_array, "CHUNK", chunk)
        return list(array_items(io.StringIO(text), longest=longest))


@given(rows=st.lists(JSON, max_size=6), indent=st.sampled_from([None, 0, 3]), chunk=st.integers(1, 30))
def test_items_are_those_of_the_whole_and_each_is_one_line(rows: list[Any], indent: int | None, chunk: int) -> None:
    items = items_of(" \n" + json.dumps(rows, indent=indent, ensure_ascii=False) + "\r\n", chunk=chunk)
    assert [json.loads(item) for item in items] == rows
    assert not any(sign in item for item in items for sign in "\r\n")


@given(rows=st.lists(JSON, max_size=4), at=st.integers(0, 200), sign=st.sampled_from(["", "]", ",", "{", "x", '"']))
def test_an_array_is_damaged_where_json_says_so(rows: list[Any], at: int, sign: str) -> None:
    text = json.dumps(rows)
    damaged = text[: at % len(text)] + sign + text[at % len(text) + 1 :]
    try:
        whole = json.loads(damaged)
    except ValueError:
        whole = None
    if isinstance(whole, list):
        assert [json.loads(item) for item in items_of(damaged)] == whole
    else:
        with pytest.raises(DamagedArray):
            items_of(damaged)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[{"a": "' + "x" * 200 + '"}]', "longer than 100 characters"),
        ("[" * 100_000, "nested too deeply"),
        ("[1, 2] 3", "something follows"),
        ("[1 2]", "] is expected and 2 found"),
        ('[{"a": 1}, {"b" 2}]', "Expecting ':' delimiter$"),
        ("[1, 2", "] is expected and the end found"),
    ],
)
def test_what_is_wrong_is_said(text: str, message: str) -> None:
    with pytest.raises(DamagedArray, match=message):
        items_of(text, longest=100 if "x" in text else 1_000_000, chunk=1000)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_it_is_the_table_of_its_lines(encoding: str, tmp_path: Path) -> None:
    (tmp_path / "lines").mkdir()
    lines = uploads.write_jsonl(tmp_path / "lines" / "t.jsonl", uploads.flower_rows())
    (tmp_path / "array.json").write_text(json.dumps(uploads.flower_rows(), indent=2), encoding=encoding)

    as_lines = accepted(lines, CLASSES, target="species")
    stored = [array(lines, kind).tolist() for kind in ("numeric", "categorical", "target")]
    as_array = accepted(tmp_path / "array.json", CLASSES, target="species")

    assert as_array.profile == as_lines.profile
    assert [array(tmp_path / "array.json", kind).tolist() for kind in ("numeric", "categorical", "target")] == stored


CHATS = [{"messages": [{"role": "user", "content": "Where?"}, {"role": "assistant", "content": "Here."}]}] * 12
TAGS = [{"tokens": ["Ada", "writes"], "tags": ["B-PER", "O"]}] * 12


@pytest.mark.parametrize(
    ("task", "rows", "wrong"),
    [
        (Task.INSTRUCTION_TUNING, CHATS, {"messages": []}),
        (Task.TOKEN_CLASSIFICATION, TAGS, {"tokens": ["Ada"], "tags": []}),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_what_is_wrong_in_another_array_is_said_of_its_entry(
    task: Task, rows: list[Any], wrong: Any, encoding: str, tmp_path: Path
) -> None:
    (tmp_path / "t.json").write_text(json.dumps([*rows, wrong], indent=1), encoding=encoding)
    (problem,) = compile_file(tmp_path / "t.json", task).problems
    assert (problem.row, problem.message.partition(":")[0]) == (13, "Entry 13")


def test_problems_name_the_row(tmp_path: Path) -> None:
    rows: list[Any] = [*uploads.flower_rows(), 3]
    (tmp_path / "t.json").write_text(json.dumps(rows))
    (problem,) = compile_file(tmp_path / "t.json", CLASSES, target="species").problems
    assert (problem.code, problem.row) == ("invalid_json", len(rows))

    (tmp_path / "t.json").write_text(json.dumps(uploads.flower_rows())[:-1])
    (problem,) = compile_file(tmp_path / "t.json", CLASSES, target="species").problems
    assert (problem.code, problem.message.partition(":")[0]) == (
        "invalid_json",
        f"The JSON array cannot be read beyond row {len(rows) - 1}",
    )

    (tmp_path / "t.json").write_bytes(json.dumps(uploads.flower_rows())[:-1].encode() + b', "\xff"]')
    assert [found.code for found in compile_file(tmp_path / "t.json", CLASSES, target="species").problems] == [
        "encoding"
    ]
