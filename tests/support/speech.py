"""Speech with known words: eSpeak NG, an open synthesizer that a package carries with its voices."""

import ctypes
import io
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import espeakng_loader
import numpy as np
import numpy.typing as npt
import soundfile

from tests.support import uploads
from tests.support.compiling import accepted
from trainyard_spec.tasks import Task

WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
RETRIEVAL = 2
UTF8 = 1
RATE_PARAMETER, PITCH_PARAMETER = 1, 3
Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


class Synthesizer:
    """Speaks on the calling thread; after ``__init__`` always the same for the same calls."""

    def __init__(self) -> None:
        self._library = ctypes.CDLL(espeakng_loader.get_library_path())
        self._library.espeak_Terminate()
        data = espeakng_loader.get_data_path().encode()
        self.rate: int = self._library.espeak_Initialize(RETRIEVAL, 0, data, 0)
        self._spoken: list[npt.NDArray[np.int16]] = []
        self._callback = Callback(self._collect)  # C keeps no reference
        self._library.espeak_SetSynthCallback(self._callback)

    def say(self, text: str, voice: str, *, words_per_minute: int = 175, pitch: int = 50) -> npt.NDArray[np.int16]:
        """int16 (samples,) at ``self.rate`` Hz. Raises ``ValueError`` for an unknown voice."""
        if self._library.espeak_SetVoiceByName(voice.encode()) != 0:
            raise ValueError(voice)
        self._library.espeak_SetParameter(RATE_PARAMETER, words_per_minute, 0)
        self._library.espeak_SetParameter(PITCH_PARAMETER, pitch, 0)
        self._spoken.clear()
        content = text.encode()
        self._library.espeak_Synth(content, len(content) + 1, 0, 0, 0, UTF8, None, None)
        return np.concatenate(self._spoken)

    def _collect(self, samples: object, count: int, _events: object) -> int:
        if samples and count:
            self._spoken.append(np.ctypeslib.as_array(samples, (count,)).copy())  # type: ignore[arg-type]
        return 0


def recording_bytes(
    samples: npt.NDArray[np.generic], rate: int = 8000, *, kind: str = "WAV", subtype: str | None = None
) -> bytes:
    """A recording of (samples,) or (samples, channels); floats are amplitudes up to 1."""
    buffer = io.BytesIO()
    soundfile.write(buffer, samples, rate, format=kind, subtype=subtype)
    return buffer.getvalue()


@cache
def tone(hertz: int = 440, *, seconds: float = 0.5, rate: int = 8000) -> bytes:
    """A WAV recording of one tone."""
    return recording_bytes(0.5 * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate), rate)


def tones(classes: Mapping[str, int], *, count: int = 6) -> dict[str, bytes]:
    """``count`` recordings per class, no two alike, as names and contents."""
    return {f"{label}/{i:03}.wav": tone(hertz + 3 * i) for label, hertz in classes.items() for i in range(count)}


def spoken_digits(count: int) -> list[tuple[str, bytes]]:
    """``WORDS`` in turn, each with its recording, at different speeds and pitches by four voices."""
    synthesizer, chance = Synthesizer(), np.random.default_rng(0)
    said = []
    for number in range(count):
        word = WORDS[number % 10]
        speed, pitch = int(chance.integers(130, 220)), int(chance.integers(30, 70))
        voice = ("en-us", "en", "en+f3", "en+m3")[number // 10 % 4]
        samples = synthesizer.say(word, voice, words_per_minute=speed, pitch=pitch)
        said.append((word, recording_bytes(samples, synthesizer.rate)))
    return said


def spoken_classes(count: int) -> dict[str, bytes]:
    """``spoken_digits`` in folders, one for each word."""
    return {f"{word}/{number:03}.wav": content for number, (word, content) in enumerate(spoken_digits(count))}


def transcribed(said: Sequence[tuple[str, bytes]]) -> dict[str, bytes]:
    """Names and contents of recordings and of the transcripts that go with them."""
    rows = [f"{number:03}.wav,{word.title()}!" for number, (word, _) in enumerate(said)]
    files = {f"{number:03}.wav": content for number, (_, content) in enumerate(said)}
    return {**files, "transcripts.csv": "\n".join(["file,text", *rows]).encode()}


def compiled_recordings(directory: Path, files: Mapping[str, bytes], task: Task) -> Path:
    """An archive of ``files``, compiled at 8 kHz."""
    directory.mkdir(parents=True, exist_ok=True)
    accepted(uploads.write_zip(directory / "recordings.zip", files), task, sample_rate=8_000)
    return directory / "compiled"
