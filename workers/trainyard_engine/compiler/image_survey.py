"""The first pass over an archive of images: what is in it, by class, without decoding a pixel."""

import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from PIL import Image, UnidentifiedImageError

from trainyard_engine.compiler.archives import archived_files
from trainyard_engine.compiler.class_folders import FolderClasses, classes_by_folder
from trainyard_engine.compiler.problems import ProblemCode, ProblemLog, WarningCode
from trainyard_engine.compiler.request import CompileRequest

FORMATS = ("PNG", "JPEG", "BMP", "GIF", "WEBP")
IMAGE_SUFFIXES = frozenset(
    {".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".heic", ".avif", ".jp2", ".ppm", ".pgm"}
)
GREY_MODES = frozenset({"1", "L", "LA", "La"})
DEEP_MODES = frozenset({"I", "F", "I;16", "I;16L", "I;16B", "I;16N"})

Size = tuple[int, int]
"""Width and height in pixels."""


@dataclass(frozen=True, slots=True)
class FoundImage:
    size: Size
    grey: bool


@dataclass(frozen=True, slots=True)
class Survey:
    """``folders`` are in the order of the images' names: the order of rows."""

    folders: FolderClasses
    sizes: Counter[Size]
    grey: bool


def survey(request: CompileRequest, log: ProblemLog) -> Survey:
    """Looks at every file of the archive. Raises ``Rejected`` if anything in it is wrong."""
    found: dict[str, FoundImage] = {}
    for name, content in archive_of(request, log):
        image = _look(name, content, log, most_pixels=request.limits.image_pixels)
        if image:
            found[name] = image
    log.raise_if_any()
    if not found:
        log.reject(
            ProblemCode.NO_IMAGES,
            "The archive holds no PNG, JPEG, BMP, GIF or WebP image. Put images into one folder per class.",
            file=request.filename,
        )
    return Survey(
        folders=classes_by_folder(sorted(found), thing="image", log=log, limits=request.limits),
        sizes=Counter(image.size for image in found.values()),
        grey=all(image.grey for image in found.values()),
    )


def archive_of(request: CompileRequest, log: ProblemLog) -> Iterator[tuple[str, bytes]]:
    return archived_files(request.source, filename=request.filename, log=log, limits=request.limits)


def _look(name: str, content: bytes, log: ProblemLog, *, most_pixels: int) -> FoundImage | None:
    """Reads an image's header; adds a problem or a warning when it is none or none that can be used."""
    try:
        image = Image.open(io.BytesIO(content), formats=FORMATS)
    except MemoryError:
        raise
    except Image.DecompressionBombError:
        _add_too_many_pixels(name, log, most_pixels)
        return None
    except Exception as error:  # decoders fail on hostile bytes in more ways than Pillow documents
        if PurePosixPath(name).suffix.lower() in IMAGE_SUFFIXES:
            add_unreadable(name, error, log)
        else:
            log.note(WarningCode.IGNORED_FILE, "This file is not an image and was left out.", file=name)
        return None
    if image.width * image.height > most_pixels:
        _add_too_many_pixels(name, log, most_pixels)
    elif image.mode in DEEP_MODES:
        message = "This image has more than 8 bits per channel. Save it with 8."
        log.add(ProblemCode.UNSUPPORTED_PIXELS, message, file=name)
    return FoundImage(size=image.size, grey=image.mode in GREY_MODES)


def add_unreadable(name: str, error: Exception, log: ProblemLog) -> None:
    """Adds the problem of an image that cannot be decoded."""
    reason = "its content is no image of these kinds" if isinstance(error, UnidentifiedImageError) else str(error)
    message = f"This cannot be read as PNG, JPEG, BMP, GIF or WebP: {reason}. Replace it or leave it out."
    log.add(ProblemCode.UNREADABLE_IMAGE, message, file=name)


def _add_too_many_pixels(name: str, log: ProblemLog, most_pixels: int) -> None:
    message = f"This image has more than {most_pixels:,} pixels. Scale it down."
    log.add(ProblemCode.TOO_MANY_PIXELS, message, file=name)
