"""Tables of other programs: Weka's ARFF, LIBSVM's, columns parted by blanks, and what is told of formats that are not
read."""

from pathlib import Path

import pytest

from tests.support.compiling import accepted, array, compile_file
from trainyard_spec.datasets import TableProfile
from trainyard_spec.tasks import Task

CLASSES, NUMBERS = Task.TABULAR_CLASSIFICATION, Task.TABULAR_REGRESSION
ARFF = """% from Weka
@RELATION 'the weather'

@ATTRIBUTE outlook {sunny, 'very wet'}
@attribute "the temperature" NUMERIC
@attribute play\t{yes, no}
@DATA
"""


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_arff_of_weka_is_read(tmp_path: Path) -> None:
    rows = "".join(
        f"{('sunny', chr(39) + 'very wet' + chr(39))[n % 2]}, {n + 0.5},{'yes' if n % 3 else 'no'}\n" for n in range(20)
    )
    source = write(tmp_path / "weather.arff", ARFF + "% rows\n" + rows + "?,?,yes\n")

    dataset = accepted(source, CLASSES, target="play")

    assert isinstance(dataset.profile, TableProfile)
    outlook, temperature = dataset.profile.columns
    assert (outlook.name, getattr(outlook, "categories", ())) == ("outlook", ("sunny", "very wet"))
    assert (temperature.name, dataset.classes) == ("the temperature", ("no", "yes"))
    assert array(source, "numeric")[:3, 0].tolist() == [0.5, 1.5, 2.5]
    assert array(source, "categorical")[-1].tolist() == [-1]


def test_a_sparse_arff_says_how_to_save_it(tmp_path: Path) -> None:
    (problem,) = compile_file(write(tmp_path / "a.arff", ARFF + "{1 3, 2 yes}\n"), CLASSES, target="play").problems

    assert (problem.code, "SparseToNonSparse" in problem.message) == ("malformed_table", True)


def test_libsvm_is_read_with_zeros_where_a_row_has_no_value(tmp_path: Path) -> None:
    rows = "".join(f"{'+1' if n % 2 else '-1'} 1:{n} {'7:0.5 ' if n % 3 else ''}12:{n * n} # {n}\n" for n in range(30))

    dataset = accepted(source := write(tmp_path / "a.txt", rows), CLASSES, target="label")

    assert isinstance(dataset.profile, TableProfile)
    assert [column.name for column in dataset.profile.columns] == ["1", "7", "12"]
    assert array(source, "numeric")[:3].tolist() == [[0, 0, 0], [1, 0.5, 1], [2, 0.5, 4]]
    assert dataset.class_counts == (15, 15)


@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("x y kind\n", "{n}.5   {n}  {kind}\n"),
        ("  x   y   kind\n", "  {n}.5\t{n}\t{kind}  \n"),
        ('"x" "y" "kind"\n', '"{n}" {n}.5 {n} "{kind}"\n'),
    ],
    ids=["columns", "aligned", "write.table of R"],
)
def test_blanks_part_columns_that_options_name(tmp_path: Path, header: str, row: str) -> None:
    rows = "".join(row.format(n=n, kind="pq"[n % 2]) for n in range(20))

    dataset = accepted(source := write(tmp_path / "a.txt", header + rows), CLASSES, target="kind")

    assert dataset.classes == ("p", "q")
    assert array(source, "numeric")[:2].tolist() == [[0.5, 0], [1.5, 1]]


def test_blanks_part_columns_without_a_header_that_are_called_by_their_places(tmp_path: Path) -> None:
    rows = "".join(f'{n}.0   {n % 7}   {n * 2}\t"car {n % 4}"\n' for n in range(20))

    dataset = accepted(source := write(tmp_path / "auto.data", rows), NUMBERS, target="column_1")

    assert isinstance(dataset.profile, TableProfile)
    assert [column.name for column in dataset.profile.columns] == ["column_2", "column_3", "column_4"]
    assert array(source, "target")[:3].tolist() == [0, 1, 2]


def test_texts_of_two_words_each_are_no_columns(tmp_path: Path) -> None:
    rows = "".join(f"good morning{n}\n" for n in range(20))

    (problem,) = compile_file(write(tmp_path / "a.csv", "my text\n" + rows), CLASSES, target="y").problems

    assert (problem.code, "The only column is 'my text'" in problem.message) == ("target_unknown", True)


@pytest.mark.parametrize("content", ["\t", " ", "\n \t\n"])
def test_nothing_but_blanks_is_an_empty_table(tmp_path: Path, content: str) -> None:
    (problem,) = compile_file(write(tmp_path / "a.csv", content), CLASSES, target="y").problems

    assert problem.code == "empty_file"


@pytest.mark.parametrize(
    ("head", "said"),
    [
        (b"ARROW1\0\0", "read_feather"),
        (b"ORC\n\x03\0\0", "read_orc"),
        (b"$FL2@(#) IBM SPSS STATISTICS", "a file of SPSS"),
        (b"<stata_dta><header>", "read_stata"),
        (b"\0" * 12 + b"\xc2\xea\x81\x60" + bytes(50), "read_sas"),
        (b"\x89HDF\r\n\x1a\n", "an HDF5 file"),
        (b"\x80\x04\x95\0\0", "never opened"),
        (b"\x93NUMPY\1\0", "names no columns"),
    ],
)
def test_a_format_that_is_not_read_is_named_with_what_to_do(tmp_path: Path, head: bytes, said: str) -> None:
    (tmp_path / "a.bin").write_bytes(head + bytes(100))

    (problem,) = compile_file(tmp_path / "a.bin", CLASSES, target="y").problems

    assert (problem.code, said in problem.message) == ("not_a_table", True)


def test_a_column_that_begins_with_orc_is_no_orc(tmp_path: Path) -> None:
    rows = "".join(f"{n},{'pq'[n % 2]}\n" for n in range(20))

    assert accepted(write(tmp_path / "a.csv", "ORC,y\n" + rows), CLASSES, target="y").rows == 20


def test_conllu_is_words_with_their_parts_of_speech(tmp_path: Path) -> None:
    text = (
        "# sent_id = {n}\n# text = Wir gehen zum See\n"
        "1\tWir\twir\tPRON\tPPER\t_\t2\tnsubj\t_\t_\n2\tgehen\tgehen\tVERB\tVVFIN\t_\t0\troot\t_\t_\n"
        "3-4\tzum\t_\t_\t_\t_\t_\t_\t_\t_\n3\tzu\tzu\tADP\tAPPR\t_\t5\tcase\t_\t_\n"
        "4\tdem\tder\tDET\tART\t_\t5\tdet\t_\t_\n4.1\tx\tx\tX\t_\t_\t_\t_\t_\t_\n"
        "5\tSee\tSee\tNOUN\tNN\t_\t2\tobl\t_\tSpaceAfter=No\n\n"
    )

    source = write(tmp_path / "de.conllu", "".join(text.format(n=n) for n in range(12)))
    dataset = accepted(source, Task.TOKEN_CLASSIFICATION)

    assert dataset.classes == ("ADP", "DET", "NOUN", "PRON", "VERB")
    assert bytes(array(source, "word"))[:17] == b"WirgehenzudemSeeW"
    assert dataset.warnings == ()
