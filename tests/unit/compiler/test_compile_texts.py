"""Texts of tables and archives become their own UTF-8 bytes, in order, with their classes."""

import random
import tempfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support import uploads
from tests.support.compiled import stored_texts
from tests.support.compiling import accepted, array, compile_file
from trainyard_engine.ingest.limits import IngestLimits
from trainyard_spec.datasets import TextProfile
from trainyard_spec.tasks import Task

TEXTS = Task.TEXT_CLASSIFICATION
COLUMNS = {"text": "post", "target": "topic"}
WRITERS = {"csv": uploads.write_csv, "parquet": uploads.write_parquet, "jsonl": uploads.write_jsonl}


def stored(source: Path) -> list[str]:
    assert array(source, "text_offsets")[0] == 0
    assert array(source, "text_offsets")[-1] == len(array(source, "text"))
    return stored_texts(source.parent / "compiled")


WRITTEN = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=30).filter(str.strip)


@pytest.mark.parametrize("suffix", WRITERS)
@given(posts=st.lists(WRITTEN, min_size=10, max_size=25))
@settings(max_examples=15)
def test_what_is_stored_is_what_was_given(suffix: str, posts: list[str]) -> None:
    rows = [{"post": post, "topic": ("a", "b")[number % 2]} for number, post in enumerate(posts)]
    with tempfile.TemporaryDirectory() as directory:
        source = WRITERS[suffix](Path(directory) / f"t.{suffix}", rows)

        dataset = accepted(source, TEXTS, **COLUMNS)

        assert stored(source) == posts
        assert [dataset.classes[index] for index in array(source, "target")] == [row["topic"] for row in rows]
        lengths = [len(post) for post in posts]
        mean = sum(lengths) / len(lengths)
        assert dataset.profile == TextProfile(
            text="post", target="topic", shortest=min(lengths), longest=max(lengths), mean=mean
        )


def test_line_breaks_quotes_and_words_for_nothing_are_text(tmp_path: Path) -> None:
    table = uploads.post_rows()
    table[0]["post"], table[1]["post"], table[2]["post"] = 'He said "no",\nand left', "NA", "  null "

    accepted(uploads.write_csv(tmp_path / "t.csv", table), TEXTS, **COLUMNS)

    assert stored(tmp_path / "t.csv")[:3] == ['He said "no",\nand left', "NA", "  null "]


@pytest.mark.parametrize("kind", [pa.large_string(), pa.string_view(), pa.dictionary(pa.int32(), pa.string())])
def test_every_kind_of_string_column_is_text(tmp_path: Path, kind: pa.DataType) -> None:
    table = uploads.post_rows()
    posts = pa.array([row["post"] for row in table]).cast(kind)
    columns = {"post": posts, "topic": pa.array([row["topic"] for row in table])}
    pyarrow.parquet.write_table(pa.table(columns), tmp_path / "t.parquet")

    accepted(tmp_path / "t.parquet", TEXTS, **COLUMNS)

    assert stored(tmp_path / "t.parquet") == [row["post"] for row in table]


def test_a_column_that_appears_late_is_missing_in_the_rows_before(tmp_path: Path) -> None:
    table = uploads.post_rows()
    first = {name: value for name, value in table[0].items() if name != "post"}

    result = compile_file(uploads.write_jsonl(tmp_path / "t.jsonl", [first, *table[1:]]), TEXTS, **COLUMNS)

    assert [(p.code, p.row, p.column) for p in result.problems] == [("text_missing", 1, "post")]


@pytest.mark.parametrize("packing", ["zip", "", "gz"])
def test_an_archive_gives_the_texts_of_its_files_in_the_order_of_names(tmp_path: Path, packing: str) -> None:
    files = list(uploads.text_folders().items())
    random.Random(1).shuffle(files)
    expected = [content.decode() for _, content in sorted(files)]
    source = tmp_path / "texts"
    extra = {"film/notes.md": b"left out", "film/.hidden": b"passed over"}
    if packing == "zip":
        uploads.write_zip(source, {**dict(files), **extra})
    else:
        uploads.write_tar(source, {**dict(files), **extra}, packing=packing)

    dataset = accepted(source, TEXTS)

    assert stored(source) == expected
    assert (dataset.classes, dataset.class_counts) == (("film", "sport"), (15, 15))
    assert array(source, "target").tolist() == [0] * 15 + [1] * 15
    assert [(warning.code, warning.file) for warning in dataset.warnings] == [("ignored_file", "film/notes.md")]


def test_a_byte_order_mark_is_no_part_of_a_text(tmp_path: Path) -> None:
    files = uploads.text_folders()
    files["film/001.txt"] = b"\xef\xbb\xbf" + files["film/001.txt"]

    accepted(uploads.write_zip(tmp_path / "t.zip", files), TEXTS)

    assert stored(tmp_path / "t.zip")[0] == uploads.post_rows()[1]["post"]


@pytest.mark.parametrize("is_archive", [True, False])
def test_long_texts_are_cut_at_a_whole_character_with_a_warning(tmp_path: Path, is_archive: bool) -> None:
    table = [{**row, "post": f"{'x' * (number % 2)}{'é' * 12}"} for number, row in enumerate(uploads.post_rows())]
    if is_archive:
        files = {f"{row['topic']}/{number:03}.txt": row["post"].encode() for number, row in enumerate(table)}
        source = uploads.write_zip(tmp_path / "t.zip", files)
    else:
        source = uploads.write_csv(tmp_path / "t.csv", table)

    options = {} if is_archive else COLUMNS
    dataset = compile_file(source, TEXTS, limits=IngestLimits(text_size=21), **options).dataset

    assert dataset is not None
    assert set(stored(source)) == {"é" * 10, "x" + "é" * 10}
    assert isinstance(dataset.profile, TextProfile)
    assert dataset.profile.truncated == 30
    assert [warning.code for warning in dataset.warnings] == ["text_truncated"]


@pytest.mark.parametrize(
    ("name", "content", "code", "sentence"),
    [
        ("film/900.txt", "goöd\nbad ".encode() + b"\xff\n", "encoding", "Line 2 is not UTF-8"),
        ("film/900.txt", "жёлтый".encode("cp1251"), "encoding", "other than UTF-8, UTF-16 and Windows-1252"),
        ("film/900.txt", b"good\0", "nul_character", "holds a NUL character"),
        ("film/900.txt", b" \n\t", "text_missing", "The file is empty"),
    ],
)
def test_a_problem_of_an_archive_names_its_file(
    tmp_path: Path, name: str, content: bytes, code: str, sentence: str
) -> None:
    source = uploads.write_zip(tmp_path / "t.zip", {**uploads.text_folders(), name: content})

    (problem,) = compile_file(source, TEXTS).problems

    assert (problem.file, problem.code) == (name, code)
    assert sentence in problem.message


@pytest.mark.parametrize("options", [COLUMNS, {"text": "post"}, {"target": "topic"}])
def test_an_archive_takes_no_columns(tmp_path: Path, options: dict[str, str]) -> None:
    result = compile_file(uploads.write_zip(tmp_path / "t.zip", uploads.text_folders()), TEXTS, **options)

    assert [problem.code for problem in result.problems] == ["option_not_used"]


def test_texts_and_classes_are_different_columns(tmp_path: Path) -> None:
    source = uploads.write_csv(tmp_path / "t.csv", uploads.post_rows())

    assert [p.code for p in compile_file(source, TEXTS, text="topic", target="topic").problems] == ["text_unsupported"]


def test_texts_of_one_class_are_refused(tmp_path: Path) -> None:
    source = uploads.write_csv(tmp_path / "t.csv", [{**row, "topic": "film"} for row in uploads.post_rows()])

    assert [problem.code for problem in compile_file(source, TEXTS, **COLUMNS).problems] == ["one_class"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be", "cp1252"])
def test_texts_of_an_archive_come_in_the_encodings_of_tables(tmp_path: Path, encoding: str) -> None:
    files = {name: "Grüße, café".encode(encoding) for name in uploads.text_folders()}
    source = uploads.write_zip(tmp_path / "t.zip", files)

    dataset = accepted(source, TEXTS)

    assert set(stored(source)) == {"Grüße, café"}
    assert {warning.code for warning in dataset.warnings} == ({"encoding_assumed"} if encoding == "cp1252" else set())
