"""Archives made to harm are refused, cost little, and touch nothing outside the output directory."""

import tarfile
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support import uploads
from tests.support.compiling import compile_file
from trainyard_engine.ingest.limits import IngestLimits
from trainyard_engine.ingest.problems import ProblemCode
from trainyard_spec.tasks import Task


def codes(source: Path, limits: IngestLimits | None = None) -> list[str]:
    result = compile_file(source, Task.IMAGE_CLASSIFICATION, limits=limits)
    assert result.dataset is None
    return [problem.code for problem in result.problems]


NAMES = [
    "../up.png",
    "cat/../../up.png",
    "/abs/up.png",
    "C:/up.png",
    "c:up.png",
    "\\up.png",
    "..\\up.png",
    "cat\\..\\up.png",
    "..",
]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("write", [uploads.write_zip, uploads.write_tar])
def test_names_that_point_outside_are_refused(
    tmp_path: Path, name: str, write: Callable[[Path, dict[str, bytes]], Path]
) -> None:
    source = write(tmp_path / "a", {**uploads.class_folders(), name: uploads.image_bytes()})

    assert codes(source) == [ProblemCode.PATH_TRAVERSAL]
    assert list(tmp_path.rglob("up.png")) == []


def test_a_name_that_begins_with_a_nul_is_refused(tmp_path: Path) -> None:
    source = uploads.write_zip(tmp_path / "a.zip", uploads.class_folders())
    source.write_bytes(source.read_bytes().replace(b"cat/000.png", b"\0at/000.png"))

    [problem] = compile_file(source, Task.IMAGE_CLASSIFICATION).problems
    assert problem.code == ProblemCode.BAD_NAME
    assert "\0" not in (problem.file or ""), "no database stores it"


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (tarfile.SYMTYPE, ProblemCode.LINK_IN_ARCHIVE),
        (tarfile.LNKTYPE, ProblemCode.LINK_IN_ARCHIVE),
        (tarfile.CHRTYPE, ProblemCode.SPECIAL_FILE),
        (tarfile.BLKTYPE, ProblemCode.SPECIAL_FILE),
        (tarfile.FIFOTYPE, ProblemCode.SPECIAL_FILE),
        (tarfile.GNUTYPE_SPARSE, ProblemCode.SPECIAL_FILE),
    ],
)
def test_tar_entries_that_are_no_files_are_refused(tmp_path: Path, kind: bytes, code: ProblemCode) -> None:
    assert codes(uploads.write_tar_with(tmp_path / "a.tar", kind)) == [code]


def test_a_bomb_is_refused_without_holding_it(tmp_path: Path) -> None:
    source = uploads.write_zip_bomb(tmp_path / "bomb.zip", files=40, size=1 << 20)

    tracemalloc.start()
    found = codes(source)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert found == [ProblemCode.ARCHIVE_BOMB]
    assert peak < 20 << 20


@pytest.mark.parametrize("packing", ["gz", "bz2", "xz"])
def test_a_tar_bomb_is_refused(tmp_path: Path, packing: str) -> None:
    files = {f"cat/{number}.dat": bytes(1 << 20) for number in range(20)}

    assert codes(uploads.write_tar(tmp_path / "a", files, packing=packing)) == [ProblemCode.ARCHIVE_BOMB]


def test_an_entry_that_unpacks_to_more_than_it_claims_is_cut_there(tmp_path: Path) -> None:
    source = uploads.write_lying_zip(tmp_path / "liar.zip", size=32 << 20)

    tracemalloc.start()
    found = codes(source)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert found == [ProblemCode.DAMAGED_ARCHIVE]
    assert peak < 8 << 20


def test_a_tar_header_that_claims_a_terabyte_is_damage(tmp_path: Path) -> None:
    assert codes(uploads.write_tar_with_huge_name(tmp_path / "a.tar")) == [ProblemCode.DAMAGED_ARCHIVE]


def test_the_whole_of_an_archive_counts_and_not_only_its_files(tmp_path: Path) -> None:
    source = uploads.write_zip(tmp_path / "a.zip", {f"cat/{n}.dat": bytes(range(256)) * 9 for n in range(9)})

    assert codes(source, IngestLimits(unpacked_size=20_000)) == [ProblemCode.ARCHIVE_BOMB]


@pytest.mark.parametrize("write", [uploads.write_zip, uploads.write_tar])
@pytest.mark.parametrize("kept", [0.2, 0.5, 0.9])
def test_a_cut_archive_is_damaged(tmp_path: Path, write: Callable[[Path, dict[str, bytes]], Path], kept: float) -> None:
    source = write(tmp_path / "a", uploads.class_folders(images=60))
    content = source.read_bytes()
    source.write_bytes(content[: int(len(content) * kept)])

    assert codes(source)[0] in {ProblemCode.DAMAGED_ARCHIVE, ProblemCode.NOT_AN_ARCHIVE}


def test_a_tar_cut_between_two_files_is_damaged(tmp_path: Path) -> None:
    source = uploads.write_tar(tmp_path / "a.tar", uploads.class_folders(), packing="")
    with tarfile.open(source) as archive:
        middle = archive.getmembers()[6].offset
    source.write_bytes(source.read_bytes()[:middle])

    assert codes(source) == [ProblemCode.DAMAGED_ARCHIVE]


def test_a_flipped_bit_in_a_zipped_file_is_found(tmp_path: Path) -> None:
    files = uploads.class_folders()
    source = uploads.write_zip(tmp_path / "a.zip", files, compression=0)
    content = bytearray(source.read_bytes())
    content[content.index(files["cat/003.png"]) + 20] ^= 1
    source.write_bytes(content)

    (problem,) = compile_file(source, Task.IMAGE_CLASSIFICATION).problems

    assert (problem.code, problem.file) == (ProblemCode.DAMAGED_ARCHIVE, "cat/003.png")


def test_a_damaged_archive_is_not_taken_for_a_table(tmp_path: Path) -> None:
    (tmp_path / "digits.zip").write_bytes(b"some bytes, \xf0\x9f and no archive\n" * 20)
    [problem] = compile_file(tmp_path / "digits.zip", Task.IMAGE_CLASSIFICATION).problems
    assert problem.code == ProblemCode.NOT_AN_ARCHIVE
    assert "damaged" in problem.message
