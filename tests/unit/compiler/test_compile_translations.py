"""Two columns of a table become texts and their translations."""

from pathlib import Path
from typing import Any

import pytest

from tests.support import uploads
from tests.support.compiled import stored_texts
from tests.support.compiling import accepted, compile_file
from trainyard_spec.datasets import TextProfile
from trainyard_spec.tasks import Task

TRANSLATION = Task.TRANSLATION
COLUMNS = {"text": "en", "target": "de"}


def pair_rows(count: int = 12) -> list[dict[str, Any]]:
    return [{"en": f"goose number {place}", "de": f"Gänse: {place}", "page": place} for place in range(count)]


@pytest.mark.parametrize("write", [uploads.write_csv, uploads.write_jsonl, uploads.write_parquet])
def test_both_columns_are_kept_in_the_order_of_rows(tmp_path: Path, write: Any) -> None:
    rows = pair_rows()

    dataset = accepted(write(tmp_path / "t", rows), TRANSLATION, **COLUMNS)

    assert stored_texts(tmp_path / "compiled") == [row["en"] for row in rows]
    assert stored_texts(tmp_path / "compiled", "translation") == [row["de"] for row in rows]
    assert isinstance(dataset.profile, TextProfile)
    assert (dataset.rows, dataset.classes, dataset.profile.text, dataset.profile.target) == (12, (), "en", "de")


@pytest.mark.parametrize(
    ("options", "code", "column"),
    [
        ({"target": "de"}, "text_required", None),
        ({"text": "en"}, "target_required", None),
        ({"text": "en", "target": "en"}, "text_unsupported", "en"),
        ({"text": "en", "target": "page"}, "text_unsupported", "page"),
        ({"text": "e", "target": "de"}, "text_unknown", "e"),
        ({"text": "en", "target": "d"}, "target_unknown", "d"),
        ({**COLUMNS, "series": "page"}, "option_not_used", None),
    ],
)
def test_columns_that_are_no_translations_say_why(
    tmp_path: Path, options: dict[str, str], code: str, column: str | None
) -> None:
    result = compile_file(uploads.write_jsonl(tmp_path / "t.jsonl", pair_rows()), TRANSLATION, **options)
    assert result.dataset is None
    assert [(problem.code, problem.column) for problem in result.problems] == [(code, column)]


def test_each_row_without_a_text_or_a_translation_is_named(tmp_path: Path) -> None:
    rows = pair_rows()
    rows[2]["en"], rows[4]["de"], rows[6]["de"] = " ", None, ""
    result = compile_file(uploads.write_jsonl(tmp_path / "t.jsonl", rows), TRANSLATION, **COLUMNS)
    assert {(problem.code, problem.row, problem.column) for problem in result.problems} == {
        ("text_missing", 3, "en"),
        ("text_missing", 5, "de"),
        ("text_missing", 7, "de"),
    }
