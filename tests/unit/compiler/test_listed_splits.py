"""Archives whose lists or tables say which files train, validate and test, as public data sets are packed."""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from tests.support import uploads
from tests.support.compiling import accepted, array, compile_file
from tests.support.speech import tones
from trainyard_spec.tasks import Task

IMAGES = uploads.class_folders(images=8)
PICTURES = Task.IMAGE_CLASSIFICATION


def lines(*names: str) -> bytes:
    return "".join(f"{name}\n" for name in names).encode()


def parts_of(source: Path) -> dict[str, int]:
    """The part of each file by its name."""
    names, ends = bytes(array(source, "name")), array(source, "name_offsets")
    found = [names[begin:end].decode() for begin, end in pairwise(ends)]
    return dict(zip(found, array(source, "split_split").astype(int).tolist(), strict=True))


def test_what_neither_list_of_speech_commands_names_trains(tmp_path: Path) -> None:
    files = {f"speech_commands/{name}": content for name, content in tones({"cat": 200, "dog": 900}, count=8).items()}
    sounds = sorted(name.removeprefix("speech_commands/") for name in files)
    validating, testing = sounds[::4], sounds[1::4]
    lists = {"validation_list.txt": lines(*validating), "testing_list.txt": lines(*testing)}
    packed = files | {f"speech_commands/{name}": content for name, content in lists.items()}

    dataset = accepted(source := uploads.write_zip(tmp_path / "a.zip", packed), Task.AUDIO_CLASSIFICATION)

    assert (dataset.classes, dataset.profile.split_by, dataset.warnings) == (("cat", "dog"), {"split": "folders"}, ())
    told = parts_of(source)
    assert {name for name, part in told.items() if part == 1} == {f"speech_commands/{name}" for name in validating}
    assert {name for name, part in told.items() if part == 2} == {f"speech_commands/{name}" for name in testing}


@pytest.mark.parametrize(
    "written",
    [
        lambda name: name,
        lambda name: name.removesuffix(".png"),
        lambda name: f"images/{name}",
        lambda name: f"{name} 1",
        lambda name: f"/data/food/images/{name}",
        lambda name: name.replace("/", "\\"),
    ],
)
def test_lists_may_name_files_as_their_tools_do(tmp_path: Path, written: Callable[[str], str]) -> None:
    names = sorted(IMAGES)
    lists = {f"meta/{part}.txt": lines(*map(written, names[at::2])) for at, part in enumerate(("train", "test"))}
    files = {f"food/images/{name}": content for name, content in IMAGES.items()}

    source = uploads.write_zip(tmp_path / "a.zip", files | {f"food/{name}": text for name, text in lists.items()})

    assert accepted(source, PICTURES).given_rows == (8, 0, 8)
    assert [*parts_of(source).values()] == [0, 2] * 8


def test_files_in_none_of_the_lists_are_left_out_where_one_says_what_trains(tmp_path: Path) -> None:
    names = sorted(IMAGES)
    lists = {"train.txt": lines(*names[:6], *names[8:14]), "test.txt": lines(names[6], names[14])}

    dataset = accepted(uploads.write_zip(tmp_path / "a.zip", IMAGES | lists), PICTURES)

    (warning,) = dataset.warnings
    assert (dataset.given_rows, warning.code, warning.file) == ((12, 0, 2), "unlisted_files", names[7])
    assert "2 of 16 images" in warning.message


def test_the_numbers_of_cub_say_what_trains(tmp_path: Path) -> None:
    names = sorted(IMAGES)
    lists = {
        "images.txt": lines(*(f"{number} {name}" for number, name in enumerate(names, start=1))),
        "train_test_split.txt": lines(*(f"{number} {number % 2}" for number in range(1, len(names) + 1))),
        "classes.txt": b"1 cat\n2 dog\n",
    }
    files = {f"CUB/images/{name}": content for name, content in IMAGES.items()}
    source = uploads.write_zip(tmp_path / "a.zip", files | {f"CUB/{name}": text for name, text in lists.items()})

    assert accepted(source, PICTURES).given_rows == (8, 0, 8)
    assert [*parts_of(source).values()] == [0, 2] * 8


def test_a_text_called_train_that_lists_no_files_is_left_out(tmp_path: Path) -> None:
    files = {"train.txt": b"This folder holds what was taken in May.\nIt is ours.\n", **IMAGES}

    dataset = accepted(uploads.write_zip(tmp_path / "a.zip", files), PICTURES)

    assert dataset.given_rows is None
    assert [(warning.code, warning.file) for warning in dataset.warnings] == [("ignored_file", "train.txt")]


@pytest.mark.parametrize("suffix", ["csv", "jsonl"])
def test_each_folder_of_a_split_may_hold_its_own_metadata(tmp_path: Path, suffix: str) -> None:
    files: dict[str, bytes] = {}
    for part, count in (("train", 12), ("test", 4)):
        rows = [{"file_name": f"{number}.png", "age": number + len(part)} for number in range(count)]
        write = uploads.write_csv if suffix == "csv" else uploads.write_jsonl
        files[f"data/{part}/metadata.{suffix}"] = write(tmp_path / "table", rows).read_bytes()
        files |= {f"data/{part}/{number}.png": uploads.image_bytes(number) for number in range(count)}

    dataset = accepted(source := uploads.write_zip(tmp_path / "a.zip", files), Task.IMAGE_REGRESSION, target="age")

    assert (dataset.given_rows, dataset.profile.split_by) == ((12, 0, 4), {"split": "folders"})
    ages = dict(zip(parts_of(source), array(source, "target").tolist(), strict=True))
    assert (ages["data/train/3.png"], ages["data/test/3.png"]) == (8, 7)


def test_metadata_in_each_folder_without_a_target_asks_for_its_column(tmp_path: Path) -> None:
    files = {f"{part}/{number}.png": uploads.image_bytes(number) for part in ("train", "val") for number in range(9)}
    files |= {f"{part}/metadata.csv": b"file_name,age\n0.png,3\n" for part in ("train", "val")}

    (problem,) = compile_file(uploads.write_zip(tmp_path / "a.zip", files), PICTURES, split="folders").problems

    assert (problem.code, "Choose the column of train/metadata.csv" in problem.message) == ("target_required", True)


def test_tables_of_parts_in_an_archive_are_the_split_and_what_is_to_be_handed_in_is_not(tmp_path: Path) -> None:
    def table(numbers: range, told: bool) -> bytes:
        rows = [f"{n:03},{'cat' if n % 2 else 'dog'}" if told else f"{n:03}" for n in numbers]
        return "\n".join(["id,label" if told else "id", *rows]).encode()

    files = {f"images/{number:03}.png": uploads.image_bytes(number) for number in range(24)}
    tables = {
        "train.csv": table(range(12), told=True),
        "valid.csv": table(range(12, 18), told=True),
        "test.csv": table(range(18, 24), told=False),
        "sample_submission.csv": table(range(18, 24), told=True),
    }
    del files["images/023.png"]  # of which only what is not read speaks

    dataset = accepted(source := uploads.write_zip(tmp_path / "a.zip", files | tables), PICTURES, target="label")

    assert dataset.given_rows is not None
    assert (dataset.rows, dataset.given_rows[0], min(dataset.given_rows)) == (18, 12, 3)
    assert np.bincount(array(source, "target")).tolist() == [9, 9]
    assert {warning.code for warning in dataset.warnings} == {"test_from_validation", "unlabelled_rows"}
