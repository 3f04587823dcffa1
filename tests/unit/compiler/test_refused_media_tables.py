"""Tables of pictures that lack some, are damaged or ask for much."""

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest

from tests.support import costly_files, uploads
from tests.support.compiling import accepted, array, compile_file
from tests.support.media_tables import IMAGES, PICTURES, SOUNDS, only_problem, picture_rows, table_of, written
from trainyard_engine.ingest.limits import JPEG_SCANS, IngestLimits
from trainyard_spec.tasks import Task


def test_rows_without_a_picture_are_left_out_and_told(tmp_path: Path) -> None:
    rows = picture_rows()
    rows[4]["image"] = None
    rows[5]["image"] = {"bytes": None, "path": "/data/5.png"}
    source = written(tmp_path, table_of(rows))

    dataset = accepted(source, IMAGES)

    assert dataset.rows == 10
    assert array(source, "target").tolist() == [0, 1] * 5
    ((code, message),) = [(note.code, note.message) for note in dataset.warnings]
    assert code == "empty_rows"
    assert "2 of 12 rows hold no image, the first of them train.parquet/05" in message


def test_a_cell_that_cannot_be_predicted_is_told_by_its_row_also_behind_rows_without_a_picture(tmp_path: Path) -> None:
    rows = [{**row, "age": float(place)} for place, row in enumerate(picture_rows())]
    rows[1]["image"] = None
    rows[7]["age"] = float("inf")
    problem = only_problem(written(tmp_path, table_of(rows)), Task.IMAGE_REGRESSION, target="age")
    assert (problem.code, problem.row, problem.column) == ("number_out_of_range", 8, "age")


def test_paths_alone_are_no_pictures(tmp_path: Path) -> None:
    rows = [{"image": {"bytes": None, "path": f"/data/{place}.png"}, "label": place % 2} for place in range(12)]
    problem = only_problem(written(tmp_path, table_of(rows)))
    assert problem.code == "no_images"
    assert "paths of files" in problem.message


def test_a_table_without_rows_holds_no_pictures(tmp_path: Path) -> None:
    table = pa.table({"image": pa.array([], pa.binary()), "label": pa.array([], pa.int64())})
    pyarrow.parquet.write_table(table, tmp_path / "t.parquet")
    assert only_problem(tmp_path / "t.parquet").code == "no_images"


def test_a_table_without_such_a_column_is_told_what_it_holds(tmp_path: Path) -> None:
    rows = [{"pixels": [[1, 2], [3, 4]], "label": place % 2} for place in range(12)]
    problem = only_problem(written(tmp_path, table_of(rows)))
    assert problem.code == "no_images"
    assert "pixels, label" in problem.message
    assert only_problem(tmp_path / "train.parquet", SOUNDS).code == "no_recordings"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (PICTURES[0][:40], "unreadable_image"),
        (b"no picture", "unreadable_image"),
        (b"", "unreadable_image"),
        (costly_files.scanned(JPEG_SCANS + 1), "too_many_scans"),
        (uploads.image_bytes(size=(120, 120)), "too_many_pixels"),
    ],
)
def test_a_picture_that_cannot_be_read_is_told_by_its_row(tmp_path: Path, content: bytes, code: str) -> None:
    rows = picture_rows()
    rows[6]["image"] = {"bytes": content, "path": "6.png"}
    problem = only_problem(written(tmp_path, table_of(rows)), limits=IngestLimits(image_pixels=10_000))
    assert (problem.code, problem.file) == (code, "train.parquet/07")


def test_limits_are_those_of_files_in_archives(tmp_path: Path) -> None:
    source = written(tmp_path, table_of(picture_rows()))
    assert only_problem(source, limits=IngestLimits(archive_files=11)).code == "too_many_files"
    found = compile_file(source, IMAGES, limits=IngestLimits(archive_file_size=20)).problems
    assert {(problem.code, problem.file) for problem in found} == {("file_too_large", "train.parquet")}
    assert [problem.row for problem in found] == [*range(1, 13)]
    limits = IngestLimits(unpacked_size=500)
    assert only_problem(source, limits=limits).code == "archive_bomb"


def test_one_picture_that_stands_in_every_row_is_out_of_proportion(tmp_path: Path) -> None:
    content = uploads.image_bytes(kind="BMP", size=(200, 200))
    table = pa.table({"image": pa.array([content] * 3000), "label": ["a", "b"] * 1500})
    source = tmp_path / "t.parquet"
    pyarrow.parquet.write_table(table, source)
    assert source.stat().st_size < len(content) * 10
    assert only_problem(source).code == "archive_bomb"


def cut(content: bytes) -> bytes:
    return content[: len(content) // 2] + content[-400:]


@pytest.mark.parametrize("damage", [cut, lambda content: content[:100], lambda content: b"PAR1" + bytes(99) + b"PAR1"])
def test_damage_is_told(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    problem = only_problem(written(tmp_path, damage(table_of(picture_rows()))))
    assert (problem.code, problem.file) == ("malformed_table", "train.parquet")
