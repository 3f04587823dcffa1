"""Compiles images, in class folders, with a table or in Parquet, into ``images.npy`` and ``target.npy``."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt

from trainyard_engine.core.memory_budget import BoundedRoom, Room
from trainyard_engine.ingest.archives.decoding import decode_all
from trainyard_engine.ingest.archives.media_tables import files_of
from trainyard_engine.ingest.limits import DECODING_BYTES, IngestLimits
from trainyard_engine.ingest.output import NpyFile
from trainyard_engine.ingest.problems import ProblemCode, ProblemLog
from trainyard_engine.ingest.request import CompileRequest
from trainyard_engine.modalities.image.decode import UnreadableImage, to_pixels, without_warnings
from trainyard_engine.modalities.image.survey import Size, Survey, add_unreadable, survey
from trainyard_spec.datasets import CompiledDataset, ImageProfile
from trainyard_spec.files import FileEntry

Decoded = npt.NDArray[np.uint8] | UnreadableImage


@dataclass(frozen=True, slots=True)
class Shape:
    """What every image becomes."""

    channels: int
    height: int
    width: int

    @property
    def size(self) -> int:
        """Bytes of one image's pixels."""
        return self.channels * self.height * self.width


def compile_images(request: CompileRequest, directory: Path, log: ProblemLog) -> CompiledDataset:
    """Writes the arrays into ``directory``. Raises ``Rejected`` when ``log`` holds problems.

    Rows are in the order of the images' names.
    """
    with without_warnings():
        return _compile(request, directory, log)


def _compile(request: CompileRequest, directory: Path, log: ProblemLog) -> CompiledDataset:
    found = survey(request, directory, log)
    shape = _common_shape(found, request.options.image_size, request.limits)
    _check_size(found, shape, request.limits, log)
    files = _write_arrays(request, found, shape, directory, log)
    return CompiledDataset(
        task=request.task,
        rows=len(found.targets.names),
        classes=found.targets.classes,
        class_counts=found.targets.counts,
        profile=ImageProfile(
            channels=shape.channels,
            height=shape.height,
            width=shape.width,
            resized=sum(n for size, n in found.sizes.items() if size != (shape.width, shape.height)),
            split_by=found.targets.split_by,
            **found.targets.told_by,
        ),
        files=files,
        warnings=tuple(log.warnings),
    )


def _write_arrays(
    request: CompileRequest, found: Survey, shape: Shape, directory: Path, log: ProblemLog
) -> tuple[FileEntry, ...]:
    """The second pass."""
    rows = {name: row for row, name in enumerate(found.targets.names)}
    stored = (len(rows), shape.channels, shape.height, shape.width)
    with NpyFile(directory / "images.npy", dtype=np.uint8, shape=stored) as images:
        wanted = ((name, content) for name, content in files_of(request, log) if name in rows)
        decode = partial(_decode, shape=shape, room=BoundedRoom(DECODING_BYTES))
        for name, decoded in decode_all(wanted, decode, decoded_size=lambda _: shape.size):
            if isinstance(decoded, UnreadableImage):
                add_unreadable(name, decoded, log)
            else:
                images.write(rows[name], decoded[np.newaxis])
        log.raise_if_any()
        return images.finish(), *found.targets.write(directory)


def _common_shape(found: Survey, image_size: int | None, limits: IngestLimits) -> Shape:
    """A square of ``image_size`` or the most common size, of two equally common ones the larger; bounded."""

    def by_commonness(size: Size) -> tuple[int, int, Size]:
        return found.sizes[size], size[0] * size[1], size

    width, height = (image_size, image_size) if image_size else max(found.sizes, key=by_commonness)
    shrink = min(1.0, limits.image_side / max(width, height))
    return Shape(
        channels=1 if found.grey else 3,
        height=max(1, round(height * shrink)),
        width=max(1, round(width * shrink)),
    )


def _check_size(found: Survey, shape: Shape, limits: IngestLimits, log: ProblemLog) -> None:
    size = len(found.targets.names) * shape.size
    if size > limits.compiled_size:
        message = (
            f"The pixels would take {size:,} bytes; {limits.compiled_size:,} are allowed. Set a smaller image_size."
        )
        log.reject(ProblemCode.DATASET_TOO_LARGE, message)


def _decode(content: bytes, shape: Shape, room: Room) -> Decoded:
    try:
        return to_pixels(content, channels=shape.channels, height=shape.height, width=shape.width, room=room)
    except UnreadableImage as error:
        return error
