"""Tar archives of links and devices, of sizes that are none, and in packings that unpack to too much."""

import bz2
import gzip
import io
import lzma
import tarfile
from collections.abc import Callable, Iterator
from random import Random

from tests.attack.hostile.file import HostileFile, fixed
from tests.attack.hostile.zips import MIB, NAMES, good
from tests.support import uploads
from trainyard_spec.tasks import Task

KINDS = {
    "symbolic link": tarfile.SYMTYPE,
    "hard link": tarfile.LNKTYPE,
    "character device": tarfile.CHRTYPE,
    "block device": tarfile.BLKTYPE,
    "pipe": tarfile.FIFOTYPE,
    "sparse file": tarfile.GNUTYPE_SPARSE,
    "contiguous file": tarfile.CONTTYPE,
    "unknown kind": b"Z",
}
SIZES = {
    "negative": b"\xff" * 12,
    "of a terabyte": b"\x80" + (1 << 40).to_bytes(11, "big"),
    "of 2^87": b"\x80\x7f" + b"\xff" * 10,
    "of no number": b"\xe9\xe9\xe9\xe9\xe9\xe9\xe9\xe9\xe9\xe9\xe9\xe9",
    "of all bits": b"77777777777\0",
}


def tarred(entries: list[tuple[tarfile.TarInfo, bytes]]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for info, content in entries:
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def entries() -> list[tuple[tarfile.TarInfo, bytes]]:
    return [(tarfile.TarInfo(name), content) for name, content in good().items()]


def with_name(name: str) -> bytes:
    return tarred([*entries(), (tarfile.TarInfo(name), uploads.image_bytes())])


def with_kind(kind: bytes) -> bytes:
    info = tarfile.TarInfo("cat/odd.png")
    info.type, info.linkname = kind, "/etc/passwd"
    return tarred([*entries(), (info, b"")])


def with_size(size: bytes) -> bytes:
    """The first entry's size as it says, under a checksum that is right."""
    content = bytearray(tarred(entries()))
    content[124:136] = size
    content[148:156] = b" " * 8
    content[148:156] = b"%06o\0 " % sum(content[:512])
    return bytes(content)


def described(headers: dict[str, str]) -> bytes:
    info = tarfile.TarInfo("cat/odd.png")
    info.pax_headers = headers
    return info.tobuf(tarfile.PAX_FORMAT) + tarred(entries())


def zeros(size: int) -> bytes:
    return tarred([*entries(), (tarfile.TarInfo("cat/zeros.png"), bytes(size))])


def cut(random: Random) -> bytes:
    content = gzip.compress(tarred(entries()), mtime=0)
    return content[: random.randrange(10, len(content))]


def flipped(random: Random) -> bytes:
    content = bytearray(tarred(entries()))
    for _ in range(random.randrange(1, 12)):
        content[random.randrange(len(content))] = random.randrange(256)
    return bytes(content)


BOMBS: dict[str, Callable[[], bytes]] = {
    "gzip of zeros": lambda: gzip.compress(zeros(60 * MIB)),
    "bzip2 of zeros": lambda: bz2.compress(zeros(60 * MIB)),
    "xz of zeros": lambda: lzma.compress(zeros(60 * MIB), preset=0),
    "gzip of gzip": lambda: gzip.compress(gzip.compress(zeros(60 * MIB))),
    "many empty gzip members": lambda: gzip.compress(b"") * 50_000 + gzip.compress(zeros(0)),
    "xz with the largest dictionary": lambda: lzma.compress(
        zeros(0), filters=[{"id": lzma.FILTER_LZMA2, "preset": 0, "dict_size": 64 * MIB}]
    ).replace(b"\x21\x01\x1a", b"\x21\x01\x28"),
    "extended headers": lambda: gzip.compress(described({"comment": "x" * 100})[:1024] * 40_000),
    "extended header of megabytes": lambda: gzip.compress(described({"comment": "x" * 30 * MIB})),
    "extended size": lambda: described({"size": str(1 << 62)}),
    "extended size of 5,000 digits": lambda: described({"size": "9" * 5_000}),
    "extended path outside": lambda: described({"path": "../../up.png"}),
    "extended path with NUL": lambda: described({"path": "cat/\0.png"}),
    "extended time that is none": lambda: described({"mtime": "nan"}),
    "sparse map without end": lambda: described(
        {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.name": "a"}
    ),
    "empty files": lambda: gzip.compress(tarred([(tarfile.TarInfo(f"cat/{n}.png"), b"") for n in range(20_000)])),
    "name of a terabyte": lambda: _long_name(1 << 40),
    "name of megabytes": lambda: _long_name(200 * MIB),
}


def _long_name(claimed: int) -> bytes:
    info = tarfile.TarInfo("././@LongLink")
    info.type, info.size = tarfile.GNUTYPE_LONGNAME, claimed
    return info.tobuf(tarfile.GNU_FORMAT) + tarred(entries())


def hostile() -> Iterator[HostileFile]:
    def file(kind: str, name: str, make: Callable[[Random], bytes]) -> HostileFile:
        return HostileFile(f"tar {kind}", name, make, Task.IMAGE_CLASSIFICATION, "upload.tar.gz")

    for name, path in NAMES.items():
        yield file("name", name, fixed(with_name(path)))
    for name, kind in KINDS.items():
        yield file("entry", name, fixed(with_kind(kind)))
    for name, size in SIZES.items():
        yield file("size", name, fixed(with_size(size)))
    for name, make in BOMBS.items():
        yield file("bomb", name, lambda _, make=make: make())
    for number in range(5):
        yield file("damage", f"cut {number}", cut)
        yield file("damage", f"bytes changed {number}", flipped)
