"""However pictures and recordings are damaged, they are named problems, or are the same to a prediction."""

import base64
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support import uploads
from tests.support.compiled import stored_recordings
from tests.support.compiling import array, compile_file
from tests.support.fuzz.scale import tries
from tests.support.speech import recording_bytes, tones
from trainyard_engine.ingest.problems import ProblemCode
from trainyard_engine.modalities.audio.inputs import encode_recordings
from trainyard_engine.modalities.inputs import encode_images
from trainyard_spec.datasets import ImageProfile, RecordingProfile
from trainyard_spec.tasks import Task

NOISE = np.random.default_rng(0).integers(-9_000, 9_000, 900).astype(np.int16)
SOUNDS = [
    recording_bytes(NOISE, kind=kind, subtype=subtype)
    for kind, subtype in [
        ("WAV", "PCM_16"), ("WAV", "PCM_24"), ("WAV", "ULAW"), ("WAVEX", "FLOAT"), ("RF64", "PCM_16"),
        ("W64", "PCM_16"), ("FLAC", "PCM_16"), ("OGG", "VORBIS"), ("WAV", "IMA_ADPCM"),
    ]
]  # fmt: skip
PICTURES = [
    uploads.image_bytes((9, 99, 199) if mode == "RGB" else 77, mode=mode, kind=kind)
    for mode in ("L", "RGB")
    for kind in ("PNG", "JPEG", "GIF", "WEBP", "BMP")
]
WORDS = st.sampled_from([b"\0\0\0\0", b"\xff\xff\xff\xff", b"\xff\xff\xff\x7f", b"\0\0\0\x80", b"\0\xf0\xff\x7f"])


@st.composite
def damaged(draw: st.DrawFn, contents: list[bytes]) -> bytes:
    """One of ``contents`` with a few bytes changed, most of them near its beginning, or cut off."""
    content = bytearray(draw(st.sampled_from(contents)))
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, draw(st.sampled_from([48, 200, len(content)]))))
        word = draw(st.one_of(WORDS, st.binary(min_size=1, max_size=4)))
        content[at : at + len(word)] = word
    return bytes(content[: draw(st.sampled_from([len(content), len(content), draw(st.integers(0, len(content)))]))])


def compiled_or_named(
    files: Mapping[str, bytes], task: Task, seen_alike: Callable[[Path, object], None], *, name: str
) -> None:
    """Compiles ``files``, of which the one called ``name`` may be damaged."""
    with tempfile.TemporaryDirectory() as directory:
        source = uploads.write_zip(Path(directory) / "a.zip", files)
        result = compile_file(source, task)
        if result.dataset is not None:
            seen_alike(source, result.dataset.profile)
        for problem in result.problems:
            assert problem.code in set(ProblemCode)
            assert problem.file == name, problem


@tries(quick=30, full=800)
@given(content=damaged(PICTURES))
def test_a_damaged_picture_is_named_or_seen_alike(content: bytes) -> None:
    def seen_alike(source: Path, profile: object) -> None:
        assert isinstance(profile, ImageProfile)
        seen = encode_images([base64.b64encode(content).decode()], profile)
        np.testing.assert_array_equal(seen[0], array(source, "images")[6])

    files = {**uploads.class_folders(), "cat/zzz.png": content}
    compiled_or_named(files, Task.IMAGE_CLASSIFICATION, seen_alike, name="cat/zzz.png")


@tries(quick=30, full=800)
@given(content=damaged(SOUNDS))
def test_a_damaged_recording_is_named_or_heard_alike(content: bytes) -> None:
    def heard_alike(source: Path, profile: object) -> None:
        assert isinstance(profile, RecordingProfile)
        heard, lengths = encode_recordings([base64.b64encode(content).decode()], profile, most_samples=10**9)
        np.testing.assert_array_equal(heard[0, : lengths[0]], stored_recordings(source.parent / "compiled")[6])

    files = {**tones({"cat": 300, "dog": 900}), "cat/zzz.wav": content}
    compiled_or_named(files, Task.AUDIO_CLASSIFICATION, heard_alike, name="cat/zzz.wav")


@pytest.mark.parametrize("write", [uploads.write_zip, uploads.write_tar])
@tries(quick=30, full=600)
@given(damage=st.data())
def test_a_damaged_archive_is_named_or_whole(
    write: Callable[[Path, Mapping[str, bytes]], Path], damage: st.DataObject
) -> None:
    with tempfile.TemporaryDirectory() as directory:
        source = write(Path(directory) / "a.zip", uploads.class_folders())
        whole = source.read_bytes()
        source.write_bytes(damage.draw(damaged([whole])))
        result = compile_file(source, Task.IMAGE_CLASSIFICATION)
        assert (result.dataset is None) == bool(result.problems)
        assert {problem.code for problem in result.problems} <= set(ProblemCode)
