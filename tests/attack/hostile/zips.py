"""Zip archives that unpack to too much, name what is not theirs, or lie about what they hold."""

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from random import Random

from tests.attack.hostile.file import HostileFile, fixed
from tests.support import uploads
from trainyard_spec.tasks import Task

MIB = 1 << 20
LOCAL, CENTRAL, END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
NAMES = {
    "up": "../up.png",
    "up from within": "cat/../../up.png",
    "absolute": "/etc/cron.d/up.png",
    "drive": "C:/up.png",
    "drive, relative": "c:up.png",
    "root of a drive": "\\up.png",
    "up by backslashes": "..\\up.png",
    "share": "\\\\host\\share\\up.png",
    "dots": "..",
    "device": "cat/CON.png",
    "stream": "cat/a.png:hidden",
    "line": "cat/a\nb.png",
    "escape": "cat/\x1b[2J.png",
    "delete": "cat/\x7f.png",
    "right to left": "cat/\u202egnp.exe",
    "long": "cat/" + "n" * 9_000 + ".png",
    "deep": "/".join("d" * 1_500) + "/a.png",
    "empty folder": "cat//a.png",
    "spaces": " / .png",
    "home": "~/.ssh/authorized_keys",
}


def zipped(files: Mapping[str, bytes], *, stored: bool = False) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def good() -> dict[str, bytes]:
    return uploads.class_folders()


def with_name(name: str) -> bytes:
    return zipped({**good(), name: uploads.image_bytes()})


def nested(depth: int) -> bytes:
    content = zipped({"zeros.png": bytes(8 * MIB)})
    for _ in range(depth):
        content = zipped({f"{n}.zip": content for n in range(10)})
    return zipped({**good(), "cat/more.zip": content})


def overlapping(entries: int, *, size: int = 4 * MIB) -> bytes:
    """Every entry of the directory is the same packed bytes, after Fifield, "A better zip bomb" (WOOT 2019)."""
    name, content = b"cat/a.png", bytes(size)
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = deflate.compress(content) + deflate.flush()
    sizes = struct.pack("<III", zlib.crc32(content), len(packed), size)
    local = LOCAL + struct.pack("<HHHHH", 20, 0, 8, 0, 33) + sizes + struct.pack("<HH", len(name), 0) + name + packed
    directory = b"".join(
        CENTRAL
        + struct.pack("<HHHHHH", 20, 20, 0, 8, 0, 33)
        + sizes
        + struct.pack("<HHHHHII", len(told := b"cat/%07d.png" % n), 0, 0, 0, 0, 0, 0)
        + told
        for n in range(entries)
    )
    count = min(entries, 0xFFFF)
    return local + directory + END + struct.pack("<HHHHIIH", 0, 0, count, count, len(directory), len(local), 0)


def changed(
    mark: bytes, place: int, value: bytes, *, which: int = 0, files: Mapping[str, bytes] | None = None
) -> Callable[[Random], bytes]:
    """A good archive in which ``value`` stands ``place`` bytes behind the ``which``-th ``mark``."""

    def make(_: Random) -> bytes:
        content = bytearray(zipped(files or good(), stored=True))
        at = -1
        for _ in range(which + 1):
            at = content.index(mark, at + 1)
        content[at + place : at + place + len(value)] = value
        return bytes(content)

    return make


def cut(random: Random) -> bytes:
    content = zipped(good())
    return content[: random.randrange(1, len(content))]


def flipped(random: Random) -> bytes:
    content = bytearray(zipped(good()))
    for _ in range(random.randrange(1, 12)):
        content[random.randrange(len(content))] = random.randrange(256)
    return bytes(content)


LIES: dict[str, Callable[[Random], bytes]] = {
    "directory says too many entries": changed(END, 8, b"\xff\xfe\xff\xfe"),
    "directory says no entries": changed(END, 8, b"\0\0\0\0"),
    "directory is said to be elsewhere": changed(END, 16, b"\xff\xff\xff\x7f"),
    "directory is said to be at zero": changed(END, 16, b"\0\0\0\0"),
    "directory is said to be huge": changed(END, 12, b"\xff\xff\xff\x7f"),
    "comment without end": changed(END, 20, b"\xff\xff"),
    "zip64 that is not there": changed(END, 8, b"\xff" * 12),
    "entry is said to be huge": changed(CENTRAL, 24, b"\xff\xff\xff\x7f"),
    "entry is said to be small": changed(CENTRAL, 24, b"\x01\0\0\0"),
    "entry is said to be packed to nothing": changed(CENTRAL, 20, b"\0\0\0\0"),
    "entry is said to be packed to gigabytes": changed(CENTRAL, 20, b"\xff\xff\xff\x7f"),
    "entry is said to be elsewhere": changed(CENTRAL, 42, b"\xff\xff\xff\x7f"),
    "entry is said to be the directory": changed(CENTRAL, 42, b"\0\x10\0\0"),
    "checksum is wrong": changed(CENTRAL, 16, b"\0\0\0\0"),
    "name is longer than the archive": changed(CENTRAL, 28, b"\xff\xff"),
    "extra field without end": changed(CENTRAL, 30, b"\xff\xff"),
    "local name is another's": changed(LOCAL, 30, b"dog/999.png"),
    "local name begins with NUL": changed(LOCAL, 30, b"\0at/000.png"),
    "directory's name begins with NUL": changed(CENTRAL, 46, b"\0at/000.png"),
    "directory's name is no UTF-8": changed(CENTRAL, 46, b"\xff\xfe/\xc3\x28.png"),
    "encrypted": changed(CENTRAL, 8, b"\x01\0"),
    "strongly encrypted": changed(CENTRAL, 8, b"\x41\0"),
    "method bzip2": changed(CENTRAL, 10, b"\x0c\0"),
    "method lzma": changed(CENTRAL, 10, b"\x0e\0"),
    "method unknown": changed(CENTRAL, 10, b"\x63\0"),
    "method deflate of what is stored": changed(CENTRAL, 10, b"\x08\0"),
    "symbolic link": changed(CENTRAL, 38, struct.pack("<I", 0o120777 << 16)),
    "device": changed(CENTRAL, 38, struct.pack("<I", 0o020666 << 16)),
    "pipe": changed(CENTRAL, 38, struct.pack("<I", 0o010666 << 16)),
    "second disk": changed(END, 4, b"\x01\0\x01\0"),
}
BOMBS: dict[str, Callable[[Random], bytes]] = {
    "of many files": lambda _: zipped({f"cat/{n}.png": bytes(MIB) for n in range(200)}),
    "of one file": lambda _: zipped({**good(), "cat/a.png": bytes(63 * MIB)}),
    "of one file over the limit": lambda _: zipped({**good(), "cat/a.png": bytes(80 * MIB)}),
    "overlapping": lambda _: overlapping(4_000),
    "overlapping a million times": lambda _: overlapping(1_000_000, size=64),
    "in an archive": lambda _: nested(1),
    "in archives in archives": lambda _: nested(4),
    "of empty files": lambda _: zipped({f"cat/{n}.png": b"" for n in range(30_000)}),
    "of folders": lambda _: zipped({f"{n}/": b"" for n in range(30_000)}),
    "of text": lambda _: zipped({f"cat/{n}.txt": b"a " * (MIB // 2) for n in range(60)}),
    "that says it is small": lambda _: zipped({**good(), "a.png": bytes(32 * MIB)}).replace(
        (32 * MIB).to_bytes(4, "little"), (100).to_bytes(4, "little")
    ),
    "behind a megabyte of something else": lambda _: bytes(MIB) + zipped(good()),
    "followed by another": lambda _: zipped(good()) + zipped({"../up.png": b"x"}),
    "names that differ in case": lambda _: zipped({**good(), "CAT/000.PNG": uploads.image_bytes()}),
    "a file that is a folder": lambda _: zipped({**good(), "cat/000.png/a.png": uploads.image_bytes()}),
}


def twice(_: Random) -> bytes:
    return zipped(good()).replace(b"cat/001.png", b"cat/000.png")


def hostile() -> Iterator[HostileFile]:
    def file(
        kind: str, name: str, make: Callable[[Random], bytes], task: Task = Task.IMAGE_CLASSIFICATION
    ) -> HostileFile:
        return HostileFile(f"zip {kind}", name, make, task, "upload.zip")

    for name, path in NAMES.items():
        yield file("name", name, fixed(with_name(path)))
    for name, make in LIES.items():
        yield file("lie", name, make)
    for name, make in BOMBS.items():
        yield file("bomb", name, make, Task.TEXT_CLASSIFICATION if "text" in name else Task.IMAGE_CLASSIFICATION)
    yield file("lie", "two files of one name", twice)
    for number in range(8):
        yield file("damage", f"cut {number}", cut)
        yield file("damage", f"bytes changed {number}", flipped)
