"""Two files of lines that translate each other, as OPUS and WMT pack them."""

from pathlib import Path

import pytest

from tests.support import uploads
from tests.support.compiling import accepted, array, compile_file
from trainyard_spec.tasks import Task

ENGLISH = [f'He said "{n}", and left.' for n in range(12)]
GERMAN = [f'Er sagte „{n}“; und ging, "so".' for n in range(12)]


def packed(path: Path, english: list[str], german: list[str]) -> Path:
    files = {"x/Books.de-en.en": english, "x/Books.de-en.de": german, "x/README": ["about"], "x/LICENSE": ["free"]}
    return uploads.write_zip(path / "de-en.txt.zip", {name: "\n".join(said).encode() for name, said in files.items()})


@pytest.mark.parametrize("end", [[], [""]])
def test_line_by_line_they_are_pairs(tmp_path: Path, end: list[str]) -> None:
    source = packed(tmp_path, [*ENGLISH, *end], [*GERMAN, *end])

    dataset = accepted(source, Task.TRANSLATION, text="en", target="de")

    assert dataset.rows == 12
    assert bytes(array(source, "text")).decode() == "".join(ENGLISH)
    assert bytes(array(source, "translation")).decode() == "".join(GERMAN)


def test_a_line_too_many_is_told(tmp_path: Path) -> None:
    source = packed(tmp_path, ENGLISH, GERMAN[:-1])
    (problem,) = compile_file(source, Task.TRANSLATION, text="en", target="de").problems
    assert (problem.code, "12 lines and .de 11" in problem.message) == ("malformed_table", True)


def test_other_endings_are_no_columns(tmp_path: Path) -> None:
    (problem,) = compile_file(packed(tmp_path, ENGLISH, GERMAN), Task.TRANSLATION, text="en", target="fr").problems
    assert problem.code == "not_a_table"
