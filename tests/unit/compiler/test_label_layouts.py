"""Labels as well-known collections carry them: in a table of any name, whose column of files goes by any name."""

from pathlib import Path
from typing import Any

import pytest

from tests.support import uploads
from tests.support.compiled import make_spec
from tests.support.compiling import accepted, array, compile_file
from tests.support.speech import tone
from tests.support.trainings import train_here
from trainyard_spec.tasks import Task

IMAGES, SOUNDS = Task.IMAGE_CLASSIFICATION, Task.AUDIO_CLASSIFICATION
Files = dict[str, bytes]
KINDS = ["ant" if place % 3 else "bee" for place in range(30)]


def pictures(name: str, count: int = 30) -> Files:
    return {name.format(place): uploads.image_bytes(7 * place) for place in range(count)}


def sounds(name: str) -> Files:
    return {name.format(place, 1 + place % 5): tone(300 if place % 3 else 900) for place in range(30)}


def table(header: str, row: str) -> bytes:
    return "\n".join([header, *(row.format(n, kind, 1 + n % 5) for n, kind in enumerate(KINDS))]).encode()


ESC_50 = {
    **sounds("ESC-50-master/audio/1-{0}-A.wav"),
    "ESC-50-master/meta/esc50.csv": table("filename,fold,target,category,take", "1-{0}-A.wav,{2},9,{1},A"),
}
URBAN_SOUND = {
    **sounds("UrbanSound8K/audio/fold{1}/{0}.wav"),
    "UrbanSound8K/metadata/UrbanSound8K.csv": table("slice_file_name,fold,classID,class", "{0}.wav,{2},0,{1}"),
    "UrbanSound8K/FREESOUNDCREDITS.csv": b"author,url\nsomebody,none\n",
}
LAYOUTS: dict[str, tuple[Task, Files, str]] = {
    "train.csv beside numbered images": (
        IMAGES,
        {
            **pictures("images/Img_{}.png"),
            "train.csv": table("image_id,label", "Img_{0},{1}"),
            "sample_submission.csv": b"image_id,guess\nImg_1,ant\n",
        },
        "label",
    ),
    "labels.csv of train, and images of test": (
        IMAGES,
        {**pictures("train/{}.png"), **pictures("test/t{}.png", 9), "labels.csv": table("id,breed", "{0},{1}")},
        "breed",
    ),
    "ESC-50": (SOUNDS, ESC_50, "category"),
    "UrbanSound8K": (SOUNDS, URBAN_SOUND, "class"),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_table_with_the_target_and_its_column_of_files_are_found(tmp_path: Path, layout: str) -> None:
    task, files, target = LAYOUTS[layout]
    source = uploads.write_zip(tmp_path / "a.zip", files)

    dataset = accepted(source, task, target=target)

    assert (dataset.rows, dataset.classes, dataset.class_counts) == (30, ("ant", "bee"), (20, 10))
    if task is IMAGES:
        shades = array(source, "images")[:, 0, 0, 0] // 7
        assert array(source, "target").tolist() == [int(shade % 3 == 0) for shade in shades]


def test_folds_are_groups_of_a_job_that_learns_recordings_by_a_table(tmp_path: Path) -> None:
    dataset = accepted(uploads.write_zip(tmp_path / "a.zip", ESC_50), SOUNDS, target="category", group="fold")
    assert dataset.profile.split_by == {"group": "fold"}
    spec = make_spec(SOUNDS, {"name": "speech_rnn", "hidden": 8, "num_layers": 1}, epochs=1)
    spec |= {"split": {"by": "group", "train": 0.6, "val": 0.2, "test": 0.2}}

    result = train_here(spec, tmp_path / "compiled", tmp_path / "out")[-1]

    assert 0 <= result["test_metrics"]["accuracy"] <= 1


@pytest.mark.parametrize(
    ("task", "files", "options", "code", "said"),
    [
        (SOUNDS, ESC_50, {}, "target_required", "Choose the column of ESC-50-master/meta/esc50.csv"),
        (SOUNDS, URBAN_SOUND, {}, "split_folders", "are folds, not classes"),
        (IMAGES, pictures("JPEGImages/{}.jpg") | pictures("SegmentationClass/{}.png"), {}, "split_folders", "belongs"),
        (IMAGES, pictures("images/{}.png") | pictures("annotations/trimaps/{}.png"), {}, "split_folders", "belongs"),
        (IMAGES, pictures("{}.png") | {"a.csv": b"id,x\n1,2\n"}, {"target": "y"}, "labels_table_missing", "says y"),
    ],
)
def test_what_is_no_class_is_told(
    tmp_path: Path, task: Task, files: Files, options: dict[str, Any], code: str, said: str
) -> None:
    (problem,) = compile_file(uploads.write_zip(tmp_path / "a.zip", files), task, **options).problems
    assert (problem.code, said in problem.message) == (code, True)
