"""Recordings that lie about their length, rate and channels, or are little to store and long to hear."""

import io
import struct
from collections.abc import Callable, Iterator
from random import Random

import numpy as np
import soundfile

from tests.attack.hostile.file import HostileFile
from tests.attack.hostile.zips import MIB, zipped
from tests.support import costly_files
from tests.support.speech import tone
from trainyard_spec.tasks import Task


def wav(
    *,
    rate: int = 16_000,
    channels: int = 1,
    bits: int = 16,
    form: int = 1,
    says: int | None = None,
    align: int | None = None,
    body: bytes = bytes(32_000),
) -> bytes:
    """``says`` is what it claims to hold, in bytes."""
    block = min(channels * bits // 8, 65_535) if align is None else align
    layout = struct.pack("<HHIIHH", form, channels, rate, (rate * block) % 2**32, block, bits)
    data = b"data" + struct.pack("<I", len(body) if says is None else says) + body
    inside = b"WAVE" + b"fmt " + struct.pack("<I", 16) + layout + data
    return b"RIFF" + struct.pack("<I", len(inside) if says is None else says) + inside


def flac(*, at: int, value: bytes) -> bytes:
    content = bytearray(costly_files.silence(1))
    content[at : at + len(value)] = value
    return bytes(content)


def flac_of(rate: int, channels: int, seconds: float) -> bytes:
    buffer = io.BytesIO()
    soundfile.write(buffer, np.zeros((int(rate * seconds), channels), dtype=np.int16), rate, format="FLAC")
    return buffer.getvalue()


def ogg() -> bytes:
    buffer = io.BytesIO()
    soundfile.write(buffer, np.zeros(16_000), 16_000, format="OGG", subtype="VORBIS")
    return buffer.getvalue()


def mp3(frames: int = 40) -> bytes:
    """Frames of 32 kbit/s at 44.1 kHz, with nothing in them."""
    return (b"\xff\xfb\x10\xc0" + bytes(100)) * frames


SINGLE: dict[str, Callable[[], bytes]] = {
    "wav of 2^32 bytes": lambda: wav(says=2**32 - 1),
    "wav of 2^31 bytes": lambda: wav(says=2**31),
    "wav of no bytes": lambda: wav(says=0),
    "wav of rate 0": lambda: wav(rate=0),
    "wav of rate 1": lambda: wav(rate=1),
    "wav of rate 2^32": lambda: wav(rate=2**32 - 1),
    "wav of rate 1,000 and hours": lambda: wav(rate=1_000, body=bytes(16 * MIB)),
    "wav of no channels": lambda: wav(channels=0, align=2),
    "wav of 65,535 channels": lambda: wav(channels=65_535),
    "wav of 8 channels at 192,000": lambda: wav(channels=8, rate=192_000, body=bytes(30 * MIB)),
    "wav of 0 bits": lambda: wav(bits=0, align=2),
    "wav of 255 bits": lambda: wav(bits=255),
    "wav of blocks of nothing": lambda: wav(align=0),
    "wav of blocks of 65,535": lambda: wav(align=65_535),
    "wav of no known form": lambda: wav(form=0x7777),
    "wav of numbers that are none": lambda: wav(form=3, bits=32, body=struct.pack("<f", float("nan")) * 8_000),
    "wav of infinite numbers": lambda: wav(form=3, bits=64, body=struct.pack("<d", float("inf")) * 8_000),
    "wav of ADPCM that is none": lambda: wav(form=0x11, bits=4, align=1, body=b"\xff" * 9_000),
    "wav of 100,000 chunks": lambda: wav()[:12] + b"junk\0\0\0\0" * 100_000 + wav()[12:],
    "wav of a chunk without end": lambda: wav()[:12] + b"junk\xff\xff\xff\xff" + wav()[12:],
    "wav cut": lambda: wav()[:40],
    "flac of 2^36 samples": lambda: costly_files.silence(1, says_samples=2**36 - 1),
    "flac of unknown length": lambda: costly_files.silence(900, says_samples=0),
    "flac of rate 0": lambda: flac(at=18, value=b"\0\0\x0f"),
    "flac of rate 655,350": lambda: flac(at=18, value=b"\x9f\xff\x6f"),
    "flac of blocks of 65,535": lambda: flac(at=8, value=b"\xff\xff\xff\xff"),
    "flac of metadata without end": lambda: flac(at=4, value=b"\0\xff\xff\xff"),
    "flac of hours": lambda: costly_files.silence(3 * 3_600, says_samples=16_000),
    "flac cut": lambda: costly_files.silence(20)[:-300],
    "ogg of another length": lambda: ogg().replace(b"\x80\x3e\0\0", b"\xff\xff\xff\x7f"),
    "ogg of rate 1": lambda: ogg().replace(b"\x80\x3e\0\0", b"\x01\0\0\0", 1),
    "ogg of pages without end": lambda: ogg()[:200] * 900,
    "mp3 of nothing": lambda: mp3(),
    "mp3 of hours": lambda: mp3(150_000),
    "mp3 of tags without end": lambda: b"ID3\x04\0\0\x7f\x7f\x7f\x7f" + mp3(),
    "mp3 of tags alone": lambda: (b"ID3\x04\0\0\0\0\0\0") * 50_000,
    "midi": lambda: b"MThd\0\0\0\6\0\0\0\1\0\x60MTrk\xff\xff\xff\xff",
}
MANY: dict[str, tuple[int, Callable[[], bytes]]] = {
    "flacs of a minute": (1_500, lambda: costly_files.silence(59)),
    "flacs of 8 channels at 192 kHz": (60, lambda: flac_of(192_000, 8, 59)),
    "flacs of 2 channels at 96 kHz": (150, lambda: flac_of(96_000, 2, 59)),
    "flacs at 1 kHz": (800, lambda: flac_of(1_000, 1, 59)),
    "wavs of zeros": (120, lambda: wav(body=bytes(2 * 16_000 * 59))),
    "wavs of zeros at 192 kHz": (25, lambda: wav(rate=192_000, channels=2, body=bytes(4 * 192_000 * 50))),
    "mp3s of a minute": (300, lambda: mp3(2_200)),
}


def damaged(random: Random) -> bytes:
    content = bytearray(random.choice([wav(body=bytes(900)), costly_files.silence(1), ogg(), mp3()]))
    for _ in range(random.randrange(1, 9)):
        content[random.randrange(min(len(content), 400))] = random.randrange(256)
    return bytes(content)


def among(content: bytes, *, times: int = 1) -> bytes:
    files = {f"{label}/{n}.wav": tone(300 + n) for label in ("high", "low") for n in range(6)}
    return zipped({**files, **{f"low/x{n:04}.wav": content for n in range(times)}})


def hostile() -> Iterator[HostileFile]:
    def file(kind: str, name: str, make: Callable[[Random], bytes]) -> HostileFile:
        return HostileFile(f"recording {kind}", name, make, Task.AUDIO_CLASSIFICATION, "upload.zip")

    for name, make in SINGLE.items():
        yield file("alone", name, lambda _, make=make: among(make()))
    for name, (times, make) in MANY.items():
        yield file("many", f"{times} {name}", lambda _, make=make, times=times: among(make(), times=times))
    for number in range(10):
        yield file("damage", f"bytes changed {number}", lambda random: among(damaged(random)))
