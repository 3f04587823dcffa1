"""Compiles an archive of class folders into ``images.npy`` and ``target.npy``."""

import io
import os
import warnings
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from trainyard_engine.compiler.classes import check_classes, in_order
from trainyard_engine.compiler.image_survey import FORMATS, Size, Survey, add_unreadable, archive_of, survey
from trainyard_engine.compiler.limits import MIB, Limits
from trainyard_engine.compiler.output import NpyFile
from trainyard_engine.compiler.problems import ProblemCode, ProblemLog
from trainyard_engine.compiler.request import CompileRequest
from trainyard_engine.images import to_array
from trainyard_spec.datasets import CompiledDataset, ImageProfile
from trainyard_spec.files import FileEntry

CHUNK_FILES = 64
CHUNK_BYTES = 4 * MIB
"""A chunk of images goes to a decoding thread at this many files, or bytes packed or decoded."""
MOST_THREADS = 16

NamedFile = tuple[str, bytes]
Decoded = npt.NDArray[np.uint8] | Exception


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
    with warnings.catch_warnings():
        # Pillow warns on standard error about images that the log reports, or that are fine.
        warnings.simplefilter("ignore")
        return _compile(request, directory, log)


def _compile(request: CompileRequest, directory: Path, log: ProblemLog) -> CompiledDataset:
    found = survey(request, log)
    classes = in_order(set(found.labels.values()))
    counted = Counter(found.labels.values())
    counts = tuple(counted[label] for label in classes)
    shape = _common_shape(found, request.options.image_size, request.limits)
    _check(found, classes, counts, shape, request.limits, log)
    files = _write_arrays(request, found, classes, shape, directory, log)
    return CompiledDataset(
        task=request.task,
        rows=len(found.labels),
        classes=classes,
        class_counts=counts,
        profile=ImageProfile(
            channels=shape.channels,
            height=shape.height,
            width=shape.width,
            resized=sum(n for size, n in found.sizes.items() if size != (shape.width, shape.height)),
        ),
        files=files,
        warnings=tuple(log.warnings),
    )


def _write_arrays(
    request: CompileRequest, found: Survey, classes: tuple[str, ...], shape: Shape, directory: Path, log: ProblemLog
) -> tuple[FileEntry, ...]:
    """The second pass."""
    total = len(found.labels)
    rows = {name: row for row, name in enumerate(found.labels)}
    index = {label: position for position, label in enumerate(classes)}
    stored = (total, shape.channels, shape.height, shape.width)
    with (
        NpyFile(directory / "images.npy", dtype=np.uint8, shape=stored) as images,
        NpyFile(directory / "target.npy", dtype=np.int64, shape=(total,)) as target,
    ):
        target.write(0, np.array([index[label] for label in found.labels.values()], dtype=np.int64))
        wanted = ((name, content) for name, content in archive_of(request, log) if name in rows)
        for name, decoded in _decode_all(wanted, shape):
            if isinstance(decoded, Exception):
                add_unreadable(name, decoded, log)
            else:
                images.write(rows[name], decoded)
        log.raise_if_any()
        return images.finish(), target.finish()


def _common_shape(found: Survey, image_size: int | None, limits: Limits) -> Shape:
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


def _check(
    found: Survey, classes: tuple[str, ...], counts: tuple[int, ...], shape: Shape, limits: Limits, log: ProblemLog
) -> None:
    total = len(found.labels)
    if total < limits.least_rows:
        message = f"There are {total} images; at least {limits.least_rows} are needed. Add more."
        log.add(ProblemCode.TOO_FEW_ROWS, message)
    longest = max(classes, key=len)
    if len(classes) > limits.classes or len(longest) > limits.label_characters:
        message = f"At most {limits.classes:,} classes with names of up to {limits.label_characters} characters work."
        log.reject(ProblemCode.TOO_MANY_CLASSES, message)
    check_classes(classes, counts, things="images", column=None, log=log, limits=limits)
    size = total * shape.size
    if size > limits.compiled_size:
        message = (
            f"The pixels would take {size:,} bytes; {limits.compiled_size:,} are allowed. Set a smaller image_size."
        )
        log.add(ProblemCode.DATASET_TOO_LARGE, message)
    log.raise_if_any()


def _decode_all(files: Iterable[NamedFile], shape: Shape) -> Iterator[tuple[str, Decoded]]:
    """Decodes on every core it may use, in order, a few chunks at a time. Pillow decodes outside Python's lock."""
    threads = min(len(os.sched_getaffinity(0)), MOST_THREADS)
    with ThreadPoolExecutor(threads) as pool:
        pending: deque[Future[list[tuple[str, Decoded]]]] = deque()
        for chunk in _chunks(files, decoded_size=shape.size):
            pending.append(pool.submit(_decode_chunk, chunk, shape))
            if len(pending) > threads:
                yield from pending.popleft().result()
        while pending:
            yield from pending.popleft().result()


def _chunks(files: Iterable[NamedFile], *, decoded_size: int) -> Iterator[list[NamedFile]]:
    chunk: list[NamedFile] = []
    size = 0
    for name, content in files:
        chunk.append((name, content))
        size += max(len(content), decoded_size)
        if len(chunk) == CHUNK_FILES or size >= CHUNK_BYTES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def _decode_chunk(chunk: list[NamedFile], shape: Shape) -> list[tuple[str, Decoded]]:
    return [(name, _decode(content, shape)) for name, content in chunk]


def _decode(content: bytes, shape: Shape) -> Decoded:
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as image:
            return to_array(image, channels=shape.channels, height=shape.height, width=shape.width)
    except MemoryError:
        raise
    except Exception as error:  # decoders fail on hostile bytes in more ways than Pillow documents
        return error
