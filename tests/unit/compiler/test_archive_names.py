"""Names in archives are read as they were meant, whatever packed them."""

import io
import struct
import tarfile
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support import uploads
from tests.support.cases import case
from tests.support.compiling import accepted, compile_file
from trainyard_engine.ingest.archives.archive_names import is_ignored, normalized, points_outside
from trainyard_engine.ingest.problems import ProblemCode
from trainyard_spec.datasets import CompiledDataset
from trainyard_spec.tasks import Task

IMAGES = Task.IMAGE_CLASSIFICATION
Writer = Callable[[Path, Mapping[str, bytes]], Path]


class RawName(zipfile.ZipInfo):
    """Writes the bytes it is given for a name, without the flag for UTF-8."""

    def __init__(self, raw: bytes) -> None:
        super().__init__(raw.hex())
        self.raw = raw

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:  # noqa: N802  as the standard library calls it
        return self.raw, self.flag_bits


def write_raw_zip(path: Path, files: Mapping[bytes, bytes], extra: Callable[[bytes], bytes] = lambda _: b"") -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for raw, content in files.items():
            info = RawName(raw)
            info.extra = extra(raw)
            archive.writestr(info, content)
    return path


def images_of(*classes: str) -> dict[str, bytes]:
    return uploads.class_folders(classes)


def classes_of(source: Path) -> tuple[str, ...]:
    dataset = accepted(source, IMAGES)
    assert dataset.warnings == ()
    return dataset.classes


def test_a_backslash_separates_folders_as_in_zips_of_windows(tmp_path: Path) -> None:
    dataset = accepted(case("zip-backslashes/images.zip", tmp_path), IMAGES)
    assert (dataset.classes, dataset.class_counts) == (("left", "right"), (10, 10))


def test_names_are_utf8_also_where_no_flag_says_so(tmp_path: Path) -> None:
    dataset = accepted(case("zip-utf8-without-flag/classes.zip", tmp_path), IMAGES)
    assert (dataset.classes, dataset.class_counts) == (("café", "straße"), (10, 10))


@pytest.mark.parametrize("write", [uploads.write_zip, uploads.write_tar])
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_classes_are_in_nfc_whatever_the_form_of_the_names(tmp_path: Path, write: Writer, form: str) -> None:
    files = images_of(*(unicodedata.normalize(form, name) for name in ("café", "naïve", "한국")))  # type: ignore[arg-type]
    assert classes_of(write(tmp_path / "a", files)) == ("café", "naïve", "한국")


def test_one_class_in_two_forms_is_one_class(tmp_path: Path) -> None:
    files = {**images_of("café", "dog"), "cafe\u0301/new.png": uploads.image_bytes()}
    dataset = accepted(uploads.write_zip(tmp_path / "a.zip", files), IMAGES)
    assert (dataset.classes, dataset.class_counts) == (("café", "dog"), (7, 6))


def test_one_name_in_two_forms_stands_twice(tmp_path: Path) -> None:
    files = {**images_of("café", "dog"), "cafe\u0301/000.png": uploads.image_bytes()}
    (problem,) = compile_file(uploads.write_zip(tmp_path / "a.zip", files), IMAGES).problems
    assert (problem.code, problem.file) == (ProblemCode.DUPLICATE_NAME, "café/000.png")


def test_bytes_that_are_no_utf8_are_those_of_dos(tmp_path: Path) -> None:
    files = {name.encode("cp437"): content for name, content in images_of("Bär", "Öl").items()}
    assert classes_of(write_raw_zip(tmp_path / "a.zip", files)) == ("Bär", "Öl")


def test_a_unicode_path_of_info_zip_goes_before_the_name_it_stands_for(tmp_path: Path) -> None:
    files = {name.encode("cp866"): content for name, content in images_of("кот", "дом").items()}

    def unicode_path(raw: bytes) -> bytes:
        name = raw.decode("cp866").encode()
        stamp = b"UT\x05\x00\x01" + bytes(4)
        return stamp + struct.pack("<HHBI", 0x7075, 5 + len(name), 1, zlib.crc32(raw)) + name

    assert classes_of(write_raw_zip(tmp_path / "a.zip", files, unicode_path)) == ("дом", "кот")


def test_a_unicode_path_of_another_name_is_none(tmp_path: Path) -> None:
    stale = struct.pack("<HHBI", 0x7075, 8, 1, zlib.crc32(b"other")) + b"old"
    files = {name.encode(): content for name, content in images_of("cat", "dog").items()}
    assert classes_of(write_raw_zip(tmp_path / "a.zip", files, lambda _: stale)) == ("cat", "dog")


NESTINGS: dict[str, Callable[[str], str]] = {
    "plain": lambda name: name,
    "dot": lambda name: f"./{name}",
    "folder": lambda name: f"pets/{name}",
    "folders": lambda name: f"home/me/pets/{name}",
    "backslashes": lambda name: f"pets\\{name}".replace("/", "\\"),
    "mixed": lambda name: f".\\pets\\{name}",
    "double": lambda name: f"pets//{name}",
}
LITTER = {
    "__MACOSX/pets/cat/._000.png": b"\0\5\x16\7",
    "pets/.DS_Store": b"x",
    "pets/cat/._000.png": b"x",
    "pets/cat/Thumbs.db": b"x",
    "pets/dog/Desktop.ini": b"x",
    "pets/Icon\r": b"",
    "pets/@eaDir/000.png/SYNOPHOTO_THUMB_M.jpg": b"x",
}


@pytest.mark.parametrize("nest", NESTINGS.values(), ids=list(NESTINGS))
@pytest.mark.parametrize("write", [uploads.write_zip, uploads.write_tar])
def test_folders_around_everything_are_no_class(tmp_path: Path, write: Writer, nest: Callable[[str], str]) -> None:
    files = {nest(name): content for name, content in images_of("cat", "dog").items()}
    assert classes_of(write(tmp_path / "a", LITTER | files)) == ("cat", "dog")


def test_entries_of_folders_are_no_files(tmp_path: Path) -> None:
    folders = [(b"cat/", 0, b""), (b"dog\\", 0, b""), (b"empty", 0x10, b""), (b"unix", 0o40755 << 16, b"")]
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for raw, attributes, content in folders:
            info = RawName(raw)
            info.external_attr = attributes
            archive.writestr(info, content)
        for name, content in images_of("cat", "dog").items():
            archive.writestr(name, content)
    assert classes_of(tmp_path / "a.zip") == ("cat", "dog")


@pytest.mark.parametrize("form", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT, tarfile.USTAR_FORMAT])
def test_every_kind_of_tar_keeps_long_and_foreign_names(tmp_path: Path, form: int) -> None:
    deep = "/".join(["a-rather-long-name"] * (6 if form == tarfile.USTAR_FORMAT else 20))
    with tarfile.open(tmp_path / "a.tar", "w", format=form) as archive:
        for name, content in images_of("naïve", "dog").items():
            label, file = name.split("/")
            info = tarfile.TarInfo(f"{label}/{deep}/{file}")
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    assert classes_of(tmp_path / "a.tar") == ("dog", "naïve")


def test_a_zip64_is_read(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for name, content in images_of("cat", "dog").items():
            with archive.open(name, "w", force_zip64=True) as member:
                member.write(content)
    assert classes_of(tmp_path / "a.zip") == ("cat", "dog")


@pytest.mark.parametrize(
    ("method", "said"), [(9, "Deflate64"), (12, "BZip2"), (14, "LZMA"), (93, "Zstandard"), (6, "method 6")]
)
def test_another_compression_is_named_with_what_to_do(tmp_path: Path, method: int, said: str) -> None:
    source = uploads.write_zip(tmp_path / "a.zip", images_of("cat", "dog"), compression=zipfile.ZIP_STORED)
    content = bytearray(source.read_bytes())
    at = content.rindex(b"PK\x01\x02")
    content[at + 10 : at + 12] = method.to_bytes(2, "little")
    source.write_bytes(content)
    (problem,) = compile_file(source, IMAGES).problems
    assert (problem.code, problem.file) == (ProblemCode.UNSUPPORTED_COMPRESSION, "dog/005.png")
    assert said in problem.message
    assert "Zip it again" in problem.message


def test_a_document_that_is_a_zip_inside_is_left_out_like_any_other_file(tmp_path: Path) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("word/document.xml", "<w/>")
    files = {**images_of("cat", "dog"), "notes.docx": inner.getvalue()}
    dataset: CompiledDataset = accepted(uploads.write_zip(tmp_path / "a.zip", files), IMAGES)
    assert [(warning.code, warning.file) for warning in dataset.warnings] == [("ignored_file", "notes.docx")]


def test_classes_that_differ_in_case_are_two_with_a_warning(tmp_path: Path) -> None:
    dataset = accepted(uploads.write_zip(tmp_path / "a.zip", images_of("Cat", "cat", "dog")), IMAGES)
    assert dataset.classes == ("Cat", "cat", "dog")
    assert [(warning.code, "Cat" in warning.message) for warning in dataset.warnings] == [("similar_classes", True)]


PIECES = st.sampled_from(["..", ".", "", "cat", "C:", "é", "e\u0301", ".git", "a b"])


@given(parts=st.lists(PIECES, min_size=1), slash=st.sampled_from("/\\"))
def test_a_normalized_name_stays_inside_or_is_known_to_point_outside(parts: list[str], slash: str) -> None:
    name = normalized(slash.join(parts))
    assert normalized(name) == name
    if not points_outside(name):
        assert (Path("/in") / name).resolve().is_relative_to("/in")
    assert is_ignored(name) == (".git" in parts or ".." in parts)
