"""Files in no class folders, whose names are a class and a number."""

from pathlib import Path

import pytest

from tests.support import uploads
from tests.support.compiling import accepted, array, compile_file
from tests.support.speech import tone
from trainyard_spec.tasks import Task

IMAGES = Task.IMAGE_CLASSIFICATION


def archive(path: Path, *names: str, count: int = 6, folder: str = "") -> Path:
    """``count`` pictures by each of ``names``, in which ``#`` is a number."""
    files = [f"{folder}{name.replace('#', str(number))}" for name in names for number in range(count)]
    return uploads.write_zip(path / "a.zip", {name: uploads.image_bytes(at) for at, name in enumerate(files)})


@pytest.mark.parametrize("folder", ["", "images/", "pets/all/", "train/"])
@pytest.mark.parametrize("form", ["{}.#.jpg", "{}_#.png", "{}-0#.png", "{} (#).png", "{}#.png"])
def test_a_class_and_a_number_make_a_name(tmp_path: Path, form: str, folder: str) -> None:
    source = archive(tmp_path, form.format("great_pyrenees"), form.format("Abyssinian"), folder=folder)

    dataset = accepted(source, IMAGES)

    assert (dataset.classes, dataset.class_counts) == (("Abyssinian", "great_pyrenees"), (6, 6))
    assert array(source, "target").tolist() == [0] * 6 + [1] * 6
    (note,) = dataset.warnings
    assert note.code == "classes_in_names"
    assert "Abyssinian, great_pyrenees" in note.message
    assert "put each image into the folder of its class" in note.message


def test_recordings_are_called_so_too(tmp_path: Path) -> None:
    files = {
        f"{word}_{number}.wav": tone(pitch + number)
        for word, pitch in (("yes", 200), ("no", 900))
        for number in range(6)
    }
    dataset = accepted(uploads.write_zip(tmp_path / "a.zip", files), Task.AUDIO_CLASSIFICATION)
    assert dataset.classes == ("no", "yes")


@pytest.mark.parametrize(
    ("names", "code"),
    [
        (("IMG_#.png", "DSC_#.png"), "no_class_folder"),
        (("0_ada_#.png", "1_ada_#.png"), "no_class_folder"),
        (("cat_#.png", "dog-#.png"), "no_class_folder"),
        (("train_#.png", "test_#.png"), "no_class_folder"),
        (("cat_#.png", "dog_#_left.png"), "no_class_folder"),
        (("cat_#.png",), "no_class_folder"),
        (("cats/cat_#.png", "dogs/cat_#.png"), None),
    ],
)
def test_names_that_may_say_something_else_are_not_read(
    tmp_path: Path, names: tuple[str, ...], code: str | None
) -> None:
    result = compile_file(archive(tmp_path, *names), IMAGES)
    assert [problem.code for problem in result.problems] == ([code] if code else [])
    if result.dataset:
        assert result.dataset.classes == ("cats", "dogs")


def test_a_class_of_a_file_or_two_makes_doubt(tmp_path: Path) -> None:
    files = {f"cat_{number}.png": uploads.image_bytes(number) for number in range(12)} | {
        "cow_1.png": uploads.image_bytes(99)
    }
    (problem,) = compile_file(uploads.write_zip(tmp_path / "a.zip", files), IMAGES).problems
    assert problem.code == "no_class_folder"
    assert "by its class and a number, such as cat_12" in problem.message
