"""The one rule that turns a recording into numbers, for compiling datasets and for predictions alike.

This module must stay importable without torch.
"""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import soundfile

from trainyard_engine.core.memory_budget import Room, unlimited
from trainyard_engine.modalities.audio.resampling import resample, resampled_length
from trainyard_engine.modalities.audio.wave_files import MAGIC as WAV_MAGIC
from trainyard_engine.modalities.audio.wave_files import W64_MAGIC, CutOff, completed
from trainyard_spec.audio import FULL_SCALE

KINDS = "WAV, FLAC, OGG or MP3"
FORMATS = frozenset({"WAV", "WAVEX", "FLAC", "OGG", "MP3"})
"""What libsndfile calls them; it reads many more, which nobody sends and everybody could attack."""
MP3_MAGIC = (b"ID3", *(b"\xff" + bytes([layer]) for layer in b"\xe2\xe3\xf2\xf3\xfa\xfb"))
"""What ID3 says of it, or a frame of layer III."""
MAGIC = (*WAV_MAGIC, W64_MAGIC, b"fLaC", b"OggS", *MP3_MAGIC)
FOREIGN = {
    "AAC": re.compile(rb"\xff[\xf0\xf1\xf8\xf9]"),
    "MPEG audio of layer I or II": re.compile(rb"\xff[\xe4-\xff]"),
    "MPEG-4 audio": re.compile(rb".{4}ftyp", re.DOTALL),
    "WebM": re.compile(rb"\x1a\x45\xdf\xa3"),
    "AIFF": re.compile(rb"FORM.{4}AIF", re.DOTALL),
    "WMA": re.compile(rb"\x30\x26\xb2\x75"),
    "AMR": re.compile(rb"#!AMR"),
    "AU": re.compile(rb"\.snd"),
}
"""How recordings of other kinds begin."""
SLOWEST_RATE = 1_000
FASTEST_RATE = 192_000
MOST_CHANNELS = 8
SUPPORTED = f"at most {MOST_CHANNELS} channels at {SLOWEST_RATE:,} to {FASTEST_RATE:,} Hz"
BLOCK_FRAMES = 1 << 16
MOST_SECONDS = 600
"""Of any recording that is accepted."""
MOST_FRAMES = 1 << 25
"""Likewise; ten minutes at 55 kHz."""
LOUDEST = 1e30
"""An amplitude that only damage has, where full scale is 1: sums of such ones are not finite."""
DECODING_BYTES_PER_FRAME = 16
"""A sample as float32, and padded as float64 for another rate, with room for the result."""
UNKNOWN_FRAMES = 1 << 40
"""What a file that does not say how long it is claims at least."""

Samples = npt.NDArray[np.int16]
Block = npt.NDArray[np.float32]


class UnreadableRecording(Exception):
    """The content is no recording of these kinds, or a damaged one; the text says why."""


@dataclass(frozen=True, slots=True)
class Heading:
    """What a recording says about itself: samples per second, samples of each channel, channels.

    Where it does not say how many samples, they are counted, up to a little more than are accepted.
    """

    rate: int
    frames: int
    channels: int

    @property
    def seconds(self) -> float:
        return self.frames / self.rate

    @property
    def is_supported(self) -> bool:
        return SLOWEST_RATE <= self.rate <= FASTEST_RATE and self.channels <= MOST_CHANNELS

    def samples_at(self, rate: int) -> int:
        """How many numbers it becomes at ``rate``."""
        return resampled_length(self.frames, source=self.rate, target=rate)


def read_heading(content: bytes, *, most_seconds: int = MOST_SECONDS) -> Heading:
    """Raises ``UnreadableRecording`` unless ``content`` is a recording."""
    with _opened(content) as file:
        return Heading(rate=file.samplerate, frames=_frames(file, most_seconds), channels=file.channels)


def to_samples(content: bytes, *, rate: int, room: Room = unlimited) -> Samples:
    """The recording as int16 (samples,), its channels averaged, at ``rate`` samples per second.

    Amplitudes beyond full scale are clipped. ``room`` is asked for the bytes that decoding takes. Raises
    ``UnreadableRecording``, also where it holds less than it says, or more.
    """
    frames = read_heading(content).frames
    if frames > MOST_FRAMES:
        raise UnreadableRecording(f"it has more than {MOST_FRAMES:,} samples")
    with _opened(content) as file, room(frames * DECODING_BYTES_PER_FRAME):
        scaled = resample(_heard(file, frames), source=file.samplerate, target=rate)
        scaled *= FULL_SCALE
        return np.rint(scaled, out=scaled).clip(-FULL_SCALE, FULL_SCALE - 1, out=scaled).astype(np.int16)


class _Sequential(soundfile.SoundFile):  # type: ignore[misc]  # it has no types
    """Reads from the start to the end, without the seek after each block that fails where the length is unknown."""

    def seekable(self) -> bool:
        return False


def _opened(content: bytes) -> _Sequential:
    if not content.startswith(MAGIC):
        known = next((kind for kind, beginning in FOREIGN.items() if beginning.match(content)), None)
        raise UnreadableRecording(f"it is {known}: convert it" if known else "its content is none of these")
    try:
        # libsndfile takes a WAV that is cut off for a shorter one, and one without its sizes for an empty one.
        file = _Sequential(io.BytesIO(completed(content)))
    except CutOff as error:
        raise UnreadableRecording(str(error)) from error
    except (soundfile.LibsndfileError, RuntimeError) as error:
        why = "it is no whole MP3" if content.startswith(MP3_MAGIC) else _reason(error)
        raise UnreadableRecording(why) from error
    if file.format not in FORMATS:
        file.close()
        raise UnreadableRecording("its content is none of these")
    return file


def _frames(file: _Sequential, most_seconds: int) -> int:
    if file.frames < UNKNOWN_FRAMES:
        return int(file.frames)
    counted = 0
    for block in _blocks(file):
        counted += len(block)
        if counted > min(most_seconds * file.samplerate, MOST_FRAMES):
            break
    return counted


def _blocks(file: _Sequential) -> Iterator[Block]:
    """float32 (samples, channels), up to the end. Raises ``UnreadableRecording``."""
    try:
        while len(block := file.read(BLOCK_FRAMES, dtype="float32", always_2d=True)):
            yield block
    except (soundfile.LibsndfileError, RuntimeError) as error:
        raise UnreadableRecording(_reason(error)) from error


def _heard(file: _Sequential, frames: int) -> Block:
    """float32 (frames,), the mean of the channels. Raises ``UnreadableRecording``, also for fewer samples or more:
    a few bytes of FLAC can be hours of silence."""
    heard = np.empty(frames, dtype=np.float32)
    filled = 0
    for block in _blocks(file):
        if filled + len(block) > frames:
            raise UnreadableRecording(f"it goes on after the {frames:,} samples that it says it has")
        heard[filled : filled + len(block)] = _mixed(block)
        filled += len(block)
    if filled < frames:
        raise UnreadableRecording(f"it ends after {filled:,} of {frames:,} samples")
    return heard


def _mixed(block: Block) -> Block:
    # Bytes that are no numbers give some that are none either.
    with np.errstate(invalid="ignore", over="ignore"):
        mixed: Block = block.mean(axis=1)
    if not (np.abs(mixed) < LOUDEST).all():
        raise UnreadableRecording("it holds samples that are not finite, or no sound")
    return mixed


def _reason(error: Exception) -> str:
    return str(getattr(error, "error_string", error)).strip(" .")
