"""Pictures in Parquet, as Hugging Face's ``datasets`` publishes them, are data as files in a zip are."""

import io
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest

from tests.support import uploads
from tests.support.compiling import accepted, array
from tests.support.media_tables import (
    IMAGES,
    NAMES,
    PICTURES,
    only_problem,
    picture_rows,
    table_of,
    written,
)
from trainyard_spec.datasets import ImageProfile
from trainyard_spec.tasks import Task


def test_rows_of_pictures_are_what_a_zip_of_them_is(tmp_path: Path) -> None:
    source = written(tmp_path, table_of(picture_rows()))
    (tmp_path / "z").mkdir()
    files = {f"{NAMES[number % 2]}/{number}.png": content for number, content in enumerate(PICTURES)}
    zipped = uploads.write_zip(tmp_path / "z" / "a.zip", files)

    dataset, same = accepted(source, IMAGES), accepted(zipped, IMAGES)

    assert (dataset.classes, dataset.class_counts, dataset.warnings) == (("cat", "dog"), (6, 6), ())
    assert dataset.profile == same.profile.model_copy(update={"target": "label"})
    assert array(source, "target").tolist() == [0, 1] * 6
    # A zip's rows are in the order of names, a table's in its own.
    assert sorted(map(bytes, array(source, "images"))) == sorted(map(bytes, array(zipped, "images")))
    assert array(source, "images")[:, 0, 0, 0].tolist() == [20 * number for number in range(12)]


def test_rows_are_called_by_their_table_and_number(tmp_path: Path) -> None:
    source = written(tmp_path, table_of(picture_rows()))
    accepted(source, IMAGES)
    ends = array(source, "name_offsets").tolist()
    names = bytes(array(source, "name")).decode()
    assert [names[a:b] for a, b in pairwise(ends)][8:10] == [
        "train.parquet/09",
        "train.parquet/10",
    ]


def test_no_file_of_the_tables_stays_beside_the_arrays(tmp_path: Path) -> None:
    accepted(uploads.write_zip(tmp_path / "a.zip", {"a.parquet": table_of(picture_rows())}), IMAGES)
    assert not [*(tmp_path / "compiled").glob("*.parquet")]


@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize("column", ["image", "img", "anything"])
def test_a_plain_column_of_bytes_holds_pictures_too(tmp_path: Path, column: str, large: bool) -> None:
    kind = pa.large_binary() if large else pa.binary()
    table = pa.table({"kind": ["x", "y"] * 6, column: pa.array(PICTURES, kind)})
    source = tmp_path / "t.parquet"
    pyarrow.parquet.write_table(table, source)

    dataset = accepted(source, IMAGES, target="kind")

    assert (dataset.rows, dataset.classes) == (12, ("x", "y"))


def test_the_column_of_pictures_is_told_from_others_by_its_type_or_its_name(tmp_path: Path) -> None:
    rows = [{**row, "mask": row["image"]} for row in picture_rows()]
    assert accepted(written(tmp_path, table_of(rows)), IMAGES).rows == 12

    other = tmp_path / "other"
    other.mkdir()
    rows = [{"mask": row["image"], "image": row["image"], "label": row["label"]} for row in picture_rows()]
    assert accepted(written(other, table_of(rows, names=None, kind="Value")), IMAGES).rows == 12


def test_several_columns_of_pictures_are_named(tmp_path: Path) -> None:
    rows = [{"left": row["image"], "right": row["image"], "label": row["label"]} for row in picture_rows()]
    problem = only_problem(written(tmp_path, table_of(rows, kind="Value")))
    assert (problem.code, problem.file) == ("no_images", "train.parquet")
    assert "left, right" in problem.message


PARTS = {
    "data/train-00000-of-00002.parquet": 12,
    "data/train-00001-of-00002.parquet": 8,
    "data/validation-00000-of-00001.parquet": 6,
    "data/test-00000-of-00001.parquet": 10,
}


def test_tables_of_a_zip_are_the_parts_that_they_are_called(tmp_path: Path) -> None:
    files = {name: table_of(picture_rows(count)) for name, count in PARTS.items()}
    source = uploads.write_zip(tmp_path / "a.zip", {"README.md": b"# Pets", **files})

    dataset = accepted(source, IMAGES)

    assert (dataset.rows, dataset.given_rows, dataset.warnings) == (36, (20, 6, 10), ())
    assert isinstance(dataset.profile, ImageProfile)
    assert dataset.profile.split_by == {"split": "folders"}


@pytest.mark.parametrize("hidden", [-1, None])
def test_a_part_whose_classes_are_not_published_is_left_out(tmp_path: Path, hidden: int | None) -> None:
    kind = pa.int64()
    secret = pa.table({"image": pa.array([r["image"] for r in picture_rows(4)]), "label": pa.array([hidden] * 4, kind)})
    buffer = io.BytesIO()
    pyarrow.parquet.write_table(secret, buffer)
    files = {"train-00000-of-00001.parquet": table_of(picture_rows()), "test-00000-of-00001.parquet": buffer.getvalue()}

    dataset = accepted(uploads.write_zip(tmp_path / "a.zip", files), IMAGES)

    assert (dataset.rows, dataset.given_rows) == (12, None)
    assert [(note.code, note.file) for note in dataset.warnings] == [
        ("left_out_table", "test-00000-of-00001.parquet"),
    ]


def test_names_of_classes_may_stand_in_the_card_beside_the_tables(tmp_path: Path) -> None:
    card = "---\ndataset_info:\n  features:\n  - name: label\n    dtype:\n      class_label:\n        names:\n"
    card += "          '0': hen\n          '1': cow\n---\n"
    files = {"README.md": card.encode(), "0000.parquet": table_of(picture_rows(), names=None)}
    assert accepted(uploads.write_zip(tmp_path / "a.zip", files), IMAGES).classes == ("cow", "hen")


def test_other_targets_are_read_as_of_any_table_of_labels(tmp_path: Path) -> None:
    rows = [
        {**row, "age": f"{place},5", "tags": ["sun", "sea"][: place % 3]} for place, row in enumerate(picture_rows())
    ]
    source = written(tmp_path, table_of(rows))
    dataset = accepted(source, Task.IMAGE_REGRESSION, target="age")
    assert isinstance(dataset.profile, ImageProfile)
    assert array(source, "target").tolist() == [place + 0.5 for place in range(12)]

    other = tmp_path / "other"
    other.mkdir()
    labels = accepted(written(other, table_of(rows)), IMAGES, target="tags", label_separator=";")
    assert (labels.classes, labels.class_counts) == (("sea", "sun"), (4, 8))


def test_columns_split_the_rows(tmp_path: Path) -> None:
    rows = [
        {**row, "fold": ("train", "train", "dev", "test")[place % 4], "patient": place // 2}
        for place, row in enumerate(picture_rows())
    ]
    source = written(tmp_path, table_of(rows))
    dataset = accepted(source, IMAGES, split="fold", group="patient")
    assert dataset.given_rows == (6, 3, 3)
    assert array(source, "split_group").tolist() == [place // 2 for place in range(12)]


def test_what_an_option_names_has_to_be_there(tmp_path: Path) -> None:
    source = written(tmp_path, table_of(picture_rows()))
    assert only_problem(source, target="lable").message == "There is no column 'lable'. Did you mean 'label'?"
    assert only_problem(source, group="patient").code == "column_unknown"
    assert only_problem(source, target="image").code == "column_reused"
    assert only_problem(source, split="folders").code == "split_folders"
    assert only_problem(source, Task.IMAGE_REGRESSION).code == "target_required"


def test_which_column_is_to_be_predicted_has_to_be_said_where_nothing_tells(tmp_path: Path) -> None:
    rows = [{"image": row["image"], "x": 1, "z": "s"} for row in picture_rows()]
    problem = only_problem(written(tmp_path, table_of(rows, names=None)))
    assert (problem.code, problem.file) == ("target_required", "train.parquet")
    assert "x, z" in problem.message
