"""A table of who met what becomes numbers with names, whatever format it comes in."""

from pathlib import Path

import pytest

from tests.support import uploads
from tests.support.compiled import stored_texts
from tests.support.compiling import accepted, array
from trainyard_spec.datasets import InteractionProfile
from trainyard_spec.tasks import Task

RATED = {"user": "who", "item": "film", "target": "stars", "time": "when"}
WRITERS = {"csv": uploads.write_csv, "parquet": uploads.write_parquet, "jsonl": uploads.write_jsonl}


def names(source: Path, name: str) -> list[str]:
    """Of all users or items, in stored order."""
    return stored_texts(source.parent / "compiled", name)


@pytest.mark.parametrize("suffix", WRITERS)
def test_what_is_stored_is_what_was_given(tmp_path: Path, suffix: str) -> None:
    rows = uploads.rating_rows(users=12, items=11)
    source = WRITERS[suffix](tmp_path / f"t.{suffix}", rows)

    dataset = accepted(source, Task.RECOMMENDATION, **RATED)

    users, items = names(source, "users"), names(source, "items")
    assert [users[code] for code in array(source, "user")] == [row["who"] for row in rows]
    assert [items[code] for code in array(source, "item")] == [str(row["film"]) for row in rows]
    assert array(source, "target").tolist() == [row["stars"] for row in rows]
    assert (users, items) == (sorted(users), sorted(items))
    assert dataset.profile == InteractionProfile(**RATED, users=12, items=11, minimum=1, maximum=5)
    assert dataset.rows == len(rows)


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("1970-01-02", 86_400.0),
        ("1970-01-01T00:00:01.5", 1.5),
        ("1970-01-01T01:00:00Z", 3_600.0),
        ("1970-01-01T01:00:00+01:00", 0.0),
        (17, 17.0),
        ("-2.5", -2.5),
    ],
)
def test_times_are_numbers_or_iso_8601(tmp_path: Path, written: object, seconds: float) -> None:
    rows = uploads.rating_rows()
    rows[3]["when"] = written

    accepted(uploads.write_csv(tmp_path / "t.csv", rows), Task.RECOMMENDATION, **RATED)

    assert array(tmp_path / "t.csv", "time")[3] == seconds
    assert array(tmp_path / "t.csv", "time")[0] == 1_767_231_000.0  # 2026-01-01T01:30:00 UTC


@pytest.mark.parametrize("timed", [True, False])
def test_without_ratings_the_earliest_of_the_same_pair_is_kept(tmp_path: Path, timed: bool) -> None:
    rows = [row | {"when": number} for number, row in enumerate(uploads.rating_rows())]
    rows.append({**rows[2], "when": -5})
    options = {"user": "who", "item": "film", **({"time": "when"} if timed else {})}

    dataset = accepted(uploads.write_csv(tmp_path / "t.csv", rows), Task.RECOMMENDATION, **options)

    assert isinstance(dataset.profile, InteractionProfile)
    assert (dataset.rows, dataset.profile.repeated) == (len(rows) - 1, 1)
    assert [warning.code for warning in dataset.warnings] == ["repeated_interaction"]
    users = [names(tmp_path / "t.csv", "users")[code] for code in array(tmp_path / "t.csv", "user")]
    kept = [row["who"] for number, row in enumerate(rows) if number != (2 if timed else len(rows) - 1)]
    assert users == kept
    if timed:
        assert array(tmp_path / "t.csv", "time")[-1] == -5


def test_a_rating_column_that_appears_late_is_missing_in_the_rows_before(tmp_path: Path) -> None:
    rows = uploads.rating_rows()
    first = {name: value for name, value in rows[0].items() if name != "stars"}
    source = uploads.write_jsonl(tmp_path / "t.jsonl", [first, *rows[1:]])

    with pytest.raises(AssertionError, match="target_missing"):
        accepted(source, Task.RECOMMENDATION, **RATED)
