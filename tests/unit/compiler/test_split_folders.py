"""Folders and columns that say which rows train and which test, for data that come as archives."""

import json
import unicodedata
from collections.abc import Callable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support import uploads
from tests.support.cases import case
from tests.support.compiling import accepted, array, compile_file
from tests.support.speech import tone, tones
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
        (in_folders(CLASSES, "train", "val"), {"split": "folders"}, "split_folders", "call it test"),
        (in_folders(CLASSES, "train"), {"split": "folders"}, "split_folders", "Nothing is in test"),
        (in_folders(CLASSES, "train", "other"), {"split": "folders"}, "split_folders", "other is none of them"),
        (CLASSES, {"split": "folders"}, "split_folders", "cat is none of them"),
        (in_folders(CLASSES, "train", "unlabeled"), {"split": "folders"}, "split_folders", "unlabeled is none"),
        (in_folders(CLASSES, "train"), {"split": "part"}, "option_not_used", "folders"),
        ({**in_folders(CLASSES, "train"), "test/1.png": CLASSES["cat/000.png"]}, {"split": "folders"},
         "no_class_folder", "outside any class folder"),
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


def speech_table(rows: list[str], *, separator: str = ",") -> bytes:
    return "\n".join(row.replace(",", separator) for row in rows).encode()


def speech_files(table: bytes, name: str = "transcripts.csv", *, count: int = 12) -> dict[str, bytes]:
    return {**{f"a/{n:02}.wav": tone(300 + n) for n in range(count)}, name: table}


def said(source: Path) -> list[str]:
    alphabet = json.loads((source.parent / "compiled" / "dataset.json").read_bytes())["profile"]["alphabet"]
    numbers, ends = array(source, "transcript"), array(source, "transcript_offsets")
    spelled = [alphabet[number - 1] for number in numbers]
    return ["".join(spelled[begin:end]) for begin, end in pairwise(ends)]


def test_a_column_of_the_transcripts_is_the_split(tmp_path: Path) -> None:
    parts = ["train"] * 8 + ["dev", "Validation", "TEST", "eval"]
    rows = [f"a/{n:02}.wav,la {'abc'[n % 3]},{part},x" for n, part in enumerate(parts)]
    source = uploads.write_zip(tmp_path / "a.zip", speech_files(speech_table(["file,text,Part,speaker", *rows])))
    dataset = accepted(source, SPEECH, split="part")
    assert dataset.profile.split_by == {"split": "part"}
    assert array(source, "split_split").tolist() == [0.0] * 8 + [1, 1, 2, 1]


def test_columns_of_the_transcripts_say_who_spoke_and_when(tmp_path: Path) -> None:
    rows = [f"a/{n:02}.wav,la {'abc'[n % 3]},s{n % 3},{24 - n}.1.2026" for n in range(12)]
    table = speech_table(["file,text,Speaker,on", *rows[::-1]])
    source = uploads.write_zip(tmp_path / "a.zip", speech_files(table))
    dataset = accepted(source, SPEECH, group="speaker", time="on")
    assert dataset.profile.split_by == {"time": "on", "group": "speaker"}
    assert array(source, "split_group").tolist() == [0, 1, 2] * 4
    assert np.diff(array(source, "split_time")).tolist() == [-86_400e6] * 11
    rows[4] = "a/04.wav,la b,,never"
    (tmp_path / "other").mkdir()
    table = speech_table(["file,text,speaker,on", *rows])
    source = uploads.write_zip(tmp_path / "other" / "a.zip", speech_files(table))
    found = compile_file(source, SPEECH, group="speaker", time="on").problems
    assert [(problem.code, problem.row, problem.column) for problem in found] == [
        ("time_unreadable", 5, "on"),
        ("group_missing", 5, "speaker"),
    ]


def test_recordings_with_transcripts_are_split_by_folders_too(tmp_path: Path) -> None:
    files = {f"{part}/{n}.{kind}": tone(300 + n) if kind == "wav" else b"la"
             for part in ("train", "dev", "test") for n in range(4) for kind in ("wav", "txt")}  # fmt: skip
    source = uploads.write_zip(tmp_path / "a.zip", files)
    accepted(source, SPEECH, split="folders")
    assert array(source, "split_split").tolist() == [1.0] * 4 + [2] * 4 + [0] * 4


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        (["file,text", "a/00.wav,la"], ("column_unknown", "transcripts.csv", None)),
        (["file,text,part", *(f"a/{n:02}.wav,la,{'train' if n else '?'}" for n in range(12))],
         ("split_unreadable", "transcripts.csv", 1)),
    ],
)  # fmt: skip
def test_a_part_that_cannot_be_told_is_named(tmp_path: Path, rows: list[str], problem: tuple[object, ...]) -> None:
    source = uploads.write_zip(tmp_path / "a.zip", speech_files(speech_table(rows)))
    found = compile_file(source, SPEECH, split="part").problems[0]
    assert (found.code, found.file, found.row) == problem


def test_names_in_nfd_are_those_of_a_table_in_nfc(tmp_path: Path) -> None:
    source = case("speech-nfd-names/speech.zip", tmp_path)
    dataset = accepted(source, SPEECH)
    assert dataset.rows == len(said(source)) == 12
    assert all(text == unicodedata.normalize("NFC", text) for text in said(source))


ROWS = [f"a/{n:02}.wav,la {'abc'[n % 3]}" for n in range(12)]
SPELLED = [f"la {'abc'[n % 3]}" for n in range(12)]
TABLES = {
    "plain": speech_table(["file,text", *ROWS]),
    "mark": b"\xef\xbb\xbf" + speech_table(["file,text", *ROWS]),
    "utf-16": "\n".join(["file,text", *ROWS]).encode("utf-16"),
    "windows lines": "\r\n".join(["file,text", *ROWS]).encode(),
    "old mac lines": "\r".join(["file,text", *ROWS]).encode(),
    "semicolons": speech_table(["file,text", *ROWS], separator=";"),
    "excel's hint": b"sep=;\r\n" + speech_table(["file,text", *ROWS], separator=";"),
    "tabs": speech_table(["file,text", *ROWS], separator="\t"),
    "order and case": speech_table([" Text ,FILE", *(",".join(reversed(row.split(","))) for row in ROWS)]),
    "further columns": speech_table(["speaker,file,text", *(f"1,{row}" for row in ROWS)]),
    "backslashes": speech_table(["file,text", *(row.replace("/", "\\") for row in ROWS)]),
    "dots": speech_table(["file,text", *(f"./b/../{row}" for row in ROWS)]),
    "no endings": speech_table(["file,text", *(row.replace(".wav", "") for row in ROWS)]),
    "other letters": speech_table(["file,text", *(row.replace("a/", "A/").replace("wav", "WAV") for row in ROWS)]),
    "empty rows": speech_table(["file,text", *ROWS, ",", ""]),
}


@pytest.mark.parametrize("table", TABLES)
def test_a_table_of_transcripts_is_read_however_it_is_written(tmp_path: Path, table: str) -> None:
    source = uploads.write_zip(tmp_path / "a.zip", speech_files(TABLES[table]))
    assert accepted(source, SPEECH).rows == 12
    assert said(source) == SPELLED


def test_a_name_without_its_ending_that_fits_two_recordings_fits_none(tmp_path: Path) -> None:
    files = {**speech_files(TABLES["no endings"]), "a/00.flac": tone(999)}
    found = compile_file(uploads.write_zip(tmp_path / "a.zip", files), SPEECH).problems
    assert {problem.code for problem in found} == {"transcript_missing", "recording_missing"}
    assert all("a/00" in problem.message for problem in found)


def test_nothing_to_test_on_is_told_of_transcripts_too(tmp_path: Path) -> None:
    rows = ["file,text,part", *(f"a/{n:02}.wav,la,train" for n in range(12))]
    source = uploads.write_zip(tmp_path / "a.zip", speech_files(speech_table(rows)))
    (found,) = compile_file(source, SPEECH, split="part").problems
    assert (found.code, "Nothing is in test" in found.message) == ("split_folders", True)


def test_texts_in_utf16_are_read(tmp_path: Path) -> None:
    files = {name: content.decode().encode("utf-16") for name, content in uploads.text_folders().items()}
    source = uploads.write_zip(tmp_path / "a.zip", files)
    accepted(source, TEXTS)
    assert bytes(array(source, "text")) == b"".join(content for _, content in sorted(uploads.text_folders().items()))
