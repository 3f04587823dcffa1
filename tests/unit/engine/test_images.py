"""Pictures of every kind become the same numbers in a dataset and in a prediction."""

import base64
import io
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageOps

from tests.support import uploads
from tests.support.cases import CASES
from tests.support.compiling import accepted, array, compile_file
from trainyard_engine.core.base64_text import decoded
from trainyard_engine.core.faults import EngineFault
from trainyard_engine.modalities.image.decode import UnreadableImage, read_picture, to_pixels, without_warnings
from trainyard_engine.modalities.inputs import encode_images
from trainyard_spec.datasets import ImageProfile
from trainyard_spec.tasks import Task

IMAGES = Task.IMAGE_CLASSIFICATION
NOISE = np.random.default_rng(0).integers(0, 256, (12, 20, 4), dtype=np.uint8)
GREY, COLOUR = Image.fromarray(NOISE[..., 0]), Image.fromarray(NOISE[..., :3])
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""By PNG's colour type: grey, colour, palette, grey and colour with transparency."""


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(depth: int, colour: int, *, before: bytes = b"") -> bytes:
    """A PNG of noise, 20 × 12, by the letter of its specification."""
    row_bytes = -(-20 * CHANNELS[colour] * depth // 8)
    rows = np.random.default_rng(depth).integers(0, 256, (12, row_bytes), dtype=np.uint8)
    content = b"".join(b"\0" + row.tobytes() for row in rows)
    palette = chunk(b"PLTE", np.arange(3 << depth, dtype=np.uint8).tobytes()) if colour == 3 else b""
    header = struct.pack(">IIBBBBB", 20, 12, depth, colour, 0, 0, 0)
    parts = [chunk(b"IHDR", header), palette, before, chunk(b"IDAT", zlib.compress(content)), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def exif(orientation: int) -> Image.Exif:
    data = Image.Exif()
    data[0x0112] = orientation
    return data


def animation(kind: str) -> bytes:
    return saved(COLOUR, kind, save_all=True, append_images=[COLOUR.transpose(Image.Transpose.ROTATE_180)])


PNGS = {
    f"png-{depth}-{colour}": png(depth, colour)
    for colour, depths in {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}.items()
    for depth in depths
}
PICTURES = {
    **PNGS,
    "png-transparent-palette": png(8, 3, before=chunk(b"tRNS", bytes(range(200)))),
    "png-transparent-grey": png(16, 0, before=chunk(b"tRNS", b"\0\1")),
    "png-turned": saved(COLOUR, "PNG", exif=exif(6)),
    "apng": animation("PNG"),
    "jpeg-grey": saved(GREY, "JPEG"),
    "jpeg-colour": saved(COLOUR, "JPEG"),
    "jpeg-cmyk": saved(COLOUR.convert("CMYK"), "JPEG"),
    "jpeg-progressive": saved(COLOUR, "JPEG", progressive=True),
    "jpeg-broken-exif": saved(COLOUR, "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff"),
    "gif": saved(GREY, "GIF"),
    "gif-interlaced": saved(GREY, "GIF", interlace=1),
    "gif-transparent": saved(COLOUR.quantize(16), "GIF", transparency=3),
    "gif-animated": animation("GIF"),
    "webp": saved(Image.fromarray(NOISE), "WEBP", lossless=True),
    "webp-animated": animation("WEBP"),
    "webp-turned": saved(COLOUR, "WEBP", exif=exif(8)),
    "avif": saved(COLOUR, "AVIF"),
    "avif-transparent": saved(Image.fromarray(NOISE), "AVIF"),
    "avif-animated": animation("AVIF"),
    "tiff-pages": animation("TIFF"),
    "tiff-grey": saved(GREY, "TIFF"),
    "tiff-16": saved(Image.fromarray(NOISE[..., 0].astype(np.uint16) * 257), "TIFF"),
    **{f"tiff-{mode}": saved(COLOUR.convert(mode), "TIFF") for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "CMYK")},
    **{
        f"tiff-{way}": saved(COLOUR, "TIFF", compression=way)
        for way in ("tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg")
    },
    **{f"bmp-{mode}": saved(COLOUR.convert(mode), "BMP") for mode in ("1", "L", "P", "RGB", "RGBA")},
    **{f"jpeg-turned-{turn}": saved(COLOUR, "JPEG", exif=exif(turn)) for turn in range(1, 9)},
}


@pytest.mark.parametrize("is_colour", [False, True], ids=["among grey ones", "among coloured ones"])
def test_a_prediction_sees_what_training_saw_of_every_kind_of_picture(tmp_path: Path, is_colour: bool) -> None:
    files = {f"{'ab'[place % 2]}/{name}.png": content for place, (name, content) in enumerate(PICTURES.items())}
    if not is_colour:
        with without_warnings():
            files = {name: content for name, content in files.items() if read_picture(content).is_grey}
    source = uploads.write_zip(tmp_path / "a.zip", files)
    dataset = accepted(source, IMAGES)
    assert isinstance(dataset.profile, ImageProfile)
    assert (dataset.rows, dataset.profile.channels) == (len(files), 3 if is_colour else 1)

    seen = encode_images([base64.b64encode(files[name]).decode() for name in sorted(files)], dataset.profile)

    np.testing.assert_array_equal(seen, array(source, "images"))


@pytest.mark.parametrize("turn", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
def test_a_picture_is_turned_upright_as_pillow_does(kind: str, turn: int) -> None:
    content = saved(COLOUR, kind, exif=exif(turn))
    upright = ImageOps.exif_transpose(Image.open(io.BytesIO(content))).convert("RGB")
    found = read_picture(content)
    assert (found.width, found.height) == upright.size
    pixels = to_pixels(content, channels=3, height=upright.height, width=upright.width)
    np.testing.assert_array_equal(pixels, np.asarray(upright).transpose(2, 0, 1))


def test_the_common_size_is_that_of_upright_pictures(tmp_path: Path) -> None:
    files = {f"{label}/{n}.jpg": saved(COLOUR, "JPEG", exif=exif(6)) for label in "ab" for n in range(6)}
    profile = accepted(uploads.write_zip(tmp_path / "a.zip", files), IMAGES).profile
    assert profile == ImageProfile(channels=3, height=20, width=12, resized=0)


@given(values=st.lists(st.integers(0, 65_535), min_size=1, max_size=64))
def test_16_bits_become_the_nearest_8(values: list[int]) -> None:
    deep = np.array([values], dtype=np.uint16)
    pixels = to_pixels(saved(Image.fromarray(deep), "PNG"), channels=1, height=1, width=len(values))
    np.testing.assert_array_equal(pixels[0], np.rint(deep / 257))


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("channels", [1, 3])
def test_16_bits_are_the_same_picture_as_8(side: str, channels: int) -> None:
    shallow, deep = ((CASES / "predict-16bit-png" / f"{side}{bits}.png").read_bytes() for bits in (8, 16))
    size = {"channels": channels, "height": 16, "width": 16}
    np.testing.assert_array_equal(to_pixels(deep, **size), to_pixels(shallow, **size))
    assert read_picture(deep) == read_picture(shallow)


@pytest.mark.parametrize("dtype", [np.float32, np.int32])
def test_pixels_of_32_bits_are_told_at_upload_and_at_predict(tmp_path: Path, dtype: type) -> None:
    content = saved(Image.fromarray(NOISE[..., 0].astype(dtype)), "TIFF")
    files = {**uploads.class_folders(), "cat/other.tif": content}
    (problem,) = compile_file(uploads.write_zip(tmp_path / "a.zip", files), IMAGES).problems
    assert (problem.code, problem.file) == ("unreadable_image", "cat/other.tif")
    assert "numbers of 32 bits" in problem.message
    with pytest.raises(EngineFault, match="numbers of 32 bits"):
        encode_images([base64.b64encode(content).decode()], ImageProfile(channels=1, height=8, width=8, resized=0))


def test_16_bits_of_a_tiff_are_the_same_picture_as_8() -> None:
    size = {"channels": 1, "height": 12, "width": 20}
    np.testing.assert_array_equal(to_pixels(PICTURES["tiff-16"], **size), to_pixels(PICTURES["tiff-grey"], **size))


FOREIGN = {
    "JPEG 2000": b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(80),
    "HEIC": b"\0\0\0\x18ftypheic" + bytes(80),
    "SVG": b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>',
    "netpbm": saved(COLOUR, "PPM"),
}


@pytest.mark.parametrize("kind", FOREIGN)
def test_a_picture_of_another_kind_is_named_at_upload_and_at_predict(tmp_path: Path, kind: str) -> None:
    files = {**uploads.class_folders(), "cat/other.png": FOREIGN[kind]}
    (problem,) = compile_file(uploads.write_zip(tmp_path / "a.zip", files), IMAGES).problems
    assert (problem.code, problem.file) == ("unreadable_image", "cat/other.png")
    with pytest.raises(EngineFault) as caught:
        encode_images(
            [base64.b64encode(FOREIGN[kind]).decode()], ImageProfile(channels=1, height=8, width=8, resized=0)
        )
    assert f"{kind}" in problem.message
    assert f"{kind}" in caught.value.failed.message


@pytest.mark.parametrize("name", [name for name in PICTURES if not name.endswith(("animated", "apng", "pages"))])
@pytest.mark.parametrize("kept", [0.3, 0.6])
def test_a_picture_that_is_cut_off_is_unreadable(name: str, kept: float) -> None:
    content = PICTURES[name][: int(len(PICTURES[name]) * kept)]
    with pytest.raises(UnreadableImage):
        to_pixels(content, channels=3, height=12, width=20)


def test_pixels_beyond_what_is_read_are_refused_unread() -> None:
    vast = bytearray(png(8, 0))
    vast[16:24] = struct.pack(">II", 100_000, 100_000)
    vast[29:33] = struct.pack(">I", zlib.crc32(vast[12:29]))
    for read in (read_picture, lambda content: to_pixels(content, channels=1, height=8, width=8)):
        with pytest.raises(UnreadableImage, match="more than 40,000,000 pixels"):
            read(bytes(vast))


CONTENT = bytes(range(256)) * 2 + b"\xfb\xef\xbe"
SPELLINGS = {
    "standard": base64.b64encode(CONTENT).decode(),
    "for URLs": base64.urlsafe_b64encode(CONTENT).decode(),
    "in lines": base64.encodebytes(CONTENT).decode(),
    "in lines of Windows": base64.encodebytes(CONTENT).decode().replace("\n", "\r\n"),
    "with blanks": " " + base64.b64encode(CONTENT).decode().replace("A", "A ") + "\t\n",
    "data URL": "data:image/png;base64," + base64.b64encode(CONTENT).decode(),
    "data URL with parameters": "data:audio/wav;rate=8000;base64," + base64.b64encode(CONTENT).decode(),
    "data URL of nothing": "DATA:;BASE64,\n" + base64.encodebytes(CONTENT).decode(),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_base64_is_read_however_it_is_written(spelling: str) -> None:
    assert decoded(SPELLINGS[spelling]) == CONTENT


@given(content=st.binary(min_size=1), width=st.integers(1, 80), padded=st.booleans())
def test_base64_in_lines_with_padding_or_without_is_the_bytes(content: bytes, width: int, padded: bool) -> None:
    text = base64.b64encode(content).decode().rstrip("" if padded else "=")
    assert decoded("\n".join(text[at : at + width] for at in range(0, len(text), width))) == content


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("https://example.org/cat.png", "address"),
        ("data:image/png,%89PNG", "another encoding"),
        ("iVBOR!w0", "'!' behind 'iVBOR'"),
        ("iVBORw0KG", "cut off"),
        ("", "empty"),
        ("data:image/png;base64,", "empty"),
    ],
)
def test_what_is_no_base64_is_told_what_it_is(text: str, said: str) -> None:
    with pytest.raises(EngineFault, match="Input 0 is not base64 text of a PNG") as caught:
        encode_images([text], ImageProfile(channels=1, height=8, width=8, resized=0))
    assert said in caught.value.failed.message
    assert "data:" in caught.value.failed.hint
