"""Archives of pictures, recordings, texts and transcripts, by every tool and for every whim."""

import io
import stat
import struct
import tarfile
import warnings
import zipfile

import numpy as np
from hypothesis import strategies as st
from PIL import Image

from tests.support.fuzz.cells import ODD, WORDS
from tests.support.fuzz.tables import csv_files
from tests.support.speech import recording_bytes
from tests.support.uploads import image_bytes

SOUND = np.random.default_rng(0).integers(-9_000, 9_000, 900).astype(np.int16)

COLOURS = {"LA": (1, 2), "RGB": (1, 2, 3), "RGBA": (1, 2, 3, 4), "CMYK": (1, 2, 3, 4)}


def _pictures() -> list[bytes]:
    pictures = [
        image_bytes(mode=mode, kind=kind, value=COLOURS.get(mode, 1))
        for kind, modes in {
            "PNG": ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"],
            "JPEG": ["L", "RGB", "CMYK"],
            "GIF": ["1", "L", "P", "RGB"],
            "WEBP": ["L", "RGB", "RGBA"],
            "BMP": ["1", "L", "P", "RGB"],
            "TIFF": ["L", "F"],
            "ICO": ["RGBA"],
        }.items()
        for mode in modes
    ]  # fmt: skip
    buffer = io.BytesIO()
    frames = [Image.new("P", (5, 7), place) for place in range(3)]
    frames[0].save(buffer, "GIF", save_all=True, append_images=frames[1:])
    sizes = [image_bytes(size=size) for size in [(1, 1), (1, 300), (700, 3)]]
    return [*pictures, buffer.getvalue(), *sizes, b"<svg/>", b"", b"%PDF-1.4"]


def _sounds() -> list[bytes]:
    sounds = [
        recording_bytes(samples, rate, kind=kind, subtype=subtype)
        for kind, subtype in [
            ("WAV", "PCM_16"), ("WAV", "PCM_U8"), ("WAV", "PCM_24"), ("WAV", "DOUBLE"), ("WAV", "ULAW"),
            ("WAV", "IMA_ADPCM"), ("WAVEX", "FLOAT"), ("RF64", "PCM_16"), ("W64", "PCM_16"), ("FLAC", "PCM_16"),
            ("OGG", "VORBIS"), ("MP3", "MPEG_LAYER_III"), ("AIFF", "PCM_16"), ("AU", "PCM_16"),
        ]
        for samples, rate in [(SOUND, 8_000), (np.stack([SOUND, SOUND], axis=1), 11_025)]
    ]  # fmt: skip
    plain = sounds[0]
    unknown = plain[:4] + b"\xff\xff\xff\xff" + plain[8:40] + b"\xff\xff\xff\xff" + plain[44:]
    rates = [plain[:24] + struct.pack("<I", rate) + plain[28:] for rate in (0, 1, 2**31, 2**32 - 1)]
    return [*sounds, unknown, *rates, recording_bytes(SOUND[:0]), recording_bytes(SOUND[:5]), b"ID3", b""]


PICTURES, SOUNDS = _pictures(), _sounds()
ENCODED = [word.encode("utf-8", "surrogatepass") for word in WORDS + ODD]
TEXTS = [*ENCODED, b"", b"\xff\xfea\x00", b"\xe9t\xe9", b"a" * 70_000]
KINDS = {"png": PICTURES, "jpg": PICTURES, "wav": SOUNDS, "ogg": SOUNDS, "txt": TEXTS}
FOLDERS = ["cat", "dog", "Cat", "a b", "\u00e9", "e\u0301", "日", "0", "1", "cat ", ".hidden", "x" * 120]
PARTS = ["train", "val", "test", "Train", "validation", "valid", "training", "dev"]
ROOTS = [*["", "data/"] * 12, "./", "data\\", "C:\\data\\", "/", "a/b/c/", "__MACOSX/", "../"]
ODD_FILES = [
    "readme.txt", "Thumbs.db", ".DS_Store", "cat/.DS_Store", "__MACOSX/cat/._0.png", "labels.csv", "transcripts.csv",
    "cat/", "cat", "cat/inner.zip", "a\x00b.png", "cat/\u202e.png", "CON", "cat//0.png", "x" * 300 + ".png",
]  # fmt: skip


@st.composite
def trees(draw: st.DrawFn, kind: str) -> list[tuple[str, bytes]]:
    """Names and contents: folders of files of one kind, most of them whole, and a few others."""
    contents, good = KINDS[kind], KINDS[kind][:3]
    folders = draw(st.lists(st.sampled_from(FOLDERS), min_size=1, max_size=3, unique=True))
    root = draw(st.sampled_from(ROOTS))
    some_parts = st.lists(st.sampled_from(PARTS), min_size=1, max_size=3, unique=True)
    parts = draw(some_parts) if draw(st.sampled_from([False] * 3 + [True])) else [""]
    count = draw(st.sampled_from([12, 12, 12, 5, 1]))
    files = [
        (f"{root}{part}{'/' if part else ''}{folder}/{place}.{kind}", good[place % len(good)])
        for part in parts
        for folder in folders
        for place in range(count)
    ]
    for _ in range(draw(st.sampled_from([0, 0, 0, 1, 2]))):
        place = draw(st.integers(0, len(files) - 1))
        files[place] = (files[place][0], draw(st.sampled_from(contents)))
    if draw(st.sampled_from([False] * 4 + [True])):
        files.append((draw(st.sampled_from(ODD_FILES)), draw(st.sampled_from([b"", b"x", *contents[:4]]))))
    if kind in ("wav", "ogg") and draw(st.sampled_from([True] * 3 + [False])):
        files.append((root + "transcripts.csv", draw(_transcripts([name for name, _ in files], root))))
    return files


@st.composite
def _transcripts(draw: st.DrawFn, names: list[str], root: str) -> bytes:
    if draw(st.integers(0, 5)) == 0:
        return draw(csv_files())
    said = draw(st.lists(st.sampled_from(WORDS * 9 + ODD), min_size=1, max_size=4))
    header = draw(st.sampled_from([*["file,text"] * 12, "file,text,split", "path;transcript", "text,file", ""]))
    part = ",train" if header.endswith("split") else ""
    lines = [f'{name.removeprefix(root)},"{said[place % len(said)]}"{part}' for place, name in enumerate(names)]
    return "\n".join([header, *lines]).encode("utf-8", "surrogatepass")


@st.composite
def archives(draw: st.DrawFn, kind: str) -> bytes:
    """A zip or a tar."""
    files = draw(trees(kind))
    if draw(st.booleans()):
        return _zip(files, mode=draw(st.sampled_from(MODES)), method=draw(st.sampled_from(METHODS)))
    return _tar(
        files,
        packing=draw(st.sampled_from(["", "gz", "bz2", "xz"])),
        form=draw(st.sampled_from([tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])),
        odd=draw(st.sampled_from([*[None] * 30, *TAR_TYPES])),
    )


METHODS = [*[zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED] * 12, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]
MODES = [*[stat.S_IFREG | 0o644, 0] * 20, stat.S_IFREG, stat.S_IFLNK | 0o777, stat.S_IFDIR | 0o755, stat.S_IFIFO, 0o777]
TAR_TYPES = [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE, tarfile.DIRTYPE, b"Z"]


def _zip(files: list[tuple[str, bytes]], *, mode: int, method: int) -> bytes:
    """The last entry has ``mode``."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for place, (name, content) in enumerate(files):
            info = zipfile.ZipInfo(name)
            info.compress_type, info.create_system = method, place % 4
            info.external_attr = (mode if place == len(files) - 1 else 0) << 16
            with warnings.catch_warnings(action="ignore"):  # of a name that is there twice
                archive.writestr(info, content)
    return buffer.getvalue()


def _tar(files: list[tuple[str, bytes]], *, packing: str, form: int, odd: bytes | None) -> bytes:
    """The last entry has the type ``odd``, if it is one."""
    buffer = io.BytesIO()
    form = form if max(len(name) for name, _ in files) < 100 else tarfile.PAX_FORMAT
    with tarfile.open(fileobj=buffer, mode=f"w:{packing}", format=form, errors="replace", encoding="utf-8") as archive:
        for place, (name, content) in enumerate(files):
            info = tarfile.TarInfo(name.replace("\x00", "_"))
            info.size = len(content)
            if odd and place == len(files) - 1:
                info.type, info.linkname = odd, files[0][0][:80]
                info.size = info.size if odd == b"Z" else 0
            archive.addfile(info, io.BytesIO(content))
    return buffer.getvalue()
