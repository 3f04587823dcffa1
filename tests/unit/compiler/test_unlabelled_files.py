"""Files without a target are left out and told, as rows of a table are, unless they are more than half."""

from pathlib import Path

import numpy as np
import pytest

from tests.support import uploads
from tests.support.compiling import accepted, array, compile_file
from tests.support.speech import tone, tones
from trainyard_spec.datasets import CompiledDataset
from trainyard_spec.tasks import Task

IMAGES, NUMBERS, SPEECH = Task.IMAGE_CLASSIFICATION, Task.IMAGE_REGRESSION, Task.SPEECH_RECOGNITION
NAMES = [f"{place:02}.png" for place in range(20)]
GAPS = (0, 7)


def pictures(names: list[str], *, size: tuple[int, int] = (8, 8)) -> dict[str, bytes]:
    return {name: uploads.image_bytes(10 * place, size=size) for place, name in enumerate(names)}


def labels(cells: list[object]) -> dict[str, bytes]:
    rows = [f"{name},{'' if cell is None else cell}" for name, cell in zip(NAMES, cells, strict=False)]
    return {"labels.csv": "\n".join(["file,y", *rows]).encode()}


def told(dataset: CompiledDataset) -> list[tuple[str | None, str]]:
    return [(found.file, found.message) for found in dataset.warnings if found.code == "unlabelled_rows"]


@pytest.mark.parametrize("task", [IMAGES, NUMBERS])
def test_a_row_without_a_target_leaves_its_image_out(tmp_path: Path, task: Task) -> None:
    cells = [None if place in GAPS else place % 2 for place in range(20)]
    source = uploads.write_zip(tmp_path / "a.zip", pictures(NAMES) | labels(cells))

    dataset = accepted(source, task, target="y")

    assert dataset.rows == 18
    assert array(source, "images")[:, 0, 0, 0].tolist() == [10 * place for place in range(20) if place not in GAPS]
    assert array(source, "target").tolist() == [place % 2 for place in range(20) if place not in GAPS]
    message = "2 of 20 rows hold no value of the target (y), the first of them row 1; they were left out."
    assert told(dataset) == [("labels.csv", message)]


def test_an_image_without_a_row_is_left_out_and_its_size_does_not_count(tmp_path: Path) -> None:
    files = pictures(NAMES) | pictures([f"more/{n}.png" for n in range(19)], size=(16, 16))
    files |= labels(["p", "q"] * 10)

    dataset = accepted(uploads.write_zip(tmp_path / "a.zip", files), IMAGES, target="y")

    assert (dataset.rows, array(tmp_path / "a.zip", "images").shape) == (20, (20, 1, 8, 8))
    ((file, message),) = told(dataset)
    assert (file, "19 of 39 images have no row in labels.csv" in message) == ("more/0.png", True)


def test_problems_of_other_rows_keep_their_numbers(tmp_path: Path) -> None:
    cells = [None, *["p", "q"] * 9]
    files = pictures(NAMES) | labels(cells)
    files["labels.csv"] += b"\nlost.png,p"

    (problem,) = compile_file(uploads.write_zip(tmp_path / "a.zip", files), IMAGES, target="y").problems

    assert (problem.code, problem.row) == ("labelled_file_missing", 20)


@pytest.mark.parametrize(
    ("cells", "more", "code"),
    [([None] * 11 + ["p", "q"] * 4, 0, "target_missing"), (["p", "q"] * 10, 21, "labels_missing")],
)
def test_more_than_half_are_a_problem(tmp_path: Path, cells: list[object], more: int, code: str) -> None:
    files = pictures(NAMES) | pictures([f"more/{n}.png" for n in range(more)]) | labels(cells)
    (problem,) = compile_file(uploads.write_zip(tmp_path / "a.zip", files), IMAGES, target="y").problems
    assert problem.code == code


def test_what_lies_outside_class_folders_is_left_out(tmp_path: Path) -> None:
    files = {**uploads.class_folders(), "cover.png": uploads.image_bytes()}
    dataset = accepted(uploads.write_zip(tmp_path / "a.zip", files), IMAGES)
    assert dataset.classes == ("cat", "dog")
    ((file, message),) = told(dataset)
    assert (file, "lie outside any class folder" in message) == ("cover.png", True)


def test_the_unlabelled_reviews_of_imdb_are_no_class(tmp_path: Path) -> None:
    reviews = {
        f"aclImdb/{part}/{folder}/{n}_7.txt": f"film {folder} {n}".encode()
        for part, folder, count in (
            *((part, folder, 6) for part in ("train", "test") for folder in ("neg", "pos")),
            ("train", "unsup", 60),
        )
        for n in range(count)
    }
    files = {**reviews, "aclImdb/train/urls_pos.txt": b"http://example.org"}
    source = uploads.write_zip(tmp_path / "a.zip", files)

    dataset = accepted(source, Task.TEXT_CLASSIFICATION, split="folders")

    assert (dataset.classes, dataset.rows, dataset.given_rows) == (("neg", "pos"), 24, (12, 0, 12))
    assert {file for file, _ in told(dataset)} == {"unsup", "aclImdb/train/urls_pos.txt"}
    assert dataset.profile.model_dump()["longest"] == len("film neg 0")


def test_noise_to_mix_in_is_no_class_of_speech_commands(tmp_path: Path) -> None:
    files = tones({"yes": 200, "no": 500}, count=8) | {f"_background_noise_/{n}.wav": tone(90) for n in range(4)}
    dataset = accepted(uploads.write_zip(tmp_path / "a.zip", files), Task.AUDIO_CLASSIFICATION)
    assert (dataset.classes, dataset.rows) == (("no", "yes"), 16)
    assert len(array(tmp_path / "a.zip", "audio_offsets")) == 17


@pytest.mark.parametrize("gap", [None, b" ... "])
def test_a_recording_without_a_transcript_is_left_out(tmp_path: Path, gap: bytes | None) -> None:
    files = {f"{n:02}.wav": tone(300 + n) for n in range(12)}
    files |= {f"{n:02}.txt": b"la" for n in range(12) if n != 3} | ({"03.txt": gap} if gap else {})
    source = uploads.write_zip(tmp_path / "a.zip", files)

    dataset = accepted(source, SPEECH)

    assert dataset.rows == 11
    assert np.diff(array(source, "transcript_offsets")).tolist() == [2] * 11
    ((file, message),) = told(dataset)
    assert (file, "1 of 12 recordings have no transcript" in message) == ("03.wav", True)
