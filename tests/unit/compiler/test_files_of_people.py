"""Files as people's tools write them in their countries: read as they are meant, or told what they are."""

import io
import json
from pathlib import Path

import numpy as np
import pytest

from tests.support import uploads
from tests.support.compiling import accepted, array, compile_file
from tests.support.speech import tones
from trainyard_engine.ingest.cells.canonical_cells import read_json
from trainyard_engine.ingest.cells.dates import microseconds_of
from trainyard_engine.modalities.series.inputs import read_steps
from trainyard_spec.datasets import RecordingProfile, SeriesProfile, TableProfile
from trainyard_spec.tasks import Task

CLASSES, NUMBERS, PICTURES = Task.TABULAR_CLASSIFICATION, Task.TABULAR_REGRESSION, Task.IMAGE_CLASSIFICATION
ROWS = 24


def table(path: Path, header: str, row: str, *, encoding: str = "utf-8", above: str = "") -> Path:
    rows = "".join(f"{row.format(n=n, yes='pq'[n % 2])}\n" for n in range(ROWS))
    path.write_bytes(f"{above}{header}\n{rows}".encode(encoding))
    return path


@pytest.mark.parametrize("written", ["₹ {n}.50", "₹{n}.50", "{n}.50円", "{n}.50 元", "₩{n}.50", "({n}.50 ₽)"])
def test_currencies_of_asia_are_no_part_of_a_number(tmp_path: Path, written: str) -> None:
    source = table(tmp_path / "a.csv", "amount,y", f"{written},{{yes}}")

    accepted(source, CLASSES, target="y")

    assert np.abs(array(source, "numeric")[:3, 0]).tolist() == [0.5, 1.5, 2.5]


@pytest.mark.parametrize("written", ["05JAN2026", "05Jan2026:00:00:00", "2026年1月5日", "2026年01月05日 00:00"])
def test_dates_of_sas_and_of_east_asia_are_dates(tmp_path: Path, written: str) -> None:
    assert microseconds_of(written) == microseconds_of("2026-01-05")
    months = (written, written.replace("JAN", "MAR").replace("Jan", "MAR").replace("年1", "年3").replace("年01", "年3"))
    rows = "".join(f"{months[n % 2]},{n},{'pq'[n % 2]}\n" for n in range(ROWS))
    (tmp_path / "a.csv").write_text(f"at,n,y\n{rows}", encoding="utf-8")

    accepted(tmp_path / "a.csv", CLASSES, target="y")

    assert (np.diff(array(tmp_path / "a.csv", "numeric")[:2, 0]) == 59 * 86_400).all()


@pytest.mark.parametrize(
    "written",
    [
        *("05JAN2026:10:30:00.000", "05jan2026 10:30:00", "05-JAN-26 10.30.00.000000 AM"),
        *("2026/01/05 11:30:00 AM GMT+1", "2026-01-05 10:30:00 UTC", "2026-01-05T05:00 GMT-5:30"),
    ],
)
def test_times_of_sas_stata_oracle_and_google_forms_are_times(tmp_path: Path, written: str) -> None:
    assert microseconds_of(written) == microseconds_of("2026-01-05T10:30:00")
    source = table(tmp_path / "a.csv", "at,y", f'"{written}",{{yes}}')
    source.write_text(source.read_text().replace("05", "07", 1), encoding="utf-8")

    accepted(source, CLASSES, target="y")

    assert abs(np.diff(array(source, "numeric")[:2, 0])).tolist() == [2 * 86_400]


@pytest.mark.parametrize("written", ["05-JAN-26 9999", "2026-01-05 99:00", "31.02.2026"])
def test_dates_that_cannot_be_read_are_left_out_and_told(tmp_path: Path, written: str) -> None:
    source = table(tmp_path / "a.csv", "at,n,y", f"{written},{{n}},{{yes}}")
    source.write_text(source.read_text().replace("05-JAN", "06-JAN", 1).replace("2026", "2025", 1), encoding="utf-8")

    dataset = accepted(source, CLASSES, target="y")

    assert isinstance(dataset.profile, TableProfile)
    assert dataset.profile.dropped == ("at",)
    assert [(warning.code, warning.column) for warning in dataset.warnings] == [("text_column", "at")]


@pytest.mark.parametrize("missing", [".a", ".z", "._", "$ -", "$-", "- €", " £ -   "])
def test_what_statistics_and_accounts_write_for_no_value_is_missing(tmp_path: Path, missing: str) -> None:
    rows = "".join(f"{missing if n % 3 else n},{'pq'[n % 2]}\n" for n in range(ROWS))
    (tmp_path / "a.csv").write_text(f"x,y\n{rows}", encoding="utf-8")

    accepted(tmp_path / "a.csv", CLASSES, target="y")

    assert np.isnan(array(tmp_path / "a.csv", "numeric")[:3, 0]).tolist() == [False, True, True]
    assert np.isnan(read_json([missing.strip(), "3"], "number")[0]).tolist() == [True, False]


@pytest.mark.parametrize(
    ("head", "row", "end"),
    [
        (" x  |  z  | y \n----+-----+---\n", " {n} | {n}.5 | {yes}\n", "(24 rows)\n\n"),
        ("+---+---+---+\n| x | z | y |\n+---+---+---+\n", "| {n} | {n}.5 | {yes} |\n", "+---+---+---+\n24 rows\n"),
        ("| x | z | y |\n|--:|:---|---|\n", "| {n} | {n}.5 | {yes} |\n", ""),
    ],
    ids=["psql", "mysql", "Markdown"],
)  # fmt: skip
def test_tables_that_are_drawn_for_the_eye_are_read(tmp_path: Path, head: str, row: str, end: str) -> None:
    rows = "".join(row.format(n=n, yes="pq"[n % 2]) for n in range(ROWS))
    (tmp_path / "a.txt").write_text(f"{head}{rows}{end}", encoding="utf-8")

    dataset = accepted(tmp_path / "a.txt", CLASSES, target="y")

    assert dataset.class_counts == (12, 12)
    assert array(tmp_path / "a.txt", "numeric")[:2].tolist() == [[0, 0.5], [1, 1.5]]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("-- dump\nCREATE TABLE t (x int);\nINSERT INTO t VALUES (1);\n", "a script of SQL"),
        ("COPY public.t (x, y) FROM stdin;\n1\t2\n", "a script of SQL"),
        ('{\n  "x": 1,\n  "y": 2\n}\n' * 12, "each object in one line"),
        ('{"x": 1, "y": "p"},\n' * 12, "Leave the comma behind the object out"),
        ("{'x': 1, 'y': 'p'}\n" * 12, "objects of Python"),
    ],
)
def test_what_only_looks_like_a_table_is_told_what_it_is(tmp_path: Path, content: str, said: str) -> None:
    (tmp_path / "a.json").write_text(content)

    assert said in told(tmp_path / "a.json", CLASSES, target="y")


@pytest.mark.parametrize(
    ("head", "named"),
    [
        (b"%PDF-1.7\n", "a PDF document"),
        (b"{\\rtf1\\ansi hello}", "a Rich Text document"),
        (b"PK\x03\x04" + bytes(22) + b"\x13\0\0\0[Content_Types].xml", "of an office program"),
    ],
)
def test_documents_are_no_plain_texts(tmp_path: Path, head: bytes, named: str) -> None:
    (tmp_path / "a.doc").write_bytes(head + b"words and words\n" * 1000)

    assert named in told(tmp_path / "a.doc", Task.LANGUAGE_MODELLING)


@pytest.mark.parametrize("task", [CLASSES, Task.TEXT_CLASSIFICATION])
def test_a_column_of_texts_as_the_target_is_told_once(tmp_path: Path, task: Task) -> None:
    source = table(tmp_path / "a.csv", "text,kind,n", "some words {n},{yes},{n}")
    options = {"text": "kind"} if task is Task.TEXT_CLASSIFICATION else {}

    (problem,) = compile_file(source, task, target="text", **options).problems

    assert (problem.code, "column of texts" in problem.message) == ("class_too_small", True)


@pytest.mark.parametrize("written", ["00:{n:02}:30", "{n}:05", "00:00:{n:02}.250"])
def test_times_since_a_start_order_a_series(tmp_path: Path, written: str) -> None:
    rows = "".join(f"{written.format(n=n)},{n * n}\n" for n in reversed(range(ROWS)))
    (tmp_path / "a.csv").write_text(f"elapsed,x\n{rows}", encoding="utf-8")

    dataset = accepted(tmp_path / "a.csv", Task.TIME_SERIES_FORECASTING, time="elapsed", target="x")

    assert isinstance(dataset.profile, SeriesProfile)
    assert array(tmp_path / "a.csv", "values")[:3, 0].tolist() == [0, 1, 4]
    steps = [{"elapsed": written.format(n=n), "x": n} for n in (3, 1, 2)]
    assert read_steps(steps, 0, dataset.profile).rows.tolist() == [1, 2, 0]


def test_units_behind_the_numbers_of_a_forecast_are_told(tmp_path: Path) -> None:
    source = table(tmp_path / "a.csv", "at,x", "{n},{n}.5 °C")

    assert "°C" in told(source, Task.TIME_SERIES_FORECASTING, time="at", target="x")


def test_pictures_in_a_table_are_told_where_to_go(tmp_path: Path) -> None:
    source = table(tmp_path / "mnist.csv", "label,pixel0,pixel1", "{yes},{n},0")

    assert "tabular_classification" in told(source, PICTURES, target="label")


def test_columns_that_begin_like_commands_are_columns(tmp_path: Path) -> None:
    assert accepted(table(tmp_path / "a.csv", "begin;end;y", "{n};{n};{yes}"), CLASSES, target="y").rows == ROWS


@pytest.mark.parametrize(
    ("encoding", "header", "row"),
    [
        ("cp932", "金額,解約", "{n},はい"),
        ("gbk", "数值,日期,标签", "{n},2025年3月1日,是"),
        ("euc_kr", "값,표", "{n},예"),
    ],
)
def test_other_scripts_than_latin_are_not_taken_for_it(tmp_path: Path, encoding: str, header: str, row: str) -> None:
    (problem,) = compile_file(table(tmp_path / "a.csv", header, row, encoding=encoding), CLASSES, target="y").problems

    assert problem.code == "encoding"


ABOVE = ["Report of sales\n\n", "# made in May\n# units: m, s\n", "Sales\nof 2026\n", "Sales,\n,\n", '"Sales",""\n']


@pytest.mark.parametrize("above", ABOVE)
def test_what_stands_above_a_header_is_passed_over_where_options_name_its_columns(tmp_path: Path, above: str) -> None:
    source = table(tmp_path / "a.csv", "x,y", "{n},{yes}", above=above)

    assert accepted(source, CLASSES, target="y").rows == ROWS
    assert array(source, "numeric")[:, 0].tolist() == list(range(ROWS))


@pytest.mark.parametrize("above", ABOVE)
@pytest.mark.parametrize(("task", "target"), [(CLASSES, "kind"), (Task.TEXT_CLASSIFICATION, "kind")])
def test_a_wrong_name_below_a_title_is_answered_by_the_columns(
    tmp_path: Path, above: str, task: Task, target: str
) -> None:
    source = table(tmp_path / "a.csv", "x,y", "some text {n},{yes}", above=above)
    options = {"text": "x"} if task is Task.TEXT_CLASSIFICATION else {}

    (problem,) = compile_file(source, task, target=target, **options).problems

    assert (problem.code, "The columns are x, y." in problem.message) == ("target_unknown", True)


def test_a_single_column_of_texts_with_commas_has_no_title(tmp_path: Path) -> None:
    source = table(tmp_path / "a.csv", "text", '"good morning, {n}"')

    assert accepted(source, Task.LANGUAGE_MODELLING, text="text").rows == ROWS


def test_a_name_of_two_lines_is_no_title(tmp_path: Path) -> None:
    source = table(tmp_path / "a.csv", '"width\nin m",y', "{n},{yes}")

    dataset = accepted(source, CLASSES, target="y")

    assert isinstance(dataset.profile, TableProfile)
    assert [column.name for column in dataset.profile.columns] == ["width in m"]


@pytest.mark.parametrize(
    "prefix", ["/data/upload/1/", "C:\\\\pictures\\\\", "s3://bucket/raw/", "https://example.org/d/"]
)
def test_whole_paths_of_elsewhere_name_the_file_that_alone_is_called_so(tmp_path: Path, prefix: str) -> None:
    names = [f"{n:02}.png" for n in range(12)]
    rows = "".join(f"{prefix}{name},{'pq'[n % 2]}\n" for n, name in enumerate(names))
    files = {f"images/{name}": uploads.image_bytes(n) for n, name in enumerate(names)}

    source = uploads.write_zip(tmp_path / "a.zip", files | {"project.csv": f"image,choice\n{rows}".encode()})

    assert accepted(source, PICTURES, target="choice").class_counts == (6, 6)


@pytest.mark.parametrize(
    ("suffix", "text"),
    [
        ("srt", "1\n00:00:00,000 --> 00:00:01,000\n<i>Good</i>\n\n2\n00:00:01,000 --> 00:00:02,000\nmorning\n"),
        (
            "vtt",
            "WEBVTT\n\n00:00.000 --> 00:01.000\nGood\n\nNOTE by hand\n\n00:01.0 --> 00:02.0\nmorning\n",
        ),
    ],
)
def test_subtitles_beside_recordings_are_their_transcripts(tmp_path: Path, suffix: str, text: str) -> None:
    files: dict[str, bytes] = {}
    for n, content in enumerate(tones({"a": 200}, count=12).values()):
        files |= {f"{n}.wav": content, f"{n}.{suffix}": text.encode()}

    dataset = accepted(source := uploads.write_zip(tmp_path / "a.zip", files), Task.SPEECH_RECOGNITION)

    assert isinstance(dataset.profile, RecordingProfile)
    ends = array(source, "transcript_offsets")
    said = "".join(dataset.profile.alphabet[number - 1] for number in array(source, "transcript")[: ends[1]])
    assert said == "good morning"


def told(source: Path, task: Task, **options: str) -> str:
    return compile_file(source, task, **options).problems[0].message


def test_forms_that_are_not_read_are_named_with_what_to_do(tmp_path: Path) -> None:
    fasttext = table(tmp_path / "a.txt", "__label__p a text", "__label__{yes} text {n}")
    assert "fastText" in told(fasttext, Task.TEXT_CLASSIFICATION, text="text", target="label")
    wide = table(tmp_path / "m4.csv", "V1,V2,V3,V4,V5", "Y{n},1,2,3,4")
    assert "option time is columns" in told(
        wide, Task.TIME_SERIES_FORECASTING, target="value", time="time", series="V1"
    )
    (tmp_path / "ls.json").write_text(json.dumps([{"id": 1, "data": {}, "annotations": []}] * 12))
    assert "JSON-MIN" in told(tmp_path / "ls.json", Task.TOKEN_CLASSIFICATION)
    assert "JSON-MIN" in told(tmp_path / "ls.json", Task.TEXT_CLASSIFICATION, text="text", target="y")
    np.savez(buffer := io.BytesIO(), X=np.zeros((20, 2)))
    (tmp_path / "a.npz").write_bytes(buffer.getvalue())
    assert "DataFrame(X)" in told(tmp_path / "a.npz", CLASSES, target="y")
    files = {f"train/{n}.png": uploads.image_bytes(n) for n in range(12)}
    assert "COCO" in told(uploads.write_zip(tmp_path / "c.zip", files), PICTURES)
