"""Documents of every kind of upload become their own UTF-8 bytes, whole and in order."""

from pathlib import Path
from typing import Any

import pytest

from tests.support import uploads
from tests.support.compiled import stored_texts
from tests.support.compiling import accepted, compile_file
from trainyard_engine.ingest.limits import IngestLimits
from trainyard_spec.datasets import TextProfile
from trainyard_spec.tasks import Task

LANGUAGE = Task.LANGUAGE_MODELLING
PARAGRAPH = "A naïve goose went over the lea.\nThere it met eleven others, and all of them went to the sea.\n\n"
"""97 bytes."""


def stored(source: Path) -> list[str]:
    return stored_texts(source.parent / "compiled")


def text_file(path: Path, paragraphs: int = 100, *, mark: str = "") -> Path:
    path.write_bytes((mark + PARAGRAPH * paragraphs).encode())
    return path


def test_one_text_is_cut_at_paragraphs_into_about_two_hundred_documents(tmp_path: Path) -> None:
    source = text_file(tmp_path / "geese.txt", 1_000, mark="\ufeff")

    dataset = accepted(source, LANGUAGE)

    documents = stored(source)
    assert "".join(documents) == PARAGRAPH * 1_000
    assert {document.count("\n\n") for document in documents} == {6, 10}
    assert dataset.rows == len(documents) == 166
    assert isinstance(dataset.profile, TextProfile)
    assert (dataset.profile.shortest, dataset.profile.longest) == (6 * len(PARAGRAPH), 10 * len(PARAGRAPH))
    assert (dataset.classes, dataset.warnings) == ((), ())


def test_nothing_of_a_long_document_is_cut_off(tmp_path: Path) -> None:
    files = {f"{number:02}.txt": (PARAGRAPH * (number + 1)).encode() for number in range(12)}
    source = uploads.write_zip(tmp_path / "t.zip", dict(reversed(files.items())))

    dataset = compile_file(source, LANGUAGE, limits=IngestLimits(text_size=50)).dataset

    assert dataset is not None
    assert stored(source) == [content.decode() for content in files.values()]


def test_files_of_an_archive_need_no_folders_and_may_have_them(tmp_path: Path) -> None:
    files = {f"{'abc'[number % 3]}/{number}.txt": f"text {number}".encode() for number in range(9)}
    source = uploads.write_tar(tmp_path / "t.tgz", {**files, "top.txt": b"text", "notes.md": b"left out"})

    dataset = accepted(source, LANGUAGE)

    assert stored(source) == [files[name].decode() for name in sorted(files)] + ["text"]
    assert [warning.code for warning in dataset.warnings] == ["ignored_file"]


@pytest.mark.parametrize("write", [uploads.write_csv, uploads.write_jsonl, uploads.write_parquet])
def test_rows_of_a_table_are_documents(tmp_path: Path, write: Any) -> None:
    rows = uploads.post_rows()
    rows[3]["post"] = PARAGRAPH * 1_000

    dataset = accepted(write(tmp_path / "t", rows), LANGUAGE, text="post")

    assert stored(tmp_path / "t") == [row["post"] for row in rows]
    assert isinstance(dataset.profile, TextProfile)
    assert (dataset.profile.text, dataset.profile.truncated) == ("post", 0)


@pytest.mark.parametrize(
    ("name", "content", "options", "code", "sentence"),
    [
        ("t.csv", b"post\nhello\n", {}, "text_required", "This is a table."),
        ("t", b'{"post": "hello"}\n', {}, "text_required", "This is a table."),
        ("t.txt", "é".encode() + PARAGRAPH.encode() * 50 + b"\xff", {}, "encoding", "Line 151 is not UTF-8"),
        ("t.txt", b"\xff\xfe" + PARAGRAPH.encode("utf-16-le") * 50 + b"\0", {}, "encoding", "is damaged further on"),
        ("t.txt", ("ж" * 300 + "\n").encode("cp1251"), {}, "encoding", "other than UTF-8, UTF-16 and Windows-1252"),
        ("t.txt", PARAGRAPH.encode() * 50 + b"\0", {}, "nul_character", "Line 151 holds a NUL"),
        ("t.txt", b"\n \n", {}, "no_texts", "white space"),
        ("t.txt", PARAGRAPH.encode() * 9, {}, "too_few_rows", "makes 3 pieces of 256 bytes or more; at least 10"),
        ("t.csv", b"post,x\n" + b"hello,1\n" * 12, {"text": "pots"}, "text_unknown", "Did you mean 'post'?"),
        ("t.csv", b"post,x\n" + b"hello,1\n" * 12, {"target": "x"}, "option_not_used", "target"),
    ],
)
def test_what_is_no_text_says_why(
    tmp_path: Path, name: str, content: bytes, options: dict[str, str], code: str, sentence: str
) -> None:
    (tmp_path / name).write_bytes(content)

    (problem,) = compile_file(tmp_path / name, LANGUAGE, **options).problems

    assert problem.code == code
    assert sentence in problem.message


def test_an_archive_of_documents_takes_no_column_and_ten_files(tmp_path: Path) -> None:
    few = uploads.write_zip(tmp_path / "few.zip", {f"{number}.txt": b"text" for number in range(9)})

    assert [problem.code for problem in compile_file(few, LANGUAGE).problems] == ["too_few_rows"]
    assert [problem.code for problem in compile_file(few, LANGUAGE, text="post").problems] == ["option_not_used"]
