"""The first pass over an archive of images: what is in it, by class, without decoding a pixel."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from trainyard_engine.compiler.archives import archived_files
from trainyard_engine.compiler.class_folders import FolderClasses, classes_by_folder
from trainyard_engine.compiler.problems import ProblemCode, ProblemLog, WarningCode
from trainyard_engine.compiler.request import CompileRequest
from trainyard_engine.images import KINDS, Picture, TooManyPixels, UnreadableImage, read_picture

IMAGE_SUFFIXES = frozenset(
    {".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".heic", ".avif", ".jp2", ".ppm", ".pgm"}
)
Size = tuple[int, int]
"""Width and height in pixels."""


@dataclass(frozen=True, slots=True)
class Survey:
    """``folders`` are in the order of the images' names: the order of rows."""

    folders: FolderClasses
    sizes: Counter[Size]
    grey: bool


def survey(request: CompileRequest, log: ProblemLog) -> Survey:
    """Looks at every file of the archive. Raises ``Rejected`` if anything in it is wrong."""
    found: dict[str, Picture] = {}
    for name, content in archive_of(request, log):
        picture = _look(name, content, log, most_pixels=request.limits.image_pixels)
        if picture:
            found[name] = picture
    log.raise_if_any()
    if not found:
        log.reject(
            ProblemCode.NO_IMAGES,
            f"The archive holds no {KINDS} image. Put images into one folder per class.",
            file=request.filename,
        )
    return Survey(
        folders=classes_by_folder(sorted(found), thing="image", request=request, log=log),
        sizes=Counter((picture.width, picture.height) for picture in found.values()),
        grey=all(picture.is_grey for picture in found.values()),
    )


def archive_of(request: CompileRequest, log: ProblemLog) -> Iterator[tuple[str, bytes]]:
    return archived_files(request.source, filename=request.filename, log=log, limits=request.limits)


def _look(name: str, content: bytes, log: ProblemLog, *, most_pixels: int) -> Picture | None:
    """Reads an image's header; adds a problem or a warning when it is none or none that can be used."""
    try:
        return read_picture(content, most_pixels=most_pixels)
    except UnreadableImage as error:
        if isinstance(error, TooManyPixels) or PurePosixPath(name).suffix.lower() in IMAGE_SUFFIXES:
            add_unreadable(name, error, log)
        else:
            log.note(WarningCode.IGNORED_FILE, "This file is not an image and was left out.", file=name)
        return None


def add_unreadable(name: str, error: UnreadableImage, log: ProblemLog) -> None:
    """Adds the problem of an image that cannot be decoded."""
    if isinstance(error, TooManyPixels):
        log.add(ProblemCode.TOO_MANY_PIXELS, f"This cannot be read: {error}. Scale it down.", file=name)
        return
    message = f"This cannot be read as {KINDS}: {error}. Replace it or leave it out."
    log.add(ProblemCode.UNREADABLE_IMAGE, message, file=name)
