"""CSV as spreadsheets and people write it is the table that RFC 4180 would make of it."""

import csv
import io
import tempfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support import uploads
from tests.support.cases import case
from tests.support.compiling import accepted, array, compile_file
from trainyard_engine.ingest.limits import IngestLimits
from trainyard_engine.ingest.problems import ProblemCode
from trainyard_engine.ingest.tables import csv_stream
from trainyard_engine.modalities.inputs import encode_rows
from trainyard_spec.datasets import CompiledDataset, TableProfile
from trainyard_spec.tasks import Task

CLASSES = Task.TABULAR_CLASSIFICATION
PLAIN = "länge,breite,farbe,art\n" + "".join(
    f"{n}.5,{n * 2},{('grün', 'blau')[n % 2]},{('Röschen', 'Veilchen', 'Tulpe')[n % 3]}\n" for n in range(30)
)
ROWS = list(csv.reader(io.StringIO(PLAIN)))


def written(separator: str = ",", *, quote: str = "", end: str = "\n", gap: str = "") -> str:
    return "".join((separator + gap).join(f"{quote}{cell}{quote}" for cell in row) + end for row in ROWS)


def compiled(content: bytes, name: str = "t.csv", **options: str) -> tuple[CompiledDataset, list[list[float]]]:
    """The dataset without what depends on the file, and what it stores."""
    with tempfile.TemporaryDirectory() as directory:
        source = Path(directory) / name
        source.write_bytes(content)
        dataset = accepted(source, CLASSES, **{"target": "art", **options})
        stored = [array(source, kind).tolist() for kind in ("numeric", "categorical", "target")]
    return dataset.model_copy(update={"warnings": ()}), stored


EXPECTED = compiled(PLAIN.encode())

LAYOUTS = {
    "sep= of Excel": "sep=;\r\n" + written(";", end="\r\n"),
    "sep= in quotes, and a comma": '"sep=,"\r' + written(end="\r"),
    "sep= of a rare sign": "SEP=~\n" + written("~"),
    "semicolons": written(";"),
    "tabs": written("\t"),
    "pipes": written("|"),
    "lone carriage returns": written(end="\r"),
    "mixed line ends": written().replace("\n", "\r\n", 9).replace("\nbreite", "\r").replace("\n7", "\r7"),
    "no end of the last line": written().rstrip(),
    "everything quoted": written(quote='"'),
    "a blank before each quote": written(quote='"', gap=" "),
    "blanks before quotes of texts": PLAIN.replace(",grün", ',  "grün"').replace("art\n", "art \n"),
    "blanks without quotes": written(gap=" "),
    "single quotes": written(quote="'"),
    "single quotes after blanks": written(";", quote="'", gap=" "),
    "quotes of names alone": written().replace("länge,breite,farbe,art", '"länge", "breite", "farbe", "art"'),
    "quotes twice around names": written().replace("länge", '"""länge"""'),
    "separators at the end of all lines": written().replace("\n", ",,\n"),
    "separators at the end of rows": written().replace("\n", ",\n").replace("art,\n", "art\n"),
    "a separator at the end of the header": written().replace("art\n", "art,\n"),
    "blank lines and blank cells at the top": "\n ,,,\n\n" + written(),
    "blank cells at the end": written() + ",,,\r\n" * 5 + "\n",
    "blank cells at the end of many blocks": written(end="\r\n") + ", , ,\r\n" * 200_000,
    "NBSP and signs without width in names": written().replace("art", "\u200bart\xa0").replace("farbe", "\ufefffarbe"),
    "names in decomposed Unicode": written().replace("länge", "la\u0308nge"),
}
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252")


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_every_way_to_write_a_table_is_the_same_table(layout: str) -> None:
    assert compiled(layout.encode()) == EXPECTED


@pytest.mark.parametrize("layout", ["sep= of Excel", "tabs", "a blank before each quote", "lone carriage returns"])
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_every_encoding_of_spreadsheets_is_the_same_table(encoding: str, layout: str) -> None:
    assert compiled(LAYOUTS[layout].encode(encoding)) == EXPECTED


def test_a_later_row_shows_that_quotes_follow_blanks(tmp_path: Path) -> None:
    body = "x,n,y\n" + "".join(f"{n},c{n % 3},{'uv'[n % 2]}\n" for n in range(20_000)) + '1, "c0", "u"\n'
    (tmp_path / "t.csv").write_text(body)

    dataset = accepted(tmp_path / "t.csv", CLASSES, target="y")

    assert dataset.classes == ("u", "v")


def test_backslashes_may_escape_quotes(tmp_path: Path) -> None:
    texts = ['say "hi", then go', "plain", "C:\\new"]
    lines = [texts[n % 3].replace("\\", "\\\\").replace('"', '\\"') for n in range(30)]
    (tmp_path / "t.csv").write_text("text,y\n" + "".join(f'"{line}","{"uv"[n % 2]}"\n' for n, line in enumerate(lines)))

    dataset = accepted(tmp_path / "t.csv", Task.TEXT_CLASSIFICATION, text="text", target="y")

    offsets, content = array(tmp_path / "t.csv", "text_offsets"), array(tmp_path / "t.csv", "text").tobytes()
    assert dataset.rows == 30
    assert [content[offsets[i] : offsets[i + 1]].decode() for i in range(3)] == texts


def test_a_text_may_look_like_another_dialect(tmp_path: Path) -> None:
    text = 'a, "b", and \\"c\\", then  "d'
    rows = [{"text": text, "y": "uv"[n % 2]} for n in range(12)]
    source = uploads.write_csv(tmp_path / "t.csv", rows)

    accepted(source, Task.TEXT_CLASSIFICATION, text="text", target="y")

    assert array(source, "text").tobytes().decode() == text * 12


def test_windows_1252_is_told_and_other_encodings_are_refused(tmp_path: Path) -> None:
    (tmp_path / "western").mkdir()
    (tmp_path / "western" / "t.csv").write_bytes(PLAIN.encode("cp1252"))
    dataset = accepted(tmp_path / "western" / "t.csv", CLASSES, target="art")
    assert [warning.code for warning in dataset.warnings] == ["encoding_assumed"]
    assert "'länge', 'grün', 'Röschen'" in dataset.warnings[0].message

    polish = PLAIN.replace("grün", "żółty").replace("Röschen", "Łódź").replace("länge", "długość")
    russian = PLAIN.replace("grün", "зелёный").replace("Röschen", "роза").replace("länge", "длина")
    for text, codec in ((polish, "cp1250"), (PLAIN, "mac_roman"), (PLAIN, "cp850"), (russian, "cp1251")):
        (tmp_path / "t.csv").write_bytes(text.encode(codec))
        result = compile_file(tmp_path / "t.csv", CLASSES, target="art")
        assert [problem.code for problem in result.problems] == ["encoding"], codec
        assert "Save it in the encoding UTF-8" in result.problems[0].message


@pytest.mark.parametrize("typed", ["la\u0308nge", " länge", "länge\xa0", "l\u200bänge"])
def test_names_of_columns_match_however_they_are_typed(typed: str, tmp_path: Path) -> None:
    dataset, _ = compiled(PLAIN.encode())
    assert isinstance(dataset.profile, TableProfile)
    row = {typed: 1.5, "breite": 2, "farbe": "grün"}

    assert encode_rows([row], dataset.profile)[0].tolist() == [[1.5, 2]]

    (tmp_path / "t.csv").write_text(PLAIN)
    regression = accepted(tmp_path / "t.csv", Task.TABULAR_REGRESSION, target=typed)
    assert isinstance(regression.profile, TableProfile)
    assert regression.profile.target == "länge"


def test_an_unnamed_column_with_a_value_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(written().replace("\n", ",\n").replace("Tulpe,\n", "Tulpe,x\n"))

    result = compile_file(tmp_path / "t.csv", CLASSES, target="art")

    assert [problem.code for problem in result.problems] == ["empty_column_name"]
    assert "Column 5 has no name, and row 3" in result.problems[0].message


def test_rewriting_keeps_little_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_stream, "MIB", 100)
    (tmp_path / "t.csv").write_text(LAYOUTS["a blank before each quote"])

    assert accepted(tmp_path / "t.csv", CLASSES, limits=IngestLimits(row_size=200), target="art").rows == 30


def test_the_case_of_quotes_after_blanks(tmp_path: Path) -> None:
    dataset = accepted(case("csv-quotes-after-space/a.csv", tmp_path), CLASSES, target="species")

    assert isinstance(dataset.profile, TableProfile)
    assert [(column.name, column.kind) for column in dataset.profile.columns] == [
        ("length", "numeric"),
        ("colour", "categorical"),
    ]


def test_the_case_of_a_sep_line(tmp_path: Path) -> None:
    dataset = accepted(case("csv-sep-line/excel.csv", tmp_path), CLASSES, target="species")

    assert isinstance(dataset.profile, TableProfile)
    assert [(column.name, column.kind) for column in dataset.profile.columns] == [
        ("length", "numeric"),
        ("width", "numeric"),
        ("colour", "categorical"),
    ]


CELLS = st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]) | st.sampled_from('",;\t|\\ \n'), max_size=8)


@given(
    texts=st.lists(CELLS.filter(str.strip), min_size=10, max_size=12),
    separator=st.sampled_from(",;\t|"),
    quoting=st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC, csv.QUOTE_MINIMAL]),
    end=st.sampled_from(["\n", "\r\n"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
@settings(max_examples=60)
def test_what_a_csv_writer_wrote_is_read(
    texts: list[str], separator: str, quoting: int, end: str, encoding: str
) -> None:
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=separator, quoting=quoting, lineterminator=end)  # type: ignore[arg-type]
    writer.writerows([["n", "text", "y"], *([n, text, "uv"[n % 2]] for n, text in enumerate(texts))])
    with tempfile.TemporaryDirectory() as directory:
        source = Path(directory) / "t.csv"
        source.write_bytes(buffer.getvalue().encode(encoding))

        accepted(source, Task.TEXT_CLASSIFICATION, text="text", target="y")

        assert array(source, "text").tobytes().decode() == "".join(texts)


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.dictionary(pa.int32(), pa.string())], ids=str)
def test_a_nul_in_parquet_names_its_row(kind: pa.DataType, tmp_path: Path) -> None:
    values = ["red", "blue"] * 15
    values[7] = "gre\0en"
    table = pa.Table.from_pylist(uploads.flower_rows()).append_column("x", pa.array(values).cast(kind))
    pyarrow.parquet.write_table(table, tmp_path / "t.parquet")

    (problem,) = compile_file(tmp_path / "t.parquet", CLASSES, target="species").problems

    assert (problem.code, problem.row, problem.column) == ("nul_character", 8, "x")


@pytest.mark.parametrize(
    ("name", "content", "codes"),
    [
        ("t.jsonl", b'{"x": 1, "y": "a\\u0000"}\n' * 12, {"invalid_json"}),
        ("t.xlsx", b"PK\x03\x04" + b"\0" * 22 + b"\x13\0\0\0[Content_Types].xml", {"damaged_archive"}),
        ("t.csv", b"x,a\0b,y\n" + b"1,2,a\n" * 3000, {"nul_character"}),
        ("t.csv", b"x,y\n" + b"1,a\n" * 3000 + b"1,a\0\n", {"nul_character"}),
    ],
)
def test_what_no_table_holds_is_named(tmp_path: Path, name: str, content: bytes, codes: set[str]) -> None:
    (tmp_path / name).write_bytes(content)

    assert {problem.code for problem in compile_file(tmp_path / name, CLASSES, target="y").problems} == codes


def test_json_lines_of_a_shell_in_utf_16_are_read(tmp_path: Path) -> None:
    source = uploads.write_jsonl(tmp_path / "t.jsonl", uploads.flower_rows())
    source.write_text("\r\n" + source.read_text().replace("\n", "\r\n\r\n"), encoding="utf-16")

    assert accepted(source, CLASSES, target="species").rows == 30


@pytest.mark.parametrize("said", ["\xff", "\u4e00", '"', "\\", "x"])
def test_what_cannot_separate_is_no_line_of_a_spreadsheet(tmp_path: Path, said: str) -> None:
    source = tmp_path / "a.csv"
    source.write_text(f"sep={said}\n" + "a,species\n" + "1,rose\n2,lily\n" * 20, encoding="utf-8")
    result = compile_file(source, Task.TABULAR_CLASSIFICATION, target="species")
    assert result.dataset is None
    assert {problem.code for problem in result.problems} <= set(ProblemCode)
