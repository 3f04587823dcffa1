"""Archives whose files would be decoded to far more than they are, one by one within what is allowed."""

from pathlib import Path

import pytest

from tests.support import costly_files, uploads
from tests.support.compiling import accepted, compile_file
from tests.support.speech import tones
from trainyard_engine.ingest.archives import proportions
from trainyard_engine.ingest.problems import ProblemCode
from trainyard_engine.modalities.image.decode import read_picture
from trainyard_spec.tasks import Task


def test_pictures_of_too_many_pixels_for_their_bytes_are_refused_undecoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = uploads.write_zip(tmp_path / "a.zip", uploads.class_folders(size=(400, 400)))
    most = proportions.PIXELS_PER_BYTE * source.stat().st_size
    monkeypatch.setattr(proportions, "PIXELS_FREE", 12 * 400 * 400 - most)
    accepted(source, Task.IMAGE_CLASSIFICATION)
    monkeypatch.setattr(proportions, "PIXELS_FREE", 12 * 400 * 400 - most - 1)
    monkeypatch.setattr("trainyard_engine.modalities.image.read.to_pixels", None)
    (tmp_path / "other").mkdir()
    [problem] = compile_file(source.rename(tmp_path / "other" / "a.zip"), Task.IMAGE_CLASSIFICATION).problems
    assert (problem.code, problem.file) == (ProblemCode.ARCHIVE_BOMB, "a.zip")
    assert "pixels" in problem.message


def test_scans_count_where_there_are_more_than_usual() -> None:
    assert read_picture(costly_files.scanned(10)).pixels_decoded == 64 * 64
    assert read_picture(costly_files.scanned(90)).pixels_decoded == 9 * 64 * 64


def test_recordings_of_too_many_samples_for_their_bytes_are_refused_undecoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    quiet = {f"low/x{n}.flac": costly_files.silence(50) for n in range(4)}
    source = uploads.write_zip(tmp_path / "a.zip", {**tones({"high": 900, "low": 300}), **quiet})
    accepted(source, Task.AUDIO_CLASSIFICATION)
    monkeypatch.setattr(proportions, "SAMPLES_FREE", 0)
    monkeypatch.setattr(proportions, "SAMPLES_PER_BYTE", 1)
    monkeypatch.setattr("trainyard_engine.modalities.audio.samples.to_samples", None)
    (tmp_path / "other").mkdir()
    [problem] = compile_file(source.rename(tmp_path / "other" / "a.zip"), Task.AUDIO_CLASSIFICATION).problems
    assert problem.code == ProblemCode.ARCHIVE_BOMB
    assert "samples" in problem.message
