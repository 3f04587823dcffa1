"""The one rule that turns a recording into numbers, for compiling datasets and for predictions alike.

This module must stay importable without torch.
"""

import io
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import soundfile

from trainyard_engine.resampling import resample, resampled_length
from trainyard_spec.audio import FULL_SCALE

KINDS = "WAV, FLAC or OGG"
FORMATS = frozenset({"WAV", "WAVEX", "FLAC", "OGG"})
"""What libsndfile calls them; it reads many more, which nobody sends and everybody could attack."""
MAGIC = (b"RIFF", b"RIFX", b"fLaC", b"OggS")
SLOWEST_RATE = 1_000
FASTEST_RATE = 192_000
MOST_CHANNELS = 8
SUPPORTED = f"at most {MOST_CHANNELS} channels at {SLOWEST_RATE:,} to {FASTEST_RATE:,} Hz"
BLOCK_FRAMES = 1 << 16
UNKNOWN_SIZE = 0x7FFF_0000

Samples = npt.NDArray[np.int16]


class UnreadableRecording(Exception):
    """The content is no recording of these kinds, or a damaged one; the text says why."""


@dataclass(frozen=True, slots=True)
class Heading:
    """What a recording says about itself: samples per second, samples of each channel, channels."""

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


def read_heading(content: bytes) -> Heading:
    """Raises ``UnreadableRecording`` unless ``content`` is a recording."""
    with _opened(content) as file:
        return Heading(rate=file.samplerate, frames=file.frames, channels=file.channels)


def to_samples(content: bytes, *, rate: int) -> Samples:
    """The recording as int16 (samples,), its channels averaged, at ``rate`` samples per second.

    Amplitudes beyond full scale are clipped. Raises ``UnreadableRecording``, also where it holds less than it says.
    """
    with _opened(content) as file:
        try:
            blocks = [block.mean(axis=1) for block in file.blocks(BLOCK_FRAMES, dtype="float32", always_2d=True)]
        except (soundfile.LibsndfileError, RuntimeError) as error:
            raise UnreadableRecording(_reason(error)) from error
        heard = np.concatenate([np.zeros(0, dtype=np.float32), *blocks])
        if len(heard) != file.frames:
            raise UnreadableRecording(f"it ends after {len(heard):,} of {file.frames:,} samples")
        if not np.isfinite(heard).all():
            raise UnreadableRecording("it holds samples that are not finite numbers")
        scaled = resample(heard, source=file.samplerate, target=rate) * FULL_SCALE
    return np.rint(scaled).clip(-FULL_SCALE, FULL_SCALE - 1).astype(np.int16)


def _opened(content: bytes) -> soundfile.SoundFile:
    if not content.startswith(MAGIC):
        raise UnreadableRecording("its content is none of these")
    _check_whole(content)
    try:
        file = soundfile.SoundFile(io.BytesIO(content))
    except (soundfile.LibsndfileError, RuntimeError) as error:
        raise UnreadableRecording(_reason(error)) from error
    if file.format not in FORMATS:
        file.close()
        raise UnreadableRecording("its content is none of these")
    return file


def _check_whole(content: bytes) -> None:
    """libsndfile takes a WAV that is cut off for a shorter one."""
    claimed = int.from_bytes(content[4:8], "little") + 8
    # Who writes into a pipe cannot know the length, and states the largest; some forget to count a byte of padding.
    if content.startswith(b"RIFF") and len(content) + 1 < claimed < UNKNOWN_SIZE:
        raise UnreadableRecording(f"it is cut off after {len(content):,} of {claimed:,} bytes")


def _reason(error: Exception) -> str:
    return str(getattr(error, "error_string", error)).strip(" .")
