"""Short sounds of a synthesizer in noise: rising, falling and steady tones, and beeps."""

import io
import wave
from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt

from trainyard.datasets.samples.archives import numbered, zip_of

RATE = 8_000
PER_KIND = 60
SECONDS = (0.4, 0.7)
FULL_SCALE = 32_767

Samples = npt.NDArray[np.float64]


def _sweep(low: float, high: float) -> Callable[[Samples, np.random.Generator], Samples]:
    """A tone whose frequency goes in a line from ``low`` to ``high`` times where it begins."""

    def play(time: Samples, draw: np.random.Generator) -> Samples:
        begin = draw.uniform(350, 700)
        ratio = draw.uniform(low, high)
        frequency = begin * (1 + (ratio - 1) * time / time[-1])
        return np.sin(2 * np.pi * np.cumsum(frequency) / RATE)

    return play


def _beeps(time: Samples, draw: np.random.Generator) -> Samples:
    tone = np.sin(2 * np.pi * draw.uniform(450, 1_000) * time)
    return tone * (np.sin(2 * np.pi * draw.uniform(7, 12) * time) > 0)


KINDS: dict[str, Callable[[Samples, np.random.Generator], Samples]] = {
    "beeps": _beeps,
    "falling": _sweep(0.35, 0.6),
    "rising": _sweep(1.7, 2.6),
    "steady": _sweep(0.98, 1.02),
}


def sounds() -> bytes:
    """A zip with a folder of WAV files for each kind of sound."""
    draw = np.random.default_rng(5)
    return zip_of(entry for kind in KINDS for entry in numbered(kind, "wav", _played(kind, draw)))


def _played(kind: str, draw: np.random.Generator) -> Iterator[bytes]:
    for _ in range(PER_KIND):
        time = np.arange(int(draw.uniform(*SECONDS) * RATE)) / RATE
        sound = KINDS[kind](time, draw) * draw.uniform(0.3, 0.8) + draw.normal(0, draw.uniform(0.01, 0.12), len(time))
        yield _wav((np.clip(sound, -1, 1) * FULL_SCALE).astype("<i2"))


def _wav(samples: npt.NDArray[np.int16]) -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.tobytes())
    return buffer.getvalue()
