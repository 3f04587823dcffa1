"""Small files that ask for much: of a decoder, or of whoever reads an archive's directory."""

import gzip
import io
import struct
import tarfile
from pathlib import Path

import numpy as np
import soundfile
from PIL import Image

END_OF_IMAGE = b"\xff\xd9"
START_OF_SCAN = b"\xff\xda"
FLAC_SAMPLES = slice(18, 26)
"""Where a FLAC file says its rate, its channels, their bits and, in the last 36 bits, how many samples it has."""


def scanned(scans: int, *, size: tuple[int, int] = (64, 64)) -> bytes:
    """A progressive JPEG that repeats its last scan until it has as many ``scans``."""
    buffer = io.BytesIO()
    Image.new("RGB", size, (10, 200, 30)).save(buffer, "JPEG", progressive=True)
    content = buffer.getvalue().removesuffix(END_OF_IMAGE)
    last = content[content.rindex(START_OF_SCAN) :]
    return content + last * (scans - content.count(START_OF_SCAN)) + END_OF_IMAGE


def silence(seconds: float, *, says_samples: int | None = None, rate: int = 16_000) -> bytes:
    """FLAC of nothing to hear; ``says_samples`` is what its heading claims, 0 that it does not know."""
    buffer = io.BytesIO()
    soundfile.write(buffer, np.zeros(int(rate * seconds), dtype=np.int16), rate, format="FLAC", subtype="PCM_16")
    content = bytearray(buffer.getvalue())
    if says_samples is not None:
        (stated,) = struct.unpack(">Q", content[FLAC_SAMPLES])
        content[FLAC_SAMPLES] = struct.pack(">Q", stated >> 36 << 36 | says_samples)
    return bytes(content)


def write_endless_headers(path: Path, *, headers: int) -> Path:
    """A .tar.gz whose first entry is described by so many extended headers, one after the other."""
    entry = tarfile.TarInfo("cat/000.png")
    entry.pax_headers = {"comment": "x" * 100}
    extended = entry.tobuf(tarfile.PAX_FORMAT)[:1024]
    with gzip.open(path, "wb") as file:
        file.write(extended * headers + entry.tobuf() + bytes(1024))
    return path
