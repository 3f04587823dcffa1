"""Recordings in Parquet, with their classes or what is said in them."""

from pathlib import Path

import numpy as np

from tests.support import uploads
from tests.support.compiling import accepted, array
from tests.support.media_tables import SOUNDS, SPEECH, only_problem, table_of, written
from tests.support.speech import tone
from tests.support.uploads import Row
from trainyard_spec.datasets import RecordingProfile


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
