"""Whatever is uploaded for whatever task, it is compiled or is a named problem."""

import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, seed
from hypothesis import strategies as st

from tests.support.fuzz.scale import tries
from tests.support.fuzz.uploads import uploads
from trainyard.datasets import previews
from trainyard_engine.cli.compile import compile_dataset
from trainyard_engine.core.dataset import open_dataset
from trainyard_engine.ingest.problems import ProblemCode, WarningCode
from trainyard_engine.ingest.request import CompileRequest
from trainyard_spec.datasets import CompiledDataset, CompileResult
from trainyard_spec.tasks import Task


@pytest.mark.parametrize("task", Task)
@seed(20260101)
@tries(quick=25, full=1_900)
@given(data=st.data())
def test_an_upload_is_compiled_or_its_problems_are_named(task: Task, data: st.DataObject) -> None:
    upload = data.draw(uploads(task))
    with tempfile.TemporaryDirectory() as directory:
        source = Path(directory) / "source"
        source.write_bytes(upload.content)
        out = Path(directory) / "compiled"
        result = compile_dataset(
            CompileRequest(source=source, filename=upload.name, task=upload.task, options=upload.options, out=out)
        )

        assert sorted(path.name for path in Path(directory).iterdir() if path.name != "source") == (
            ["compiled"] if result.dataset else []
        )
        assert (result.dataset is None) == bool(result.problems)
        _check_told(result, directory)
        if result.dataset:
            _check_whole(result.dataset, out)


def _check_told(result: CompileResult, directory: str) -> None:
    """Codes are of the lists, sentences can be stored and name nothing of this machine; JSON brings it over."""
    warnings = result.dataset.warnings if result.dataset else ()
    assert {problem.code for problem in result.problems} <= set(ProblemCode)
    assert {warning.code for warning in warnings} <= set(WarningCode)
    assert CompileResult.model_validate_json(result.model_dump_json()) == result
    for problem in (*result.problems, *warnings):
        told = f"{problem.file}{problem.column}{problem.message}"
        assert "\x00" not in told, problem
        assert directory not in told, problem
        assert "source" not in (problem.file or ""), problem
        assert problem.message.strip(), problem


def _check_whole(dataset: CompiledDataset, out: Path) -> None:
    """The engine opens it, and a preview can be made of it."""
    opened = open_dataset(out)
    assert opened.compiled == dataset
    for array in opened.features.values():
        assert array.dtype.kind in "iuf"
    assert all((out / entry.name).stat().st_size == entry.bytes for entry in dataset.files)
    assert json.loads(previews.build(dataset, out))
    assert '"\\u0000' not in dataset.model_dump_json().replace("\\\\", "")
