"""Each reason to reject a file has a file that is rejected for it, and for nothing else."""

import tarfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support import costly_files, uploads
from tests.support.compiling import compile_file
from tests.support.rejections import (
    CLASSES,
    IMAGES,
    NUMBERS,
    SOUNDS,
    TEXTS,
    Case,
    busy,
    chats,
    content,
    cut_off,
    folders,
    images,
    labelled,
    loads,
    occupied,
    posts,
    ratings,
    recordings,
    rows,
    runs,
    speech,
    twice_the_same_name,
)
from tests.support.speech import recording_bytes, tone
from trainyard_engine.ingest.limits import JPEG_SCANS
from trainyard_engine.ingest.problems import ProblemCode
from trainyard_engine.modalities.tabular import read
from trainyard_spec.tasks import Task

CHATS, TAGS = Task.INSTRUCTION_TUNING, Task.TOKEN_CLASSIFICATION
SPANS = {"text": "Ada", "entities": []}
CSV = "a,b,y\n" + "".join(f"{number},{number * 2},{'uv'[number % 2]}\n" for number in range(12))


def tagged(row: dict[str, Any], *, like: dict[str, Any] | None = None) -> Case:
    """Ten good rows in the form of ``like``, and ``row``."""
    good = like or {"tokens": ["Ada", "writes"], "tags": ["B-PER", "O"]}
    return Case(TAGS, lambda path: uploads.write_jsonl(path, [good] * 10 + [row]))


CASES: dict[ProblemCode, Case] = {
    ProblemCode.EMPTY_FILE: content(CLASSES, b"", target="y"),
    ProblemCode.TOO_FEW_ROWS: folders("cat", "dog", count=4),
    ProblemCode.ONE_CLASS: folders("cat", count=12),
    ProblemCode.CLASS_TOO_SMALL: rows(CLASSES, "species", lambda table: table[0].update(species="orchid")),
    ProblemCode.TOO_MANY_CLASSES: rows(CLASSES, "species", lambda _: None, classes=2),
    ProblemCode.DATASET_TOO_LARGE: images({}, compiled_size=700),
    ProblemCode.OPTION_NOT_USED: content(IMAGES, b"x", text="y"),
    ProblemCode.OUTPUT_EXISTS: Case(IMAGES, occupied),
    ProblemCode.OUTPUT_BUSY: Case(IMAGES, busy),
    ProblemCode.NOT_AN_ARCHIVE: content(IMAGES, uploads.image_bytes()),
    ProblemCode.DAMAGED_ARCHIVE: Case(IMAGES, cut_off),
    ProblemCode.ENCRYPTED_ARCHIVE: Case(IMAGES, uploads.write_encrypted_zip),
    ProblemCode.UNSUPPORTED_COMPRESSION: Case(
        IMAGES, lambda path: uploads.write_zip(path, uploads.class_folders(), compression=zipfile.ZIP_LZMA)
    ),
    ProblemCode.PATH_TRAVERSAL: images({"../cat/1.png": b""}),
    ProblemCode.BAD_NAME: images({"cat/\x07.png": b""}),
    ProblemCode.LINK_IN_ARCHIVE: Case(IMAGES, uploads.write_zip_with_link),
    ProblemCode.SPECIAL_FILE: Case(IMAGES, lambda path: uploads.write_tar_with(path, tarfile.FIFOTYPE)),
    ProblemCode.DUPLICATE_NAME: Case(IMAGES, twice_the_same_name),
    ProblemCode.NESTED_ARCHIVE: images({"cat/more.zip": b"PK\x03\x04 and so on"}),
    ProblemCode.TOO_MANY_FILES: images({}, archive_files=11),
    ProblemCode.FILE_TOO_LARGE: images({"cat/large.png": bytes(3000)}, archive_file_size=2999),
    ProblemCode.ARCHIVE_BOMB: Case(IMAGES, uploads.write_zip_bomb),
    ProblemCode.NO_IMAGES: Case(IMAGES, lambda path: uploads.write_zip(path, {"a.txt": b"a"})),
    ProblemCode.NO_TEXTS: Case(TEXTS, lambda path: uploads.write_zip(path, {"a.md": b"a"})),
    ProblemCode.NO_CLASS_FOLDER: images({f"{n}.png": uploads.image_bytes() for n in range(99)}),
    ProblemCode.SPLIT_FOLDERS: folders("train", "test"),
    ProblemCode.UNREADABLE_IMAGE: images({"cat/broken.png": uploads.image_bytes(size=(99, 99))[:60]}),
    ProblemCode.TOO_MANY_PIXELS: images({"cat/vast.png": uploads.image_bytes(size=(101, 100))}, image_pixels=10_000),
    ProblemCode.TOO_MANY_SCANS: images({"cat/scans.jpg": costly_files.scanned(JPEG_SCANS + 1)}),
    ProblemCode.LABELS_TABLE_MISSING: Case(
        IMAGES, lambda path: uploads.write_zip(path, uploads.class_folders()), options={"target": "age"}
    ),
    ProblemCode.DUPLICATE_TABLE: labelled(b"file,age\n", {"more/labels.csv": b"file,age\n"}),
    ProblemCode.FILE_COLUMN_MISSING: Case(
        Task.IMAGE_REGRESSION,
        lambda path: uploads.write_zip(path, {**uploads.class_folders(), "labels.csv": b"who,age\n" + b"ada,3\n" * 12}),
        options={"target": "age"},
    ),
    ProblemCode.LABELLED_FILE_MISSING: labelled(b"file,age\n99.png,3\n"),
    ProblemCode.LABELS_MISSING: labelled(b"file,age\n", {f"more/{n}.png": uploads.image_bytes() for n in range(13)}),
    ProblemCode.DUPLICATE_LABELS: labelled(b"file,age\n03,3\n"),
    ProblemCode.NO_RECORDINGS: Case(SOUNDS, lambda path: uploads.write_zip(path, {"a/a.txt": b"a"})),
    ProblemCode.UNREADABLE_RECORDING: recordings({"low/broken.wav": tone()[:300]}),
    ProblemCode.UNSUPPORTED_RECORDING: recordings({"low/wide.wav": recording_bytes(np.zeros((800, 9)))}),
    ProblemCode.RECORDING_TOO_LONG: recordings({"low/long.wav": tone(seconds=61)}),
    ProblemCode.RECORDING_TOO_SHORT: recordings({"low/short.wav": tone(seconds=0.01)}),
    ProblemCode.RECORDING_MISSING: speech(lambda files: files.update({"transcripts.csv": b"file,text\n99.wav,la\n"})),
    ProblemCode.TRANSCRIPT_MISSING: speech(lambda files: files.update({f"{n:02}.txt": b" ... " for n in range(8)})),
    ProblemCode.DUPLICATE_TRANSCRIPT: speech(
        lambda files: files.update({"transcripts.csv": b"file,text\n03.wav,la\n"})
    ),
    ProblemCode.TOO_MANY_CHARACTERS: speech(lambda files: files.update({"03.txt": b"lax"}), characters=2),
    ProblemCode.SCORE_OUT_OF_RANGE: content(
        Task.SENTENCE_EMBEDDING, b"sentence1,sentence2,score\n" + b"a,b,0.5\n" * 11 + b"a,b,7\n"
    ),
    ProblemCode.RELATION_UNUSED: content(
        Task.SENTENCE_EMBEDDING, b"sentence1,sentence2,gold_label\n" + b"a,b,neutral\n" * 12
    ),
    ProblemCode.NOT_A_TABLE: content(CLASSES, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", target="a"),
    ProblemCode.MALFORMED_TABLE: content(CLASSES, CSV.encode() + b'1,2,"u\n' + b"1,2,v\n", target="y"),
    ProblemCode.ENCODING: content(CLASSES, CSV.encode().replace(b"11,22,v", "é".encode() + b"11,22,\xe9"), target="y"),
    ProblemCode.NUL_CHARACTER: content(CLASSES, CSV.encode() + b"12,24,u\0\n", target="y"),
    ProblemCode.RAGGED_ROW: content(CLASSES, CSV.encode() + b"1,2\n", target="y"),
    ProblemCode.INVALID_JSON: Case(CLASSES, lambda path: path.write_text('{"a": 1}\n[2]\n'), options={"target": "a"}),
    ProblemCode.EMPTY_COLUMN_NAME: content(CLASSES, CSV.replace("a,b", "a,").encode(), target="y"),
    ProblemCode.DUPLICATE_COLUMN: content(CLASSES, CSV.replace("a,b", "b,b").encode(), target="y"),
    ProblemCode.TOO_MANY_COLUMNS: rows(CLASSES, "species", lambda _: None, columns=4),
    ProblemCode.NO_FEATURES: content(CLASSES, b"y\n" + b"u\nv\n" * 10, target="y"),
    ProblemCode.TEXT_REQUIRED: posts(lambda _: None, text=None),
    ProblemCode.TEXT_UNKNOWN: posts(lambda _: None, text="Post"),
    ProblemCode.TEXT_UNSUPPORTED: posts(lambda _: None, text="likes"),
    ProblemCode.TEXT_MISSING: posts(lambda table: table[7].update(post=" \n")),
    ProblemCode.NOT_A_NUMBER: rows(CLASSES, "species", lambda table: table[7].update(length="long")),
    ProblemCode.NUMBER_OUT_OF_RANGE: rows(CLASSES, "species", lambda table: table[7].update(length=1e39)),
    ProblemCode.TARGET_REQUIRED: rows(CLASSES, None, lambda _: None),
    ProblemCode.TARGET_UNKNOWN: rows(CLASSES, "Species", lambda _: None),
    ProblemCode.TARGET_UNSUPPORTED: rows(CLASSES, "species", lambda table: table[7].update(species=["rose"])),
    ProblemCode.TARGET_MISSING: rows(CLASSES, "species", lambda table: table[7].update(species="NA")),
    ProblemCode.TARGET_NOT_NUMERIC: rows(NUMBERS, "weight", lambda table: table[7].update(weight="heavy")),
    ProblemCode.LABEL_UNREADABLE: content(CLASSES, b"a,hot\n" + b"1,1\n2,0\n" * 9 + b"3,maybe\n", targets=("hot",)),
    ProblemCode.OPTION_REQUIRED: loads(lambda _: None, {"time": None}),
    ProblemCode.COLUMN_UNKNOWN: loads(lambda _: None, {"series": "Meter"}),
    ProblemCode.COLUMN_REUSED: loads(lambda _: None, {"series": "day"}),
    ProblemCode.COLUMN_UNSUPPORTED: loads(lambda table: table[7].update(day=["2026"])),
    ProblemCode.TIME_UNREADABLE: loads(lambda table: table[7].update(day=None)),
    ProblemCode.TIME_DUPLICATE: loads(lambda table: table[7].update(day=table[6]["day"])),
    ProblemCode.GROUP_MISSING: rows(
        CLASSES, "species", lambda table: table[7].update(colour=None), {"group": "colour"}
    ),
    ProblemCode.SPLIT_UNREADABLE: rows(CLASSES, "species", lambda _: None, {"split": "colour"}),
    ProblemCode.SPLIT_OUT_OF_ORDER: loads(
        lambda table: [row.update(part="test" if at == 7 else "train") for at, row in enumerate(table)],
        options={"split": "part"},
    ),
    ProblemCode.SERIES_MISSING: loads(lambda table: table[7].update(meter="")),
    ProblemCode.SERIES_TOO_SHORT: loads(lambda table: table[7].update(meter="m3")),
    ProblemCode.TOO_MANY_GROUPS: loads(lambda _: None, groups=1),
    ProblemCode.TARGET_NOT_CONSTANT: runs(lambda table: table[7].update(kind="up")),
    ProblemCode.SPLIT_NOT_CONSTANT: runs(
        lambda table: [row.update(part=("train", "test")[n == 7]) for n, row in enumerate(table)], split="part"
    ),
    ProblemCode.SPLIT_OUT_OF_ORDER: loads(
        lambda table: [row.update(part=("test", "train")[n == 7]) for n, row in enumerate(table)], {"split": "part"}
    ),
    ProblemCode.NOT_TAGGED: content(TAGS, b"SQLite format 3\0" + bytes(100)),
    ProblemCode.UNKNOWN_TAG_FORM: tagged({"review": "fine"}),
    ProblemCode.MALFORMED_TAGS: tagged({"tokens": "a", "tags": ["O"]}),
    ProblemCode.TAG_COUNT_MISMATCH: tagged({"tokens": ["a", "b"], "tags": ["O"]}),
    ProblemCode.SPAN_OUTSIDE_TEXT: tagged({"text": "Ada", "entities": [[2, 9, "PER"]]}, like=SPANS),
    ProblemCode.SPANS_OVERLAP: tagged({"text": "Ada B", "entities": [[0, 3, "PER"], [2, 5, "X"]]}, like=SPANS),
    ProblemCode.TOO_MANY_TOKENS: tagged({"tokens": ["a"] * 10_001, "tags": ["O"] * 10_001}),
    ProblemCode.NOT_CONVERSATIONS: content(CHATS, CSV.encode()),
    ProblemCode.UNKNOWN_CONVERSATION: chats(lambda table: table.insert(7, {"question": "Where?"})),
    ProblemCode.MIXED_FORMS: chats(lambda table: table.insert(7, {"instruction": "Say a.", "output": "a"})),
    ProblemCode.MALFORMED_CONVERSATION: chats(lambda table: table[7]["messages"][1].update(content=7)),
    ProblemCode.EMPTY_CONVERSATION: chats(lambda table: table[7].update(messages=[])),
    ProblemCode.ROLE_UNKNOWN: chats(lambda table: table[7]["messages"][0].update(role="bot")),
    ProblemCode.ROLE_OUT_OF_ORDER: chats(lambda table: table[7]["messages"].reverse()),
    ProblemCode.EMPTY_MESSAGE: chats(lambda table: table[7]["messages"][1].update(content=" ")),
    ProblemCode.NOTHING_TO_LEARN: chats(lambda table: table[7]["messages"][1].update(weight=0)),
    ProblemCode.SAME_ANSWERS: chats(lambda table: table[7].update(chosen="No."), Task.PREFERENCE_TUNING),
    ProblemCode.COLUMN_REQUIRED: ratings(lambda _: None, item=None),
    ProblemCode.ID_MISSING: ratings(lambda table: table[7].update(who=" ")),
    ProblemCode.ID_TOO_LONG: ratings(lambda table: table[7].update(who="x" * 201)),
    ProblemCode.TOO_MANY_INTERACTIONS: ratings(lambda _: None, limits={"interactions": 20}),
    ProblemCode.TOO_FEW_IDS: ratings(
        lambda table: [row.update(who="u", film=number) for number, row in enumerate(table)]
    ),
    ProblemCode.SINGLE_INTERACTIONS: ratings(lambda table: [row.update(who=n) for n, row in enumerate(table)]),
    ProblemCode.RATED_TWICE: ratings(lambda table: table.append({**table[0], "stars": 5})),
    ProblemCode.CONSTANT_RATING: ratings(lambda table: [row.update(stars=3) for row in table]),
}
"""All codes but ``too_little_memory``, which has a test of its own."""


@pytest.mark.parametrize("code", CASES)
def test_the_file_is_rejected_for_this_and_leaves_nothing(tmp_path: Path, code: ProblemCode) -> None:
    case = CASES[code]
    source = tmp_path / "upload"
    case.write(source)
    before = sorted(tmp_path.rglob("*"))

    result = compile_file(source, case.task, limits=case.limits, **case.options or {})

    assert result.dataset is None
    assert {problem.code for problem in result.problems} == {code}
    assert all(problem.message.endswith((".", "?")) for problem in result.problems)
    assert sorted(tmp_path.rglob("*")) == before


ROW_CASES = {
    ProblemCode.ENCODING: (12, "y"),
    ProblemCode.RAGGED_ROW: (13, None),
    ProblemCode.INVALID_JSON: (2, None),
    ProblemCode.TEXT_MISSING: (8, "post"),
    ProblemCode.NOT_A_NUMBER: (8, "length"),
    ProblemCode.NUMBER_OUT_OF_RANGE: (8, "length"),
    ProblemCode.TARGET_MISSING: (8, "species"),
    ProblemCode.LABEL_UNREADABLE: (19, "hot"),
    ProblemCode.TARGET_NOT_NUMERIC: (8, "weight"),
    ProblemCode.TIME_UNREADABLE: (8, "day"),
    ProblemCode.TIME_DUPLICATE: (8, "day"),
    ProblemCode.GROUP_MISSING: (8, "colour"),
    ProblemCode.SERIES_MISSING: (8, "meter"),
    ProblemCode.TARGET_NOT_CONSTANT: (8, "kind"),
    ProblemCode.SPLIT_NOT_CONSTANT: (8, "part"),
    ProblemCode.SPLIT_OUT_OF_ORDER: (8, "part"),
    ProblemCode.UNKNOWN_CONVERSATION: (8, None),
    ProblemCode.MALFORMED_CONVERSATION: (8, "messages.1.content"),
    ProblemCode.EMPTY_MESSAGE: (8, "messages.1"),
    ProblemCode.SAME_ANSWERS: (8, "rejected"),
    ProblemCode.ID_MISSING: (8, "who"),
    ProblemCode.RATED_TWICE: (25, "stars"),
}


@pytest.mark.parametrize("code", ROW_CASES)
def test_a_problem_names_its_file_row_and_column(tmp_path: Path, code: ProblemCode) -> None:
    case = CASES[code]
    source = tmp_path / "upload"
    case.write(source)

    (problem,) = compile_file(source, case.task, **case.options or {}).problems

    assert (problem.file, (problem.row, problem.column)) == ("upload", ROW_CASES[code])


def test_running_out_of_memory_is_a_problem_of_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def exhaust(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr(read, "plan_table", exhaust)
    source = uploads.write_csv(tmp_path / "t.csv", uploads.flower_rows())

    result = compile_file(source, CLASSES, target="species")

    assert [problem.code for problem in result.problems] == [ProblemCode.TOO_LITTLE_MEMORY]


def test_every_code_has_a_case() -> None:
    assert CASES.keys() | {ProblemCode.TOO_LITTLE_MEMORY} == set(ProblemCode)
