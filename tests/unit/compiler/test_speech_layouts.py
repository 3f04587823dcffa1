"""Transcripts as the well-known collections of speech carry them."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support import uploads
from tests.support.compiling import accepted, array, compile_file
from tests.support.speech import tone
from tests.unit.compiler.test_transcript_tables import said
from trainyard_spec.tasks import Task

SPEECH = Task.SPEECH_RECOGNITION
WORDS = [f"la {'abcdefghijkl'[n]}" for n in range(12)]
IDS = [f"84-{n:04}" for n in range(12)]
Files = dict[str, bytes]


def recordings(name: str) -> Files:
    return {name.format(number): tone(300 + place) for place, number in enumerate(IDS)}


def lines(line: Callable[[int], str], places: range = range(12), *, head: str = "") -> bytes:
    return (head + "\n".join(map(line, places)) + "\n").encode()


COMMON_VOICE = "client_id\tpath\tsentence\tup_votes\n"


def clip(place: int) -> str:
    return f"u{place}\t{IDS[place]}.mp3\t{WORDS[place].title()}.\t2"


LAYOUTS: dict[str, Files] = {
    "LibriSpeech": {
        **recordings("LibriSpeech/dev-clean/84/{}.wav"),
        "LibriSpeech/dev-clean/84/84.trans.txt": lines(lambda n: f"{IDS[n]} {WORDS[n].upper()}"),
        "LibriSpeech/README.TXT": b"A corpus of read speech.\n84 hours",
    },
    "LJSpeech": {
        **recordings("LJSpeech-1.1/wavs/{}.wav"),
        "LJSpeech-1.1/metadata.csv": lines(lambda n: f"{IDS[n]}|La {n}|{WORDS[n]}"),
    },
    "Kaldi": {**recordings("data/{}.wav"), "data/text": lines(lambda n: f"{IDS[n]} {WORDS[n]}")},
    "VCTK": {
        **recordings("wav48/p1/{}.wav"),
        **{f"txt/p1/{number}.txt": word.encode() for number, word in zip(IDS, WORDS, strict=True)},
    },
    "NeMo": {
        **recordings("{}.wav"),
        "manifest.jsonl": lines(lambda n: json.dumps({"audio_filepath": f"{IDS[n]}.wav", "text": WORDS[n]})),
    },
    "audio folder of Hugging Face": {
        **recordings("data/{}.wav"),
        "data/metadata.csv": lines(lambda n: f"{IDS[n]}.wav,{WORDS[n]}", head="file_name,transcription\n"),
    },
    "Common Voice, all that was validated": {
        **recordings("en/clips/{}.mp3"),
        "en/validated.tsv": lines(clip, head=COMMON_VOICE),
        "en/times.txt": b"clip\tduration\n",
    },
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_recording_gets_its_own_transcript(tmp_path: Path, layout: str) -> None:
    source = uploads.write_zip(tmp_path / "a.zip", LAYOUTS[layout])
    assert accepted(source, SPEECH).rows == 12
    assert said(source) == WORDS


COMMON_VOICE_FILES = {
    **recordings("en/clips/{}.mp3"),
    "en/train.tsv": lines(clip, range(6), head=COMMON_VOICE),
    "en/dev.tsv": lines(clip, range(6, 8), head=COMMON_VOICE),
    "en/test.tsv": lines(clip, range(8, 11), head=COMMON_VOICE),
    "en/validated.tsv": lines(clip, head=COMMON_VOICE),
}


@pytest.mark.parametrize("options", [{}, {"split": "folders"}])
def test_tables_that_are_called_by_parts_are_the_split(tmp_path: Path, options: dict[str, str]) -> None:
    source = uploads.write_zip(tmp_path / "a.zip", COMMON_VOICE_FILES)

    dataset = accepted(source, SPEECH, **options)

    assert (dataset.given_rows, dataset.profile.split_by) == ((6, 2, 3), {"split": "folders"})
    assert array(source, "split_split").tolist() == [0] * 6 + [1] * 2 + [2] * 3
    assert said(source) == WORDS[:11]
    left_out = {(found.code, found.file) for found in dataset.warnings}
    assert left_out == {("ignored_file", "en/validated.tsv"), ("unlabelled_rows", "en/clips/84-0011.mp3")}


def test_without_a_table_of_the_test_part_a_job_splits(tmp_path: Path) -> None:
    tables = {
        "en/train.tsv": lines(clip, range(9), head=COMMON_VOICE),
        "en/dev.tsv": lines(clip, range(9, 12), head=COMMON_VOICE),
    }
    source = uploads.write_zip(tmp_path / "a.zip", recordings("en/clips/{}.mp3") | tables)
    assert accepted(source, SPEECH).given_rows is None


def test_a_line_of_a_list_that_names_no_recording_is_told(tmp_path: Path) -> None:
    files = LAYOUTS["Kaldi"] | {"data/text": lines(lambda n: f"{IDS[n]} la") + b"84-9999 la\n"}
    (problem,) = compile_file(uploads.write_zip(tmp_path / "a.zip", files), SPEECH).problems
    assert (problem.code, problem.file, problem.row) == ("recording_missing", "data/text", 13)
