"""Tables whose first line is a row: their columns are called by their places, as UCI, MovieLens and others need."""

from pathlib import Path

import pytest

from tests.support.compiling import accepted, array, compile_file
from trainyard_spec.tasks import Task

CLASSES, TEXTS, RATINGS = Task.TABULAR_CLASSIFICATION, Task.TEXT_CLASSIFICATION, Task.RECOMMENDATION
IRIS = "".join(f"{5 + n / 10},{3 + n % 4},Iris-{'setosa' if n % 2 else 'virginica'}\n" for n in range(30))


def write(path: Path, content: str) -> Path:
    path.write_text(content, encoding="utf-8")
    return path


@pytest.mark.parametrize("before", ["", "\n\n"])
@pytest.mark.parametrize("after", ["", "\n\n"])
def test_columns_are_called_by_their_places_and_the_first_line_counts(tmp_path: Path, before: str, after: str) -> None:
    source = write(tmp_path / "iris.data", before + IRIS + after)

    dataset = accepted(source, CLASSES, target="column_3")

    assert (dataset.rows, dataset.classes) == (30, ("Iris-setosa", "Iris-virginica"))
    assert [column["name"] for column in dataset.profile.model_dump()["columns"]] == ["column_1", "column_2"]
    assert array(source, "target")[:3].tolist() == [1, 0, 1]


def test_texts_in_quotes_with_blanks_behind_separators(tmp_path: Path) -> None:
    lines = [f'"{1 + n % 2}", "Title, {n}", "A ""text"" {n}"' for n in range(30)]
    dataset = accepted(write(tmp_path / "ag.csv", "\n".join(lines)), TEXTS, text="column_3", target="column_1")
    assert (dataset.rows, dataset.classes) == (30, ("1", "2"))


@pytest.mark.parametrize("separator", ["::", "\t"])
def test_ratings_of_movielens(tmp_path: Path, separator: str) -> None:
    rows = [(user, item, 1 + (user * item) % 5, 978_300_000 + user) for user in range(1, 9) for item in range(1, 9)]
    source = write(tmp_path / "ratings.dat", "".join(separator.join(map(str, row)) + "\n" for row in rows))

    options = {"user": "column_1", "item": "column_2", "target": "column_3", "time": "column_4"}
    dataset = accepted(source, RATINGS, **options)

    assert (dataset.rows, dataset.entries) == (64, {"users": 8, "items": 8})
    assert array(source, "target").tolist() == [row[2] for row in rows]


def test_pairs_of_tatoeba(tmp_path: Path) -> None:
    source = write(tmp_path / "deu.txt", "".join(f"Go {n}.\tGeh {n}.\tCC-BY #{n}\n" for n in range(12)))
    assert accepted(source, Task.TRANSLATION, text="column_1", target="column_2").rows == 12


def test_a_header_that_holds_such_names_is_one(tmp_path: Path) -> None:
    source = write(tmp_path / "t.csv", "column_2,column_1\n" + "".join(f"{n},{'pq'[n % 2]}\n" for n in range(30)))
    dataset = accepted(source, CLASSES, target="column_1")
    assert (dataset.rows, dataset.classes) == (30, ("p", "q"))


def test_a_place_beyond_the_last_is_no_column(tmp_path: Path) -> None:
    (problem,) = compile_file(write(tmp_path / "iris.data", IRIS), CLASSES, target="column_4").problems
    assert (problem.code, "'column_3'" in problem.message) == ("target_unknown", True)


@pytest.mark.parametrize(
    ("content", "options"),
    [(IRIS, {"target": "class"}), (IRIS.replace("3", "5.0"), {"target": "class"})],
)
def test_who_names_other_columns_learns_how_to_call_them(tmp_path: Path, content: str, options: dict[str, str]) -> None:
    (problem,) = compile_file(write(tmp_path / "iris.data", content), CLASSES, **options).problems
    assert "without a header column_1, column_2 and so on" in problem.message
