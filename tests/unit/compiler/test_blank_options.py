"""A field of a form that was left empty is one that was not filled in."""

from pathlib import Path

import pytest

from tests.support import uploads
from trainyard.datasets import previews
from trainyard_engine.cli.compile import compile_dataset
from trainyard_engine.ingest.request import CompileRequest
from trainyard_spec.compile_options import CompileOptions
from trainyard_spec.tasks import Task

COLUMNS = sorted(name for name, field in CompileOptions.model_fields.items() if field.annotation == str | None)
COLUMNS.remove("label_separator")


@pytest.mark.parametrize("blank", ["", " ", "\u200b"])
@pytest.mark.parametrize("name", COLUMNS)
def test_a_blank_names_no_column(name: str, blank: str) -> None:
    assert CompileOptions.model_validate({name: blank}) == CompileOptions()


def test_ratings_that_a_form_left_out_are_none(tmp_path: Path) -> None:
    source = uploads.write_csv(tmp_path / "a.csv", uploads.rating_rows())
    options = CompileOptions(user="who", item="film", target="", time=" ", split="")
    request = CompileRequest(
        source=source, filename="a.csv", task=Task.RECOMMENDATION, options=options, out=tmp_path / "out"
    )
    dataset = compile_dataset(request).dataset
    assert dataset is not None
    assert (dataset.profile.target, dataset.profile.time) == (None, None)  # type: ignore[union-attr]
    assert previews.build(dataset, tmp_path / "out")


@pytest.mark.parametrize("task", Task)
def test_a_column_that_a_task_needs_is_asked_for_where_it_is_blank(task: Task, tmp_path: Path) -> None:
    source = uploads.write_csv(tmp_path / "a.csv", uploads.rating_rows())
    options = CompileOptions.model_validate(dict.fromkeys(task.traits.needs, " "))
    result = compile_dataset(
        CompileRequest(source=source, filename="a.csv", task=task, options=options, out=tmp_path / "out")
    )
    assert result.dataset is None or not task.traits.needs
    assert bool(result.problems) == (result.dataset is None)
