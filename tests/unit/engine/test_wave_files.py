"""Recordings that do not say how long they are, or say it wrongly, are read up to their ends."""

import io
import struct
import wave
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support import uploads
from tests.support.cases import CASES, case
from tests.support.compiling import accepted, array, compile_file
from tests.support.speech import recording_bytes, tones
from trainyard_engine.modalities.audio.decode import MOST_SECONDS, UnreadableRecording, read_heading, to_samples
from trainyard_engine.modalities.audio.wave_files import CutOff, completed
from trainyard_spec.tasks import Task

SOUNDS = Task.AUDIO_CLASSIFICATION
NOISE = np.random.default_rng(0).integers(-20_000, 20_000, 4000).astype(np.int16)
WHOLE = recording_bytes(NOISE)
UNKNOWN = [0, 0xFFFF_FFFF, 0x7FFF_FFFF, 0x7FFF_F000, 0x7FFF_F024, 2_000_000_000, 2_000_000_036, 0x8000_0000, 36]


def with_sizes(content: bytes, riff: int, data: int) -> bytes:
    changed = bytearray(content)
    at = changed.index(b"data") + 4
    order = ">I" if content.startswith(b"RIFX") else "<I"
    changed[4:8], changed[at : at + 4] = struct.pack(order, riff), struct.pack(order, data)
    return bytes(changed)


def with_chunk(content: bytes, chunk: bytes) -> bytes:
    """``chunk`` before the samples, counted in the size of the whole."""
    at = content.index(b"data")
    changed = content[:at] + chunk + content[at:]
    return changed[:4] + struct.pack("<I", len(changed) - 8) + changed[8:]


@pytest.mark.parametrize("name", sorted(path.name for path in (CASES / "wav-streamed-headers").iterdir()))
def test_a_streamed_wav_is_all_its_samples(name: str) -> None:
    content = (CASES / "wav-streamed-headers" / name).read_bytes()
    assert read_heading(content).frames == 3200
    np.testing.assert_array_equal(to_samples(content, rate=8000), np.frombuffer(content[44:], "<i2"))


@pytest.mark.parametrize("riff", UNKNOWN)
@pytest.mark.parametrize("data", [size for size in UNKNOWN if size != 36])
@pytest.mark.parametrize("kind", [{}, {"subtype": "PCM_24"}, {"kind": "WAVEX"}, {"subtype": "ULAW"}])
def test_no_size_that_a_tool_writes_for_want_of_knowing_shortens_it(riff: int, data: int, kind: dict[str, str]) -> None:
    content = recording_bytes(NOISE, **kind)
    np.testing.assert_array_equal(
        to_samples(with_sizes(content, riff, data), rate=8000), to_samples(content, rate=8000)
    )


@pytest.mark.parametrize("kind", ["RF64", "W64"])
def test_the_forms_with_wide_sizes_are_read_like_plain_ones(kind: str) -> None:
    content = recording_bytes(NOISE, kind=kind)
    np.testing.assert_array_equal(to_samples(content, rate=8000), NOISE)


@pytest.mark.parametrize("size", [0, 24, (1 << 64) - 1, (1 << 63) - 1])
def test_the_wide_forms_may_not_know_their_sizes_either(size: int) -> None:
    rf64, w64 = bytearray(recording_bytes(NOISE, kind="RF64")), bytearray(recording_bytes(NOISE, kind="W64"))
    rf64[20:36] = struct.pack("<QQ", size, 0 if size == 24 else size)
    at = w64.index(b"data\xf3") + 16
    w64[16:24] = w64[at : at + 8] = struct.pack("<Q", size)
    for content in (rf64, w64):
        np.testing.assert_array_equal(to_samples(bytes(content), rate=8000), NOISE)


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW", "ALAW"])
@pytest.mark.parametrize("channels", [1, 2, 6])
@pytest.mark.parametrize("kind", ["WAV", "WAVEX", "RF64", "W64"])
def test_every_encoding_gives_the_samples_that_were_written(kind: str, channels: int, subtype: str) -> None:
    signal = np.sin(np.arange(2000) / 20) / 2
    content = recording_bytes(np.repeat(signal[:, None], channels, axis=1), kind=kind, subtype=subtype)
    step = {"PCM_U8": 256, "ULAW": 700, "ALAW": 700}.get(subtype, 1)
    np.testing.assert_allclose(to_samples(content, rate=8000), np.rint(signal * 32768), atol=step)


@pytest.mark.parametrize("padding", [b"", b"\0"], ids=["forgotten", "padded"])
@pytest.mark.parametrize("identifier", [b"LIST", b"bext", b"JUNK"])
def test_chunks_before_the_samples_are_skipped(identifier: bytes, padding: bytes) -> None:
    chunk = identifier + struct.pack("<I", 5) + b"INFOx" + padding
    np.testing.assert_array_equal(to_samples(with_chunk(WHOLE, chunk), rate=8000), NOISE)


def test_what_stands_behind_the_samples_is_no_sound() -> None:
    chunk = b"LIST" + struct.pack("<I", 4) + b"INFO"
    tagged = WHOLE + chunk
    for riff in (len(tagged) - 8, len(WHOLE) - 8):
        content = tagged[:4] + struct.pack("<I", riff) + tagged[8:]
        np.testing.assert_array_equal(to_samples(content, rate=8000), NOISE)


@pytest.mark.parametrize("behind", [b"", b"LIST\4\0\0\0INFO"])
def test_a_recording_without_samples_is_empty_and_not_unfinished(behind: bytes) -> None:
    empty = recording_bytes(NOISE[:0]) + behind
    assert read_heading(with_sizes(empty, len(empty) - 8, 0)).frames == 0


def test_python_s_own_writer_into_a_pipe_is_read() -> None:
    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

        def tell(self) -> int:
            raise OSError

    pipe = Pipe()
    writer = wave.open(pipe, "wb")  # noqa: SIM115  closing it would seek
    writer.setparams((1, 2, 8000, 0, "NONE", ""))
    writer.writeframesraw(NOISE.tobytes())
    np.testing.assert_array_equal(to_samples(pipe.getvalue(), rate=8000), NOISE)


@given(kept=st.integers(min_value=46, max_value=len(WHOLE) - 2))
def test_a_wav_that_is_cut_off_is_never_taken_for_a_shorter_one(kept: int) -> None:
    with pytest.raises(CutOff):
        completed(WHOLE[:kept])


@given(content=st.binary(max_size=200), magic=st.sampled_from([WHOLE[:12], WHOLE[:44], b"RF64\xff\xff\xff\xffWAVE"]))
def test_no_bytes_are_more_than_unreadable(content: bytes, magic: bytes) -> None:
    with suppress(UnreadableRecording):
        assert len(to_samples(magic + content, rate=8000)) <= len(magic + content)


def test_a_flac_that_does_not_know_its_length_is_counted() -> None:
    content = (CASES / "flac-unknown-length" / "x.flac").read_bytes()
    assert read_heading(content).seconds == pytest.approx(0.4, abs=0.2)
    assert len(to_samples(content, rate=read_heading(content).rate)) == read_heading(content).frames > 0


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("frames", [1, 4000, 70_000])
def test_the_length_of_a_flac_is_not_needed(channels: int, frames: int) -> None:
    noise = np.random.default_rng(1).integers(-9000, 9000, (frames, channels)).astype(np.int16)
    known = recording_bytes(noise, kind="FLAC")
    unknown = bytearray(known)
    unknown[21] &= 0xF0
    unknown[22:26] = bytes(4)
    assert read_heading(bytes(unknown)).frames == frames
    np.testing.assert_array_equal(to_samples(bytes(unknown), rate=8000), to_samples(known, rate=8000))


def test_counting_ends_where_nothing_longer_is_accepted() -> None:
    content = bytearray(recording_bytes(np.zeros(1_000 * (MOST_SECONDS + 200), np.int16), 1_000, kind="FLAC"))
    content[21] &= 0xF0
    content[22:26] = bytes(4)
    assert MOST_SECONDS < read_heading(bytes(content)).seconds < MOST_SECONDS + 100


def test_the_dataset_and_the_length_of_its_recordings_are_those_of_finished_ones(tmp_path: Path) -> None:
    finished = tones({"low": 200, "high": 900})
    streamed = {name: with_sizes(content, 0, 0) for name, content in finished.items()}
    stored = []
    for name, files in (("finished", finished), ("streamed", streamed)):
        (tmp_path / name).mkdir()
        source = uploads.write_zip(tmp_path / name / "a.zip", files)
        accepted(source, SOUNDS)
        stored.append((array(source, "audio").tobytes(), array(source, "audio_offsets").tolist()))
    assert stored[0] == stored[1]


def test_a_header_alone_is_too_short_and_says_so(tmp_path: Path) -> None:
    files = {**tones({"low": 200, "high": 900}), "low/empty.wav": with_sizes(WHOLE[:44], 0, 0)}
    (problem,) = compile_file(uploads.write_zip(tmp_path / "a.zip", files), SOUNDS).problems
    assert (problem.code, problem.file) == ("recording_too_short", "low/empty.wav")


def test_case_files_compile(tmp_path: Path) -> None:
    flac = case("flac-unknown-length/x.flac", tmp_path).read_bytes()
    files = {**tones({"low": 200, "high": 900}), "low/x.flac": flac}
    dataset = accepted(uploads.write_zip(tmp_path / "a.zip", files), SOUNDS)
    assert dataset.class_counts == (6, 7)
