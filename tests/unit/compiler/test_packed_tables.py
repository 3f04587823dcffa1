"""A table alone in a zip, gzip, bzip2 or xz is read as if it were not packed."""

import bz2
import gzip
import json
import lzma
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support import uploads
from tests.support.compiling import accepted, compile_file
from tests.support.workbooks import sheet, write_workbook
from trainyard_spec.tasks import Task

TASK = Task.TABULAR_CLASSIFICATION
CSV = b"a,b,y\n" + b"".join(b"%d,%d,%s\n" % (row, row * 7 % 13, b"pq"[row % 2 : row % 2 + 1]) for row in range(30))
PACKERS: dict[str, Callable[[bytes], bytes]] = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress}


def packed(path: Path, content: bytes) -> Path:
    path.write_bytes(PACKERS[path.suffix[1:]](content))
    return path


@pytest.mark.parametrize("ending", PACKERS)
def test_a_packed_table_is_the_same_table(tmp_path: Path, ending: str) -> None:
    (tmp_path / "plain").mkdir()
    (tmp_path / "plain" / "t.csv").write_bytes(CSV)

    dataset = accepted(packed(tmp_path / f"t.csv.{ending}", CSV), TASK, target="y")

    assert dataset.files == accepted(tmp_path / "plain" / "t.csv", TASK, target="y").files
    assert {file.name for file in (tmp_path / "compiled").iterdir()} == {
        *(file.name for file in dataset.files), "dataset.json", "compiled_from.json",
    }  # fmt: skip


def test_packed_json_lines_are_told_by_the_name_within(tmp_path: Path) -> None:
    lines = "".join(
        json.dumps({"messages": [{"role": role, "content": f"{role} {row}"} for role in ("user", "assistant")]}) + "\n"
        for row in range(12)
    )

    assert accepted(packed(tmp_path / "chats.jsonl.gz", lines.encode()), Task.INSTRUCTION_TUNING).rows == 12


def test_the_only_table_of_a_zip_is_read(tmp_path: Path) -> None:
    files = {"d/train.csv": CSV, "__MACOSX/d/._train.csv": b"\0", "README.md": b"about it"}

    assert accepted(uploads.write_zip(tmp_path / "t.zip", files), TASK, target="y").rows == 30


def test_a_workbook_in_a_zip_is_read(tmp_path: Path) -> None:
    book = write_workbook(tmp_path / "b.xlsx", sheet([["a", "y"], *([row, "pq"[row % 2]] for row in range(20))]))

    assert accepted(uploads.write_zip(tmp_path / "t.zip", {"b.xlsx": book.read_bytes()}), TASK, target="y").rows == 20


def test_several_tables_are_named(tmp_path: Path) -> None:
    source = uploads.write_zip(tmp_path / "t.zip", {"january.csv": CSV, "june.csv": CSV})

    (problem,) = compile_file(source, TASK, target="y").problems

    assert problem.code == "not_a_table"
    assert "this one holds january.csv, june.csv" in problem.message


@pytest.mark.parametrize("ending", PACKERS)
def test_what_breaks_off_and_what_unpacks_to_too_much_is_told(tmp_path: Path, ending: str) -> None:
    source = packed(tmp_path / f"t.csv.{ending}", CSV)
    source.write_bytes(source.read_bytes()[:-20])
    assert [problem.code for problem in compile_file(source, TASK, target="y").problems] == ["damaged_archive"]

    packed(source, CSV + b"1,2,p\n" * 3_000_000)
    assert [problem.code for problem in compile_file(source, TASK, target="y").problems] == ["archive_bomb"]
    assert not (tmp_path / "compiled").exists()


def test_a_table_behind_a_password_or_another_method_is_told(tmp_path: Path) -> None:
    source = uploads.write_zip(tmp_path / "t.zip", {"t.csv": CSV}, compression=zipfile.ZIP_LZMA)

    assert [problem.code for problem in compile_file(source, TASK, target="y").problems] == ["unsupported_compression"]


@pytest.mark.parametrize("task", [Task.IMAGE_CLASSIFICATION, Task.AUDIO_CLASSIFICATION])
def test_archives_of_files_stay_archives(tmp_path: Path, task: Task) -> None:
    found = compile_file(uploads.write_zip(tmp_path / "t.zip", {"t.csv": CSV}), task).problems

    assert {problem.code for problem in found} <= {"no_images", "no_recordings"}
