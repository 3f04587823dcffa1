"""The first pass over an archive of images: what is in it, and what of each is to be predicted."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from trainyard_engine.ingest.archives.file_targets import FileTargets
from trainyard_engine.ingest.archives.found_tables import LabelTables
from trainyard_engine.ingest.archives.media_tables import files_of, nothing_found
from trainyard_engine.ingest.archives.proportions import DecodedNumbers
from trainyard_engine.ingest.archives.targets_of_files import targets_of_files
from trainyard_engine.ingest.problems import ProblemCode, ProblemLog, WarningCode
from trainyard_engine.ingest.request import CompileRequest
from trainyard_engine.modalities.image.decode import (
    KINDS,
    Picture,
    TooManyPixels,
    TooManyScans,
    UnreadableImage,
    read_picture,
)

IMAGE_SUFFIXES = frozenset(
    {".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".heic", ".avif", ".jp2", ".ppm", ".pgm"}
)
Size = tuple[int, int]
"""Width and height in pixels."""


@dataclass(frozen=True, slots=True)
class Survey:
    """``targets`` are in the order of the images' names: the order of rows."""

    targets: FileTargets
    sizes: Counter[Size]
    grey: bool


def survey(request: CompileRequest, directory: Path, log: ProblemLog) -> Survey:
    """Looks at every file of the archive, without decoding a pixel. Raises ``Rejected`` if anything in it is wrong.

    ``directory`` takes what is needed meanwhile.
    """
    found: dict[str, Picture] = {}
    tables, pixels = LabelTables(), DecodedNumbers.pixels(request, log)
    for name, content in files_of(request, log):
        picture = None if tables.takes(name, content) else _look(name, content, log, request)
        if picture:
            pixels.add(picture.pixels_decoded)
            found[name] = picture
    log.raise_if_any()
    if not found:
        message = f"The archive holds no {KINDS} image. Put images into one folder per class, or beside a labels.csv."
        log.reject(ProblemCode.NO_IMAGES, nothing_found(request, "image") or message, file=request.filename)
    targets = targets_of_files(sorted(found), tables, thing="image", request=request, directory=directory, log=log)
    pictures = [found[name] for name in targets.names]
    return Survey(
        targets=targets,
        sizes=Counter((picture.width, picture.height) for picture in pictures),
        grey=all(picture.is_grey for picture in pictures),
    )


def _look(name: str, content: bytes, log: ProblemLog, request: CompileRequest) -> Picture | None:
    """Reads an image's header; adds a problem or a warning when it is none or none that can be used."""
    try:
        return read_picture(content, most_pixels=request.limits.image_pixels)
    except UnreadableImage as error:
        is_said_to_be = request.media or PurePosixPath(name).suffix.lower() in IMAGE_SUFFIXES
        if is_said_to_be or isinstance(error, TooManyPixels | TooManyScans):
            add_unreadable(name, error, log)
        else:
            log.note(WarningCode.IGNORED_FILE, "This file is not an image and was left out.", file=name)
        return None


def add_unreadable(name: str, error: UnreadableImage, log: ProblemLog) -> None:
    """Adds the problem of an image that cannot be decoded."""
    if isinstance(error, TooManyPixels):
        log.add(ProblemCode.TOO_MANY_PIXELS, f"This cannot be read: {error}. Scale it down.", file=name)
        return
    if isinstance(error, TooManyScans):
        log.add(ProblemCode.TOO_MANY_SCANS, f"This cannot be read: {error}. Save it anew.", file=name)
        return
    message = f"This cannot be read as {KINDS}: {error}. Replace it or leave it out."
    log.add(ProblemCode.UNREADABLE_IMAGE, message, file=name)
