"""A key that is twice in one object is a problem, wherever JSON comes from."""

import json
from pathlib import Path

import pytest

from tests.support.compiling import compile_file
from trainyard_engine.cli.predict import read_inputs
from trainyard_engine.core.faults import EngineFault
from trainyard_spec.json_objects import with_distinct_keys
from trainyard_spec.tasks import Task

GOOD = [json.dumps({"a": n, "kind": "uv"[n % 2]}) for n in range(20)]


@pytest.mark.parametrize("at", [0, 7], ids=["first row", "later row"])
@pytest.mark.parametrize(
    "line",
    [
        '{"a": 1, "kind": "u", "a": 2}',
        '{"a": 1, "kind": "u", "kind": "u"}',
        '{"a": 1, "kind": "u", "more": {"x": 1, "x": 2}}',
        '{"a": 1, "kind": "u", " a ": 2}',
    ],
    ids=["feature", "target", "deep inside", "but for white space"],
)
def test_a_row_is_named(tmp_path: Path, line: str, at: int) -> None:
    source = tmp_path / "t.jsonl"
    source.write_text("\n".join([*GOOD[:at], line, *GOOD[at:]]))
    (problem,) = compile_file(source, Task.TABULAR_CLASSIFICATION, target="kind").problems
    assert (problem.code, problem.row) == ("invalid_json", at + 1)


def test_a_block_that_is_read_at_once_is_no_exception(tmp_path: Path) -> None:
    lines = [json.dumps({"a": n, "kind": "uv"[n % 2]}) for n in range(60_000)]
    lines[50_000] = '{"a": 1, "kind": "u", "a": 2}'
    (tmp_path / "t.jsonl").write_text("\n".join(lines))
    (problem,) = compile_file(tmp_path / "t.jsonl", Task.TABULAR_CLASSIFICATION, target="kind").problems
    assert (problem.code, problem.row) == ("invalid_json", 50_001)


def test_inputs_are_refused(tmp_path: Path) -> None:
    (tmp_path / "inputs.json").write_text('{"inputs": [{"a": 1, "a": 2}]}')
    with pytest.raises(EngineFault, match="'a' is there twice"):
        read_inputs(tmp_path / "inputs.json")


def test_a_long_key_is_shortened() -> None:
    with pytest.raises(ValueError, match=f"'{'x' * 100}' is there twice"):
        with_distinct_keys([("x" * 5_000, 1), ("x" * 5_000, 2)])
