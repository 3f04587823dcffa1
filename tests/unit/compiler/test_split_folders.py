"""Folders and columns that say which rows train and which test, for data that come as archives."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support import uploads
from tests.support.cases import case
from tests.support.compiling import accepted, array, compile_file
from tests.support.speech import tones
from tests.support.trainings import train_here
from trainyard_engine.core.dataset import open_dataset
from trainyard_engine.core.split import split_examples
from trainyard_engine.ingest.problems import ProblemCode
from trainyard_engine.ingest.split_folders import are_parts, part_of
from trainyard_spec.splits import SplitConfig
from trainyard_spec.tasks import Task

IMAGES, SOUNDS, TEXTS, SPEECH = (
    Task.IMAGE_CLASSIFICATION,
    Task.AUDIO_CLASSIFICATION,
    Task.TEXT_CLASSIFICATION,
    Task.SPEECH_RECOGNITION,
)
MAKERS: dict[Task, Callable[[], Mapping[str, bytes]]] = {
    IMAGES: lambda: uploads.class_folders(images=8),
    SOUNDS: lambda: tones({"cat": 200, "dog": 900}, count=8),
    TEXTS: lambda: {
        name.replace("sport", "cat").replace("film", "dog"): c for name, c in uploads.text_folders().items()
    },
}
GIVEN = SplitConfig(by="given")


def in_folders(files: Mapping[str, bytes], *folders: str) -> dict[str, bytes]:
    """``files`` in each of ``folders``."""
    return {f"{folder}/{name}": content for folder in folders for name, content in files.items()}


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("train", 0), ("Training", 0), ("TRAIN_SET", 0), ("train-images", 0), ("train2017", 0), ("trainset", 0),
        ("val", 1), ("valid", 1), ("Validation", 1), ("dev", 1), ("eval", 1), ("validation data", 1), ("val2017", 1),
        ("test", 2), ("testing", 2), ("Test Set", 2), ("holdout", 2), ("hold-out", 2), ("test1", 2), (" test ", 2),
        ("cat", None), ("trainer", None), ("contest", None), ("devil", None), ("blood_test", None), ("", None),
    ],
)  # fmt: skip
def test_parts_are_known_by_every_usual_name(name: str, part: int | None) -> None:
    assert part_of(name) == part


@pytest.mark.parametrize(
    ("folders", "expected"),
    [
        ({"train", "dev", "test"}, True),
        ({"train", "eval"}, True),
        ({"train", "test", "unlabeled"}, True),
        ({"Train", "Unlabelled"}, True),
        ({"seg_train", "seg_test"}, True),
        ({"cifar10-train", "cifar10-val", "cifar10-test"}, True),
        ({"bullet_train", "eye_test"}, False),
        ({"blood_test", "skin_test"}, False),
        ({"test1", "test2"}, False),
        ({"train", "bus"}, False),
        ({"train"}, False),
        ({"valid", "invalid"}, False),
    ],
)
def test_folders_are_parts_only_where_they_can_hardly_be_classes(folders: set[str], expected: bool) -> None:
    assert are_parts(folders) == expected


def test_folders_of_a_split_are_no_classes_and_the_message_says_how_to_use_them(tmp_path: Path) -> None:
    (problem,) = compile_file(case("folders-train-dev-test/images.zip", tmp_path), IMAGES).problems
    assert problem.code == ProblemCode.SPLIT_FOLDERS
    assert "split: folders" in problem.message
    assert "dev, test, train" in problem.message


def test_a_word_before_the_parts_says_nothing(tmp_path: Path) -> None:
    files = {
        f"{part}/{part}/{name}": content
        for part in ("seg_train", "seg_test")
        for name, content in uploads.class_folders(images=8).items()
    }

    dataset = accepted(uploads.write_zip(tmp_path / "a.zip", files), IMAGES, split="folders")

    assert dataset.classes == ("cat", "dog")
    assert dataset.given_rows == (16, 0, 16)


@pytest.mark.parametrize("task", MAKERS)
def test_every_kind_of_archive_says_it(tmp_path: Path, task: Task) -> None:
    files = in_folders(MAKERS[task](), "Training", "unlabeled")
    (problem,) = compile_file(uploads.write_zip(tmp_path / "a.zip", files), task).problems
    assert problem.code == ProblemCode.SPLIT_FOLDERS
    assert "Training, unlabeled" in problem.message


def test_the_folders_are_the_split(tmp_path: Path) -> None:
    dataset = accepted(case("folders-train-dev-test/images.zip", tmp_path), IMAGES, split="folders")
    assert dataset.classes == ("left", "right")
    assert dataset.profile.split_by == {"split": "folders"}
    assert dataset.warnings == ()
    split = split_examples(open_dataset(tmp_path / "compiled"), GIVEN)
    # Rows are in the order of names: dev, test, train.
    assert (split.val.tolist(), split.test.tolist(), split.train.tolist()) == (
        list(range(10)),
        list(range(10, 20)),
        list(range(20, 30)),
    )


@pytest.mark.parametrize("task", MAKERS)
@pytest.mark.parametrize(
    "folders",
    [("train", "val", "test"), ("data/Train", "data/Valid", "data/Test"), ("train", "dev", "eval2", "test")],
)  # fmt: skip
def test_every_kind_of_archive_is_split_by_its_folders(tmp_path: Path, task: Task, folders: tuple[str, ...]) -> None:
    files = in_folders(MAKERS[task](), *folders)
    source = uploads.write_zip(tmp_path / "a.zip", files)
    dataset = accepted(source, task, split="folders")
    assert (dataset.classes, dataset.profile.split_by) == (("cat", "dog"), {"split": "folders"})
    expected = [part_of(name.removeprefix("data/").split("/")[0]) for name in sorted(files)]
    assert array(source, "split_split").tolist() == expected
    assert [dataset.classes[label] for label in array(source, "target")] == [n.split("/")[-2] for n in sorted(files)]


def test_a_folder_of_the_same_name_within_a_part_is_no_class(tmp_path: Path) -> None:
    files = in_folders(uploads.class_folders(), "train/train", "val/val", "test/test")
    assert accepted(uploads.write_zip(tmp_path / "a.zip", files), IMAGES, split="folders").classes == ("cat", "dog")


def test_where_no_folder_tests_half_of_what_validates_does_of_each_class_alike(tmp_path: Path) -> None:
    files = in_folders(uploads.class_folders(images=8), "train", "val")

    dataset = accepted(source := uploads.write_zip(tmp_path / "a.zip", files), IMAGES, split="folders")

    (warning,) = dataset.warnings
    assert (dataset.given_rows, warning.code) == ((16, 8, 8), "test_from_validation")
    assert "half of what is in val, 8 of 16" in warning.message
    tests = array(source, "split_split") == 2
    assert np.bincount(array(source, "target")[tests]).tolist() == [4, 4]
    assert tests[16:24].tolist() != [False, True] * 4  # by lot: neighbours are often alike


def test_where_no_folder_validates_a_job_draws_from_those_that_train(tmp_path: Path) -> None:
    files = in_folders(uploads.class_folders(images=30), "train", "test")
    accepted(uploads.write_zip(tmp_path / "a.zip", files), IMAGES, split="folders")
    split = split_examples(open_dataset(tmp_path / "compiled"), GIVEN)
    assert (split.test.tolist(), len(split.val) > 0) == (list(range(60)), True)


CLASSES = uploads.class_folders()
HENS = {f"hen/{n}.png": CLASSES["cat/000.png"] for n in range(3)}


@pytest.mark.parametrize(
    ("files", "options", "code", "said"),
    [
        (in_folders(CLASSES, "val", "test"), {"split": "folders"}, "split_folders", "Nothing is in train"),
        ({**in_folders(CLASSES, "train"), "val/cat/1.png": CLASSES["cat/000.png"]}, {"split": "folders"},
         "split_folders", "Nothing is in test. Add it"),
        (in_folders(CLASSES, "train"), {"split": "folders"}, "split_folders", "Nothing is in test"),
        (in_folders(CLASSES, "train", "other"), {"split": "folders"}, "split_folders", "other is none of them"),
        (CLASSES, {"split": "folders"}, "split_folders", "cat is none of them"),
        (in_folders(CLASSES, "train", "unlabeled"), {"split": "folders"}, "split_folders", "unlabeled is none"),
        (in_folders(CLASSES, "train"), {"split": "part"}, "option_not_used", "folders"),
        ({**in_folders(CLASSES, "train"), "test/1.png": CLASSES["cat/000.png"]}, {"split": "folders"},
         "split_folders", "Nothing is in test"),
        (in_folders(CLASSES, "train") | in_folders(HENS, "test"), {"split": "folders"},
         "class_too_small", "'hen' has no image in train"),
    ],
)  # fmt: skip
def test_what_cannot_be_split_by_folders_says_why(
    tmp_path: Path, files: dict[str, bytes], options: dict[str, Any], code: str, said: str
) -> None:
    problems = compile_file(uploads.write_zip(tmp_path / "a.zip", files), IMAGES, **options).problems
    assert [problem.code for problem in problems] == [code] * len(problems)
    assert said in problems[0].message


def test_a_job_trains_on_the_folder_that_is_there_for_it(tmp_path: Path) -> None:
    accepted(case("folders-train-dev-test/images.zip", tmp_path), IMAGES, split="folders")
    spec = {
        "name": "given",
        "dataset": "dsv_local",
        "task": "image_classification",
        "architecture": {"name": "cnn", "channels": [4], "hidden": []},
        "training": {"epochs": 2, "batch_size": 8},
        "split": {"by": "given"},
    }
    result = train_here(spec, tmp_path / "compiled", tmp_path / "out")[-1]
    assert result["test_metrics"]["accuracy"] >= 0


def test_texts_in_utf16_are_read(tmp_path: Path) -> None:
    files = {name: content.decode().encode("utf-16") for name, content in uploads.text_folders().items()}
    source = uploads.write_zip(tmp_path / "a.zip", files)
    accepted(source, TEXTS)
    assert bytes(array(source, "text")) == b"".join(content for _, content in sorted(uploads.text_folders().items()))
