"""Pairs of texts: a table with two columns of texts, and one of negatives or scores."""

from pathlib import Path
from typing import Any

import pytest

from tests.support import uploads
from tests.support.compiled import stored_texts
from tests.support.compiling import accepted, array, compile_file
from trainyard_spec.datasets import TextProfile
from trainyard_spec.tasks import Task

TASK = Task.SENTENCE_EMBEDDING
WRITERS = {"csv": uploads.write_csv, "jsonl": uploads.write_jsonl, "parquet": uploads.write_parquet}


def pairs(count: int = 12, **more: Any) -> list[dict[str, Any]]:
    return [
        {"anchor": f"question {row}, of", "positive": f"answer {row}"} | {name: of(row) for name, of in more.items()}
        for row in range(count)
    ]


@pytest.mark.parametrize("suffix", WRITERS)
def test_every_kind_of_table_gives_pairs(tmp_path: Path, suffix: str) -> None:
    source = WRITERS[suffix](tmp_path / f"t.{suffix}", pairs())
    dataset = accepted(source, TASK)
    assert stored_texts(tmp_path / "compiled") == [f"question {row}, of" for row in range(12)]
    assert stored_texts(tmp_path / "compiled", "positive") == [f"answer {row}" for row in range(12)]
    assert isinstance(dataset.profile, TextProfile)
    assert (dataset.rows, dataset.profile.form, dataset.profile.text, dataset.profile.target) == (
        12,
        "pairs",
        "anchor",
        "positive",
    )
    assert {entry.name for entry in dataset.files} == {
        *("text.npy", "text_offsets.npy", "positive.npy", "positive_offsets.npy")
    }


def test_a_table_separated_by_tabs_is_read_too(tmp_path: Path) -> None:
    lines = ["anchor\tpositive\tnegative", *(f"a {row}\tb {row}\tc {row}" for row in range(12))]
    (tmp_path / "t.tsv").write_text("\n".join(lines), encoding="utf-8")
    assert accepted(tmp_path / "t.tsv", TASK).profile.form == "triplets"  # type: ignore[union-attr]
    assert stored_texts(tmp_path / "compiled", "negative") == [f"c {row}" for row in range(12)]


@pytest.mark.parametrize("name", ["score", "label", "similarity", "is_duplicate"])
@pytest.mark.parametrize("suffix", WRITERS)
def test_scores_are_numbers_from_0_to_1(tmp_path: Path, name: str, suffix: str) -> None:
    rows = [{"sentence1": row["anchor"], "sentence2": row["positive"], name: at % 2} for at, row in enumerate(pairs())]
    source = WRITERS[suffix](tmp_path / f"t.{suffix}", rows)
    assert accepted(source, TASK).profile.form == "scored"  # type: ignore[union-attr]
    assert array(source, "target").tolist() == [float(at % 2) for at in range(12)]


@pytest.mark.parametrize(("first", "second"), [("question1", "question2"), ("premise", "hypothesis")])
def test_the_texts_are_found_by_the_names_of_well_known_sets(tmp_path: Path, first: str, second: str) -> None:
    rows = [{first: row["anchor"], second: row["positive"], "id": at} for at, row in enumerate(pairs())]
    profile = accepted(uploads.write_csv(tmp_path / "t.csv", rows), TASK).profile
    assert isinstance(profile, TextProfile)
    assert (profile.form, profile.text, profile.target) == ("pairs", first, second)


def test_columns_that_split_pairs_are_kept_beside_them(tmp_path: Path) -> None:
    rows = pairs(30, part=lambda row: ("train", "val", "test")[row % 3], source=lambda row: f"s{row % 5}")
    source = uploads.write_csv(tmp_path / "t.csv", rows)
    dataset = accepted(source, TASK, split="part", group="source")
    assert dataset.profile.split_by == {"split": "part", "group": "source"}  # type: ignore[union-attr]
    assert dataset.given_rows == (10, 10, 10)


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ([{"a": "x", "b": "y"}] * 12, [("text_unknown", None, None)]),
        (pairs(negative=lambda _: "n", score=lambda _: 0.5), [("column_reused", None, None)]),
        (pairs(score=lambda row: row / 4), [("score_out_of_range", row, "score") for row in range(6, 13)]),
        (pairs(score=lambda row: "high" if row == 2 else 0.5), [("target_not_numeric", 3, "score")]),
        (pairs(score=lambda row: None if row == 2 else 0.5), [("target_missing", 3, "score")]),
        (pairs(negative=lambda row: " " if row == 4 else "n"), [("text_missing", 5, "negative")]),
        (pairs(negative=lambda row: row), [("text_unsupported", None, "negative")]),
        (pairs(3), [("too_few_rows", None, None)]),
        (pairs(gold_label=lambda row: "contradiction"), [("relation_unused", None, "gold_label")]),
        (
            pairs(relatedness_score=lambda row: 4.5, source=lambda row: "x"),
            [("relation_unused", None, "relatedness_score")],
        ),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, rows: list[dict[str, Any]], found: list[Any]) -> None:
    result = compile_file(uploads.write_jsonl(tmp_path / "t.jsonl", rows), TASK)
    assert [(problem.code, problem.row, problem.column) for problem in result.problems] == found


def test_an_archive_holds_no_pairs(tmp_path: Path) -> None:
    source = uploads.write_zip(tmp_path / "t.zip", uploads.text_folders())
    assert [problem.code for problem in compile_file(source, TASK).problems] == ["not_a_table"]


def test_other_options_are_refused(tmp_path: Path) -> None:
    source = uploads.write_csv(tmp_path / "t.csv", pairs())
    assert [problem.code for problem in compile_file(source, TASK, target="positive").problems] == ["option_not_used"]
