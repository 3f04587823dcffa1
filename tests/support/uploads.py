"""Makes small, real upload files: archives of image folders, tables, and archives that mean harm."""

import csv
import io
import json
import stat
import tarfile
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet
from PIL import Image

Row = dict[str, Any]


def image_bytes(
    value: int | tuple[int, ...] = 128, *, size: tuple[int, int] = (8, 8), mode: str = "L", kind: str = "PNG"
) -> bytes:
    """An image of one colour; ``size`` is width and height."""
    buffer = io.BytesIO()
    Image.new(mode, size, value).save(buffer, kind)
    return buffer.getvalue()


def class_folders(
    classes: Iterable[str] = ("cat", "dog"), *, images: int = 6, size: tuple[int, int] = (8, 8)
) -> dict[str, bytes]:
    """``images`` grey PNG images per class, no two alike, as names and contents."""
    return {
        f"{label}/{number:03}.png": image_bytes(number + 100 * position, size=size)
        for position, label in enumerate(classes)
        for number in range(images)
    }


def write_zip(path: Path, files: Mapping[str, bytes], *, compression: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def write_tar(path: Path, files: Mapping[str, bytes], *, packing: str = "gz") -> Path:
    """``packing`` is "", "gz", "bz2" or "xz"."""
    with tarfile.open(path, f"w:{packing}") as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


def digit_files(*, limit: int | None = None) -> dict[str, bytes]:
    """scikit-learn's 1,797 handwritten digits, 8×8 grey PNG images in folders 0 to 9."""
    from sklearn.datasets import load_digits

    digits = load_digits()
    files: dict[str, bytes] = {}
    for number, (pixels, label) in enumerate(zip(digits.images[:limit], digits.target[:limit], strict=True)):
        buffer = io.BytesIO()
        Image.fromarray((pixels * 255 / 16).round().astype(np.uint8)).save(buffer, "PNG")
        files[f"{label}/{number:04}.png"] = buffer.getvalue()
    return files


def flower_rows(count: int = 30) -> list[Row]:
    """Rows with two numbers, a category and the targets ``species`` (three classes) and ``weight`` (a number)."""
    return [
        {
            "length": number / 2,
            "width": number % 7,
            "colour": ("red", "blue")[number % 2],
            "species": ("rose", "tulip", "lily")[number % 3],
            "weight": number * 1.5,
        }
        for number in range(count)
    ]


def post_rows(count: int = 30) -> list[Row]:
    """Rows with a text of two to five words, a number, and the target ``topic`` (two classes), which the words tell."""
    words = {"sport": ("goal", "team", "Cup"), "film": ("actor", "scene", "Plot")}
    rows: list[Row] = []
    for number in range(count):
        topic = ("sport", "film")[number % 2]
        post = " ".join(words[topic][(number * place + place) % 3] for place in range(2 + number % 4))
        rows.append({"post": f"{post}, the {number}th", "topic": topic, "likes": number})
    return rows


def rating_rows(users: int = 6, items: int = 5) -> list[Row]:
    """Every user has rated every item but one, on different days."""
    return [
        {
            "who": f"u{user}",
            "film": item,
            "stars": 1 + (user + item) % 5,
            "when": f"2026-01-{user + 1:02}T{item:02}:30:00",
        }
        for user in range(users)
        for item in range(items)
        if user % items != item
    ]


def text_folders(count: int = 30) -> dict[str, bytes]:
    """The texts of ``post_rows`` as files in class folders."""
    return {f"{row['topic']}/{number:03}.txt": row["post"].encode() for number, row in enumerate(post_rows(count))}


def write_csv(path: Path, rows: Iterable[Row], *, separator: str = ",", encoding: str = "utf-8") -> Path:
    """The header is the keys of the first row; ``None`` becomes an empty cell."""
    rows = list(rows)
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]), delimiter=separator)
        writer.writeheader()
        writer.writerows(rows)
    return path


def write_parquet(path: Path, rows: Iterable[Row]) -> Path:
    pyarrow.parquet.write_table(pa.Table.from_pylist(list(rows)), path)
    return path


def write_jsonl(path: Path, rows: Iterable[Row]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def write_zip_with_link(path: Path, *, target: str = "/etc/passwd") -> Path:
    """Good class folders, and a symbolic link among them."""
    write_zip(path, class_folders())
    info = zipfile.ZipInfo("cat/link.png")
    info.create_system = 3
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(info, target)
    return path


def write_tar_with(path: Path, kind: bytes, *, target: str = "/etc/passwd") -> Path:
    """Good class folders, and among them an entry of a tar type such as ``tarfile.SYMTYPE`` or ``tarfile.CHRTYPE``."""
    write_tar(path, class_folders(), packing="")
    info = tarfile.TarInfo("cat/odd.png")
    info.type = kind
    info.linkname = target
    with tarfile.open(path, "a") as archive:
        archive.addfile(info)
    return path


def write_encrypted_zip(path: Path) -> Path:
    """Marked as encrypted, as an archive with a password is."""
    content = bytearray(write_zip(path, class_folders()).read_bytes())
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.find(signature)
        while at >= 0:
            content[at + flags] |= 1
            at = content.find(signature, at + 4)
    path.write_bytes(content)
    return path


def write_zip_bomb(path: Path, *, files: int = 40, size: int = 1 << 20) -> Path:
    """Files of zeros that pack a thousandfold."""
    return write_zip(path, {f"cat/{number}.dat": bytes(size) for number in range(files)})


def write_lying_zip(path: Path, *, size: int = 32 << 20) -> Path:
    """One entry unpacks to ``size`` bytes but claims a hundred."""
    write_zip(path, {**class_folders(), "cat/liar.png": bytes(size)})
    content = path.read_bytes()
    path.write_bytes(content.replace(size.to_bytes(4, "little"), (100).to_bytes(4, "little")))
    return path


def write_tar_with_huge_name(path: Path, *, claimed: int = 1 << 40) -> Path:
    """A GNU long-name header that claims a name of a terabyte."""
    info = tarfile.TarInfo("././@LongLink")
    info.type = tarfile.GNUTYPE_LONGNAME
    info.size = claimed
    header = info.tobuf(tarfile.GNU_FORMAT)
    path.write_bytes(write_tar(path, class_folders(), packing="").read_bytes()[: -tarfile.RECORDSIZE] + header)
    return path
