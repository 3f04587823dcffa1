"""``make test`` with ``-k`` imports the files that may hold such a test, and no test is missed."""

from pathlib import Path

import pytest

from scripts.selection import DATABASE_FOLDERS, ROOT, files_for
from scripts.test import select


def names(expression: str) -> set[str]:
    return {path.name for path in files_for(expression)}


@pytest.mark.parametrize(
    ("expression", "file"),
    [
        ("test_a_name_of_a_test_stands_in_its_file", "test_chosen_files.py"),
        ("chosen_files", "test_chosen_files.py"),
        ("CHOSEN_Files and not slow", "test_chosen_files.py"),
        ("(nothing_of_that_name or chosen_files) and not browser", "test_chosen_files.py"),
        ("regression", "test_architecture_matrix_resumes.py"),  # in a value of tests/support/architecture_matrix.py
        ("test_killed_at_a_random_step_and_resumed[mlp", "test_architecture_matrix_resumes.py"),
    ],
)
def test_a_file_is_found(expression: str, file: str) -> None:
    assert file in names(expression)


def test_a_name_of_a_test_stands_in_its_file() -> None:
    assert names("test_a_name_of_a_test_stands_in_its_file") == {Path(__file__).name}


def test_what_no_file_holds_leaves_no_file() -> None:
    assert names("no_" + "such_word") == set()


@pytest.mark.parametrize("expression", ["not (browser or ledger)", "ledger and"])
def test_what_cannot_be_told_leaves_the_choice_to_pytest(expression: str) -> None:
    assert files_for(expression) == []
    assert select(["-k", expression]).everywhere == ["-k", expression]


def test_a_small_selection_needs_one_process_and_no_postgresql() -> None:
    chosen = select(["-k", "test_a_name_of_a_test_stands_in_its_file", "-x"])
    assert chosen.everywhere == [
        "tests/unit/test_chosen_files.py",
        "-k",
        "test_a_name_of_a_test_stands_in_its_file",
        "-x",
    ]
    assert (chosen.touching, chosen.is_small) == (None, True)


def test_named_files_are_handed_on_as_they_are() -> None:
    arguments = ["tests/unit", "-k", "ledger"]
    assert select(arguments) == select([*arguments])
    assert select(arguments).everywhere == select(arguments).touching == arguments


def test_all_tests_are_run_on_sqlite_and_those_of_the_database_on_postgresql_too() -> None:
    everything = select([])
    assert (everything.everywhere, everything.touching) == ([], [*DATABASE_FOLDERS])
    assert everything.needs_postgres
    assert all((ROOT / folder).is_dir() for folder in DATABASE_FOLDERS)
