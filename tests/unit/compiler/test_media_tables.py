"""Pictures and recordings in Parquet, as Hugging Face's ``datasets`` publishes them, are data as files in a zip are."""

import io
import json
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest

from tests.support import costly_files, uploads
from tests.support.compiling import accepted, array, compile_file
from tests.support.speech import tone
from tests.support.uploads import Row
from trainyard_engine.ingest.limits import JPEG_SCANS, IngestLimits
from trainyard_spec.datasets import ImageProfile, Problem, RecordingProfile
from trainyard_spec.tasks import Task

IMAGES, SOUNDS, SPEECH = Task.IMAGE_CLASSIFICATION, Task.AUDIO_CLASSIFICATION, Task.SPEECH_RECOGNITION
NAMES = ["cat", "dog"]
PICTURES = [uploads.image_bytes(20 * number) for number in range(12)]


def picture_rows(count: int = 12, *, column: str = "image") -> list[Row]:
    return [
        {column: {"bytes": PICTURES[number], "path": f"{number}.png"}, "label": number % 2} for number in range(count)
    ]


def table_of(rows: Sequence[Row], *, names: Sequence[str] | None = NAMES, kind: str = "Image") -> bytes:
    """Parquet with the metadata that ``datasets`` writes; ``names`` are those of the classes in ``label``."""
    table = pa.Table.from_pylist(list(rows))
    features: dict[str, Any] = {next(iter(rows[0])): {"_type": kind}}
    if names:
        features["label"] = {"_type": "ClassLabel", "names": names}
    stated = {"huggingface": json.dumps({"info": {"features": features}})}
    buffer = io.BytesIO()
    pyarrow.parquet.write_table(table.replace_schema_metadata(stated), buffer)
    return buffer.getvalue()


def written(path: Path, content: bytes, name: str = "train.parquet") -> Path:
    (path / name).write_bytes(content)
    return path / name


def only_problem(source: Path, task: Task = IMAGES, **options: Any) -> Problem:
    (problem,) = compile_file(source, task, **options).problems
    return problem


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


def sound_rows(count: int = 12) -> list[Row]:
    rows: list[Row] = []
    for number in range(count):
        audio = {"bytes": tone((200, 900)[number % 2] + number), "path": None}
        rows.append({"audio": audio, "label": number % 2, "sentence": f"number {'ab'[number % 2]}"})
    return rows


def test_recordings_are_read_from_rows_too(tmp_path: Path) -> None:
    source = written(tmp_path, table_of(sound_rows(), names=["low", "high"], kind="Audio"))

    dataset = accepted(source, SOUNDS)

    assert (dataset.rows, dataset.classes) == (12, ("high", "low"))
    assert array(source, "target").tolist() == [1, 0] * 6
    assert isinstance(dataset.profile, RecordingProfile)


def test_what_is_said_is_read_from_rows_too(tmp_path: Path) -> None:
    rows = sound_rows()
    rows[3]["sentence"] = None
    source = written(tmp_path, table_of(rows, kind="Audio"))

    dataset = accepted(source, SPEECH)

    assert dataset.rows == 11
    assert isinstance(dataset.profile, RecordingProfile)
    alphabet = dataset.profile.alphabet
    said = "".join(alphabet[number - 1] for number in array(source, "transcript").tolist())
    assert said == "".join(f"number {'ab'[number % 2]}" for number in range(12) if number != 3)


def test_parts_and_columns_split_what_is_said(tmp_path: Path) -> None:
    files = {f"data/{part}-00000-of-00001.parquet": table_of(sound_rows(), kind="Audio") for part in ("train", "test")}
    dataset = accepted(uploads.write_zip(tmp_path / "a.zip", files), SPEECH)
    assert dataset.given_rows == (12, 0, 12)

    other = tmp_path / "other"
    other.mkdir()
    rows = [{**row, "speaker": number // 3} for number, row in enumerate(sound_rows())]
    source = written(other, table_of(rows, kind="Audio"))
    accepted(source, SPEECH, group="speaker")
    assert np.unique(array(source, "split_group")).tolist() == [0, 1, 2, 3]


def test_recordings_without_a_column_of_what_is_said_are_told_the_columns(tmp_path: Path) -> None:
    rows = [{"audio": row["audio"], "label": row["label"]} for row in sound_rows()]
    problem = only_problem(written(tmp_path, table_of(rows, kind="Audio")), SPEECH)
    assert problem.code == "transcript_missing"
    assert "audio, label" in problem.message
