"""An archive of class folders of recordings becomes samples in the order of names."""

import base64
from pathlib import Path

import numpy as np
import pytest

from tests.support import uploads
from tests.support.compiling import accepted, array, compile_file
from tests.support.speech import recording_bytes, tone, tones
from trainyard_engine.modalities.audio.decode import Heading, UnreadableRecording, read_heading, to_samples
from trainyard_engine.modalities.audio.inputs import encode_recordings
from trainyard_engine.modalities.audio.resampling import resample, resampled_length
from trainyard_spec.datasets import CompiledDataset, RecordingProfile
from trainyard_spec.tasks import Task

FILES = tones({"low": 200, "high": 900})
NOISE = np.random.default_rng(0).integers(-20_000, 20_000, 4000).astype(np.int16)


def compiled(source: Path, **options: int) -> tuple[CompiledDataset, RecordingProfile]:
    dataset = accepted(source, Task.AUDIO_CLASSIFICATION, **options)
    assert isinstance(dataset.profile, RecordingProfile)
    return dataset, dataset.profile


def stored(source: Path, row: int) -> np.ndarray:
    begin, end = array(source, "audio_offsets")[row : row + 2]
    return np.asarray(array(source, "audio")[begin:end])


def test_samples_are_those_of_the_files_in_the_order_of_their_names(tmp_path: Path) -> None:
    files = FILES | {"low/010.wav": recording_bytes(NOISE)}
    source = uploads.write_zip(tmp_path / "tones.zip", dict(reversed(files.items())))

    dataset, profile = compiled(source)

    assert (dataset.classes, dataset.class_counts) == (("high", "low"), (6, 7))
    assert (profile.sample_rate, profile.resampled, profile.mixed) == (8000, 0, 0)
    assert (profile.shortest, profile.longest) == (0.5, 0.5)
    np.testing.assert_array_equal(stored(source, 12), NOISE)
    assert array(source, "audio").dtype == np.int16
    assert array(source, "target").tolist() == [0] * 6 + [1] * 7


@pytest.mark.parametrize(
    ("kind", "subtype", "tolerance"),
    [("WAV", "PCM_16", 0), ("WAV", "FLOAT", 1), ("FLAC", "PCM_24", 1), ("OGG", "VORBIS", 3000), ("WAV", "ULAW", 700)],
)
def test_every_kind_of_file_gives_the_same_sound(kind: str, subtype: str, tolerance: int) -> None:
    signal = np.sin(np.arange(8000) / 20) / 2
    heard = to_samples(recording_bytes(signal, kind=kind, subtype=subtype), rate=8000)
    np.testing.assert_allclose(heard, np.rint(signal * 32768), atol=max(1, tolerance))


def test_channels_are_averaged_and_loud_ones_clipped() -> None:
    both = np.array([[0.5, 0.25], [1.5, 1.5], [-2.0, -2.0]] * 10, dtype=np.float32)
    heard = to_samples(recording_bytes(both, subtype="FLOAT"), rate=8000)
    assert heard[:3].tolist() == [12288, 32767, -32768]


RATES = [(44_100, 16_000), (22_050, 16_000), (48_000, 8_000), (8_000, 16_000), (11_025, 8_000), (16_001, 16_000)]


@pytest.mark.parametrize(("source", "target"), RATES)
def test_resampling_keeps_what_both_rates_carry_and_nothing_else(source: int, target: int) -> None:
    carried, lost = 0.4 * min(source, target), 0.6 * target
    seconds, moments = np.arange(source) / source, np.arange(target) / target
    sine = resample(np.sin(2 * np.pi * carried * seconds), source=source, target=target)
    inside = slice(target // 10, -target // 10)
    np.testing.assert_allclose(sine[inside], np.sin(2 * np.pi * carried * moments)[inside], atol=1e-3)
    if lost < source / 2:
        alias = resample(np.sin(2 * np.pi * lost * seconds), source=source, target=target)
        assert np.abs(alias[inside]).max() < 1e-5


@pytest.mark.parametrize(("source", "target"), RATES)
@pytest.mark.parametrize("samples", [1, 7, 5001])
def test_resampling_repeats_its_bits_and_tells_its_length_beforehand(source: int, target: int, samples: int) -> None:
    signal = np.random.default_rng(samples).normal(size=samples).astype(np.float32)
    found = resample(signal, source=source, target=target)
    assert found.shape == (resampled_length(samples, source=source, target=target),)
    assert found.tobytes() == resample(signal, source=source, target=target).tobytes()


def test_the_rate_is_that_of_most_recordings_up_to_16_khz(tmp_path: Path) -> None:
    files = FILES | {"low/010.wav": tone(200, rate=44_100)}
    source = uploads.write_zip(tmp_path / "tones.zip", files)
    dataset, profile = compiled(source)
    assert (profile.sample_rate, profile.resampled) == (8000, 1)
    assert len(stored(source, dataset.rows - 1)) == 4000


def test_fast_recordings_are_brought_to_16_khz_and_a_chosen_rate_is_kept(tmp_path: Path) -> None:
    files = {name: tone(300 + i, rate=44_100) for i, name in enumerate(FILES)}
    assert compiled(uploads.write_zip(tmp_path / "a.zip", files))[1].sample_rate == 16_000
    (tmp_path / "b").mkdir()
    assert compiled(uploads.write_zip(tmp_path / "b" / "a.zip", files), sample_rate=22_050)[1].sample_rate == 22_050


def test_the_same_recordings_in_any_order_give_the_same_bytes(tmp_path: Path) -> None:
    for name, files in (("a", FILES), ("b", dict(reversed(FILES.items())))):
        (tmp_path / name).mkdir()
        compiled(uploads.write_zip(tmp_path / name / "tones.zip", files), sample_rate=11_025)
    first, second = (
        [path.read_bytes() for path in sorted((tmp_path / name / "compiled").glob("*.npy"))] for name in ("a", "b")
    )
    assert first == second


def test_other_files_are_left_out_with_a_warning(tmp_path: Path) -> None:
    dataset, _ = compiled(uploads.write_zip(tmp_path / "t.zip", FILES | {"low/readme.txt": b"about"}))
    assert [(warning.code, warning.file) for warning in dataset.warnings] == [("ignored_file", "low/readme.txt")]


def test_the_longest_recording_is_an_option(tmp_path: Path) -> None:
    files = FILES | {"low/long.wav": tone(200, seconds=61)}
    source = uploads.write_zip(tmp_path / "t.zip", files)
    (problem,) = compile_file(source, Task.AUDIO_CLASSIFICATION).problems
    assert (problem.code, problem.file) == ("recording_too_long", "low/long.wav")
    assert compiled(source, max_seconds=62)[1].longest == 61


@pytest.mark.parametrize("rate", [8_000, 44_100])
@pytest.mark.parametrize("before", [b"", b"ID3\x03\x00\x00\x00\x00\x10\x00" + bytes(2_048)], ids=["bare", "with tags"])
@pytest.mark.parametrize("channels", [1, 2])
def test_an_mp3_is_heard_as_it_was_recorded(rate: int, before: bytes, channels: int) -> None:
    wave = 0.4 * np.sin(2 * np.pi * 440 * np.arange(rate) / rate)
    content = before + recording_bytes(np.repeat(wave[:, None], channels, axis=1), rate, kind="MP3")
    assert read_heading(content) == Heading(rate=rate, frames=rate, channels=channels)
    np.testing.assert_allclose(to_samples(content, rate=rate)[1_000:-1_000] / 32_768, wave[1_000:-1_000], atol=0.1)


@pytest.mark.parametrize("left", [20, 60, 400])
def test_what_is_left_of_an_mp3_is_damaged(left: int) -> None:
    content = recording_bytes(0.1 * np.sin(np.arange(16_000) / 9), 16_000, kind="MP3")
    with pytest.raises(UnreadableRecording, match=r"MP3|ends after"):
        to_samples(content[:left], rate=16_000)


def test_an_mp3_in_an_archive_is_a_recording(tmp_path: Path) -> None:
    speech = recording_bytes(0.1 * np.sin(np.arange(8_000) / 9), 8_000, kind="MP3")
    dataset, _ = compiled(uploads.write_zip(tmp_path / "t.zip", FILES | {"low/said.mp3": speech}))
    assert dataset.rows == len(FILES) + 1


@pytest.mark.parametrize("kind", ["WAV", "FLAC"])
def test_a_recording_that_is_cut_off_is_damaged(kind: str) -> None:
    content = recording_bytes(NOISE, kind=kind)[:-700]
    with pytest.raises(UnreadableRecording):
        to_samples(content, rate=8000)


SIGNALLING = np.uint32(0xFF92C500).view(np.float32)
"""No number either, and arithmetic complains of it."""


@pytest.mark.parametrize("odd", [np.nan, np.inf, 3e38, SIGNALLING])
@pytest.mark.parametrize("channels", [1, 2])
def test_a_recording_of_no_numbers_is_damaged(odd: float, channels: int) -> None:
    samples = np.full((800, channels), 0.1, dtype=np.float32)
    content = recording_bytes(samples, subtype="FLOAT")
    with pytest.raises(UnreadableRecording, match="not finite"):
        to_samples(content[:-64] + np.full(16, odd, dtype=np.float32).tobytes(), rate=16_000)


def test_a_prediction_reads_a_recording_like_the_compiler(tmp_path: Path) -> None:
    files = FILES | {"low/010.wav": tone(200, rate=44_100)}
    source = uploads.write_zip(tmp_path / "t.zip", files)
    _, profile = compiled(source)
    inputs = [base64.b64encode(files[name]).decode() for name in ("low/010.wav", "high/002.wav")]
    samples, lengths = encode_recordings(inputs, profile, most_samples=3000)
    assert lengths.tolist() == [3000, 3000]
    np.testing.assert_array_equal(samples, [stored(source, 12)[:3000], stored(source, 2)[:3000]])


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"\xff\xf1\x50\x80" * 20, "AAC"),
        (b"\xff\xfd\x50\x80" * 20, "layer I or II"),
        (recording_bytes(NOISE, kind="AIFF"), "AIFF"),
        (recording_bytes(NOISE, kind="AU"), "AU"),
        (b"\0\0\0\x20ftypM4A ", "MPEG-4"),
        (b"\x1a\x45\xdf\xa3\x9f\x42", "WebM"),
    ],
)
def test_a_recording_of_another_kind_is_named(tmp_path: Path, content: bytes, kind: str) -> None:
    source = uploads.write_zip(tmp_path / "t.zip", FILES | {"low/other.wav": content})
    (problem,) = compile_file(source, Task.AUDIO_CLASSIFICATION).problems
    assert (problem.code, problem.file) == ("unreadable_recording", "low/other.wav")
    assert kind in problem.message
