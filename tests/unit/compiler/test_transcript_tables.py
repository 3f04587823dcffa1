"""Tables of transcripts: however they are written, and with columns that say the split, who spoke and when."""

import json
import unicodedata
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from tests.support import uploads
from tests.support.cases import case
from tests.support.compiling import accepted, array, compile_file
from tests.support.speech import tone
from trainyard_spec.splits import SplitConfig
from trainyard_spec.tasks import Task

SPEECH = Task.SPEECH_RECOGNITION
GIVEN = SplitConfig(by="given")


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
    assert [(problem.code, problem.row) for problem in found] == [("recording_missing", 1)]
    assert "a/00" in found[0].message


def test_nothing_to_test_on_is_told_of_transcripts_too(tmp_path: Path) -> None:
    rows = ["file,text,part", *(f"a/{n:02}.wav,la,train" for n in range(12))]
    source = uploads.write_zip(tmp_path / "a.zip", speech_files(speech_table(rows)))
    (found,) = compile_file(source, SPEECH, split="part").problems
    assert (found.code, "Nothing is in test" in found.message) == ("split_folders", True)
