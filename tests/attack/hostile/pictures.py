"""Pictures of huge sizes, many scans and frames, and broken parts, in archives of good ones."""

import io
import struct
import zlib
from collections.abc import Callable, Iterator
from random import Random

from PIL import Image

from tests.attack.hostile.file import HostileFile
from tests.attack.hostile.zips import MIB, good, zipped
from tests.support import costly_files, uploads
from trainyard_spec.tasks import Task

PNG = b"\x89PNG\r\n\x1a\n"
GREY, COLOUR, WITH_ALPHA = 0, 2, 6


def chunk(kind: bytes, content: bytes, *, checksum: int | None = None) -> bytes:
    told = zlib.crc32(kind + content) if checksum is None else checksum
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", told)


def header(width: int, height: int, *, bits: int = 8, colour: int = GREY, interlaced: int = 0) -> bytes:
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, interlaced))


def png(
    width: int, height: int, *, data: bytes | None = None, bits: int = 8, colour: int = GREY, more: bytes = b""
) -> bytes:
    """All black, or of the packed ``data``; ``more`` are chunks before them."""
    channels = {GREY: 1, COLOUR: 3, WITH_ALPHA: 4}[colour]
    if data is None:
        data = zlib.compress(bytes((1 + (width * bits * channels + 7) // 8) * height), 9)
    return PNG + header(width, height, bits=bits, colour=colour) + more + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def animated_png(frames: int, *, side: int = 500) -> bytes:
    packed = zlib.compress(bytes((1 + side) * side), 9)
    control = struct.pack(">IIIIHHBB", side, side, 0, 0, 1, 100, 0, 0)
    parts = [
        chunk(b"acTL", struct.pack(">II", frames, 0)),
        chunk(b"fcTL", struct.pack(">I", 0) + control),
        chunk(b"IDAT", packed),
    ]
    for frame in range(1, frames):
        parts.append(chunk(b"fcTL", struct.pack(">I", 2 * frame - 1) + control))
        parts.append(chunk(b"fdAT", struct.pack(">I", 2 * frame) + packed))
    return PNG + header(side, side) + b"".join(parts) + chunk(b"IEND", b"")


def gif(width: int, height: int, *, frames: int = 1, data: bytes = b"\x02\x02\x4c\x01\x00") -> bytes:
    """Of frames as large as the screen, whose pixels run out at once."""
    screen = b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + bytes(6)
    return screen + (b"," + struct.pack("<HHHHB", 0, 0, width, height, 0) + data) * frames + b";"


def saved(mode: str, size: tuple[int, int], kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    Image.new(mode, size).save(buffer, kind, **options)
    return buffer.getvalue()


def jpeg(size: tuple[int, int] = (8, 8)) -> bytes:
    return saved("RGB", size, "JPEG")


def declared_jpeg(width: int, height: int) -> bytes:
    content = bytearray(jpeg())
    at = content.index(b"\xff\xc0")
    content[at + 5 : at + 9] = struct.pack(">HH", height, width)
    return bytes(content)


def frames_of(kind: str, count: int, *, side: int = 400) -> bytes:
    buffer = io.BytesIO()
    pictures = [Image.new("RGB", (side, side), (n % 256, n // 256 % 256, 9)) for n in range(count)]
    pictures[0].save(buffer, kind, save_all=True, append_images=pictures[1:], duration=10)
    return buffer.getvalue()


def webp(declared: int) -> bytes:
    """Of the extended form, which says its canvas by itself."""
    canvas = (declared - 1).to_bytes(3, "little") * 2
    inside = b"WEBP" + b"VP8X" + struct.pack("<I", 10) + b"\x02\0\0\0" + canvas + saved("RGB", (8, 8), "WEBP")[12:]
    return b"RIFF" + struct.pack("<I", len(inside)) + inside


def tiff(width: int, height: int, *, next_directory: int = 0) -> bytes:
    tags = [
        (256, 4, width),
        (257, 4, height),
        (258, 3, 8),
        (259, 3, 1),
        (262, 3, 1),
        (273, 4, 8),
        (278, 4, height),
        (279, 4, 1 << 30),
    ]
    entries = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in tags)
    return b"II*\0" + struct.pack("<I", 8) + struct.pack("<H", len(tags)) + entries + struct.pack("<I", next_directory)


def bmp(width: int, height: int, *, compression: int = 0, body: bytes = b"") -> bytes:
    info = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 8, compression, len(body), 0, 0, 256, 0)
    return b"BM" + struct.pack("<IHHI", 54 + 1_024 + len(body), 0, 0, 54 + 1_024) + info + bytes(1_024) + body


SINGLE: dict[str, Callable[[], bytes]] = {
    "png of 2^31 pixels a side": lambda: png(2**31 - 1, 2**31 - 1, data=b""),
    "png of no pixels": lambda: png(0, 0, data=b""),
    "png of 41,000,000 pixels": lambda: png(41_000, 1_000),
    "png of 40,000,000 pixels": lambda: png(40_000, 1_000),
    "png of one row": lambda: png(39_000_000, 1),
    "png of one column": lambda: png(1, 39_000_000),
    "png of 16 bits and colour": lambda: png(8_000, 5_000, bits=16, colour=WITH_ALPHA),
    "png of more data than pixels": lambda: png(8, 8, data=zlib.compress(bytes(200 * MIB), 9)),
    "png of less data than pixels": lambda: png(6_000, 6_000, data=zlib.compress(bytes(9), 9)),
    "png of data that is none": lambda: png(8, 8, data=b"\0" * 99),
    "png of wrong checksums": lambda: PNG + header(8, 8) + chunk(b"IDAT", zlib.compress(bytes(72)), checksum=1),
    "png of a chunk without end": lambda: PNG + header(8, 8) + b"\x7f\xff\xff\xffIDAT",
    "png of a negative chunk": lambda: PNG + header(8, 8) + b"\xff\xff\xff\xffIDAT",
    "png of two headers": lambda: png(8, 8, more=header(6_000, 6_000)),
    "png of no header": lambda: PNG + chunk(b"IDAT", zlib.compress(bytes(72))) + chunk(b"IEND", b""),
    "png of packed text": lambda: png(8, 8, more=chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(100 * MIB), 9))),
    "png of packed texts": lambda: png(8, 8, more=chunk(b"iTXt", b"a\0\1\0\0\0" + zlib.compress(bytes(MIB), 9)) * 200),
    "png of a packed profile": lambda: png(8, 8, more=chunk(b"iCCP", b"a\0\0" + zlib.compress(bytes(100 * MIB), 9))),
    "png of 100,000 chunks": lambda: png(8, 8, more=chunk(b"tEXt", b"a\0b") * 100_000),
    "png that is animated": lambda: animated_png(5_000),
    "png that is interlaced": lambda: (
        PNG
        + header(6_000, 6_000, interlaced=1)
        + chunk(b"IDAT", zlib.compress(bytes(40_000_000), 9))
        + chunk(b"IEND", b"")
    ),
    "jpeg of 101 scans": lambda: costly_files.scanned(101),
    "jpeg of 20,000 scans": lambda: costly_files.scanned(20_000),
    "jpeg of 90 scans of a megapixel": lambda: costly_files.scanned(90, size=(1_000, 1_000)),
    "jpeg of 17 scans of 36 megapixels": lambda: costly_files.scanned(17, size=(6_000, 6_000)),
    "jpeg of 65,535 pixels a side": lambda: declared_jpeg(65_535, 65_535),
    "jpeg of 6,000 pixels a side without data": lambda: declared_jpeg(6_000, 6_000),
    "jpeg of no pixels": lambda: declared_jpeg(0, 0),
    "jpeg cut": lambda: jpeg((900, 900))[:-4_000],
    "jpeg of a segment without end": lambda: jpeg()[:2] + b"\xff\xe1\xff\xff" + jpeg()[2:],
    "jpeg of 60,000 comments": lambda: jpeg()[:2] + b"\xff\xfe\0\x04ab" * 60_000 + jpeg()[2:],
    "jpeg of fill bytes": lambda: jpeg()[:2] + b"\xff" * 8 * MIB + jpeg()[2:],
    "jpeg of directories in a circle": lambda: (
        jpeg()[:2]
        + b"\xff\xe1"
        + struct.pack(">H", 8 + 26)
        + b"Exif\0\0"
        + b"II*\0\x08\0\0\0\x01\0\x69\x87\x04\0\x01\0\0\0\x08\0\0\0\x08\0\0\0"
        + jpeg()[2:]
    ),
    "gif of 65,535 pixels a side": lambda: gif(65_535, 65_535),
    "gif of 50,000 frames": lambda: gif(500, 500, frames=50_000),
    "gif of 5,000 frames of 36 megapixels": lambda: gif(6_000, 6_000, frames=5_000),
    "gif of no pixels": lambda: gif(0, 0),
    "gif of codes that are none": lambda: gif(500, 500, data=b"\x0c\xff" + b"\xff" * 255 + b"\0"),
    "webp of 16,384 pixels a side": lambda: webp(16_384),
    "webp of 2^24 pixels a side": lambda: webp(2**24),
    "webp of 400 frames": lambda: frames_of("WEBP", 400),
    "webp cut": lambda: saved("RGB", (900, 900), "WEBP", lossless=True)[:-40],
    "webp that says it is longer": lambda: saved("RGB", (8, 8), "WEBP").replace(b"RIFF", b"RIFF\xff\xff\xff\x7f", 1),
    "tiff of 2^31 pixels a side": lambda: tiff(2**31, 2**31),
    "tiff of directories in a circle": lambda: tiff(8, 8, next_directory=8),
    "bmp of 30,000 pixels a side": lambda: bmp(30_000, 30_000),
    "bmp of a negative height": lambda: bmp(8, -(2**31)),
    "bmp of runs": lambda: bmp(6_000, 6_000, compression=1, body=b"\xff\0" * 20_000),
    "bmp of jumps": lambda: bmp(6_000, 6_000, compression=1, body=b"\0\x02\xff\xff" * 100_000),
    "svg": lambda: b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>',
    "postscript": lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9999 9999\n(/etc/passwd) run\n",
}
MANY: dict[str, tuple[int, Callable[[], bytes]]] = {
    "pngs of 39 megapixels": (150, lambda: png(39_000, 1_000, bits=1)),
    "pngs of 39 megapixels in colour": (40, lambda: png(39_000, 1_000, colour=COLOUR)),
    "pngs of 9 megapixels": (700, lambda: png(3_000, 3_000, bits=1)),
    "jpegs of 36 megapixels": (12, lambda: jpeg((6_000, 6_000))),
    "jpegs of 16 scans of 36 megapixels": (6, lambda: costly_files.scanned(16, size=(6_000, 6_000))),
    "jpegs of 90 scans of a megapixel": (60, lambda: costly_files.scanned(90, size=(1_000, 1_000))),
    "gifs of 36 megapixels": (600, lambda: gif(6_000, 6_000)),
    "webps of 36 megapixels": (30, lambda: saved("RGB", (6_000, 6_000), "WEBP", lossless=True)),
    "bmps of runs": (200, lambda: bmp(6_000, 6_000, compression=1, body=b"\xff\0" * 140_000)),
}


def damaged(random: Random) -> bytes:
    content = bytearray(
        random.choice([png(30, 30), jpeg((30, 30)), frames_of("GIF", 3, side=9), webp(64), bmp(9, 9, body=bytes(108))])
    )
    for _ in range(random.randrange(1, 9)):
        content[random.randrange(len(content))] = random.randrange(256)
    return bytes(content)


def among(content: bytes, *, times: int = 1) -> bytes:
    return zipped({**good(), **{f"cat/x{n:04}.png": content for n in range(times)}}, stored=times == 1)


def hostile() -> Iterator[HostileFile]:
    def file(kind: str, name: str, make: Callable[[Random], bytes]) -> HostileFile:
        return HostileFile(f"picture {kind}", name, make, Task.IMAGE_CLASSIFICATION, "upload.zip")

    for name, make in SINGLE.items():
        yield file("alone", name, lambda _, make=make: among(make()))
    for name, (times, make) in MANY.items():
        yield file("many", f"{times} {name}", lambda _, make=make, times=times: among(make(), times=times))
    for number in range(12):
        yield file("damage", f"bytes changed {number}", lambda random: among(damaged(random)))
    yield file("alone", "a table for a picture", lambda _: among(uploads.image_bytes()[:20] + b"a,b\n1,2\n" * 99))
