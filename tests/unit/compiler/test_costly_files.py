"""Small files that unpack to much work are refused before it, or bounded in it."""

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from threading import Barrier, Thread

import pytest

from tests.support import costly_files, uploads
from tests.support.compiling import accepted, compile_file
from trainyard_engine.core.memory_budget import BoundedRoom
from trainyard_engine.ingest.limits import JPEG_SCANS, SCANNED_PIXELS, IngestLimits
from trainyard_engine.ingest.problems import ProblemCode
from trainyard_engine.modalities.audio.decode import MOST_FRAMES, UnreadableRecording, read_heading, to_samples
from trainyard_engine.modalities.image.decode import TooManyScans, to_pixels
from trainyard_spec.tasks import Task


def codes(source: Path, task: Task = Task.IMAGE_CLASSIFICATION, limits: IngestLimits | None = None) -> list[str]:
    result = compile_file(source, task, limits=limits)
    assert result.dataset is None
    return [problem.code for problem in result.problems]


def test_a_jpeg_of_many_scans_is_refused_by_its_name(tmp_path: Path) -> None:
    files = {**uploads.class_folders(), "cat/scans.jpg": costly_files.scanned(JPEG_SCANS + 1)}
    result = compile_file(uploads.write_zip(tmp_path / "a.zip", files), Task.IMAGE_CLASSIFICATION)
    assert [(problem.code, problem.file) for problem in result.problems] == [
        (ProblemCode.TOO_MANY_SCANS, "cat/scans.jpg")
    ]


def test_ordinary_progressive_images_are_read(tmp_path: Path) -> None:
    files = {f"{label}/{n}.jpg": costly_files.scanned(scans) for label in "ab" for n, scans in enumerate([10, 20] * 4)}
    assert accepted(uploads.write_zip(tmp_path / "a.zip", files), Task.IMAGE_CLASSIFICATION).rows == 16


def test_scans_of_a_large_image_count_for_more() -> None:
    side = 3_000
    scans = SCANNED_PIXELS // side**2
    with pytest.raises(TooManyScans):
        to_pixels(costly_files.scanned(scans + 1, size=(side, side)), channels=3, height=8, width=8)


def test_a_recording_that_does_not_say_its_length_is_heard_no_longer_than_allowed(tmp_path: Path) -> None:
    files = {f"{label}/{n}.flac": costly_files.silence(70, says_samples=0) for label in "ab" for n in range(6)}
    source = uploads.write_zip(tmp_path / "a.zip", files)
    assert set(codes(source, Task.AUDIO_CLASSIFICATION)) == {ProblemCode.RECORDING_TOO_LONG}
    assert read_heading(files["a/0.flac"], most_seconds=10).seconds < 70


def test_samples_beyond_those_stated_are_not_heard() -> None:
    assert len(to_samples(costly_files.silence(60, says_samples=1_600), rate=16_000)) == 1_600


def test_more_samples_than_memory_is_meant_for_are_refused() -> None:
    with pytest.raises(UnreadableRecording, match="more than"):
        to_samples(costly_files.silence(1, says_samples=MOST_FRAMES + 1), rate=16_000)


def test_headers_without_end_are_damage(tmp_path: Path) -> None:
    source = costly_files.write_endless_headers(tmp_path / "a.tar.gz", headers=2_000)
    assert codes(source) == [ProblemCode.DAMAGED_ARCHIVE]


def test_the_directory_of_a_zip_is_read_no_further_than_allowed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = uploads.write_zip(tmp_path / "a.zip", {f"cat/{n}.txt": b"" for n in range(50)})
    held: list[zipfile.ZipInfo] = []
    monkeypatch.setattr(zipfile.ZipInfo, "_decodeExtra", lambda info: held.append(info))
    assert codes(source, limits=replace(IngestLimits(), archive_files=20)) == [ProblemCode.TOO_MANY_FILES]
    assert len(held) == 21


def test_entries_of_a_tar_are_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from trainyard_engine.ingest.archives import entries

    kept: list[int] = []
    before = entries._next

    def watched(archive: entries.tarfile.TarFile) -> entries.tarfile.TarInfo | None:
        info = before(archive)
        kept.append(len(archive.getmembers()) if info is None else len(archive.members))  # type: ignore[attr-defined]
        return info

    monkeypatch.setattr(entries, "_next", watched)
    accepted(uploads.write_tar(tmp_path / "a.tar.gz", uploads.class_folders()), Task.IMAGE_CLASSIFICATION)
    assert set(kept) == {0}


def test_large_work_waits_until_others_have_given_their_room_back() -> None:
    room, inside, most = BoundedRoom(10), [], []
    both = Barrier(2)

    @contextmanager
    def counted(size: int) -> Iterator[None]:
        with room(size):
            inside.append(size)
            most.append(sum(inside))
            yield
            inside.remove(size)

    def work(size: int) -> None:
        both.wait()
        for _ in range(200):
            with counted(size):
                pass

    threads = [Thread(target=partial(work, size)) for size in (8, 6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(most) == {8, 6}
    with room(1_000):
        pass  # what is larger than all of it has it alone
