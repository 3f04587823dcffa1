"""Makes compiled datasets and specs for tests of the engine, straight from arrays and without the compiler."""

import hashlib
import json
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from trainyard_spec.datasets import (
    AnyProfile,
    CategoricalColumn,
    CompiledDataset,
    ImageProfile,
    NumericColumn,
    RecordingProfile,
    TableProfile,
    TextProfile,
)
from trainyard_spec.files import FileEntry
from trainyard_spec.tasks import Task

Array = npt.NDArray[Any]
COLOURS = ("blue", "green", "red")


def write_images(directory: Path, images: Array, target: Array) -> Path:
    """uint8 (rows, channels, height, width) with int64 class indices; classes are named c0, c1, …

    Other targets are as for a table.
    """
    _, channels, height, width = images.shape
    profile = ImageProfile(channels=channels, height=height, width=width, resized=0, **_told_by(target))
    is_regression = np.issubdtype(target.dtype, np.floating)
    task = Task.IMAGE_REGRESSION if is_regression else Task.IMAGE_CLASSIFICATION
    return _write(directory, task, profile, {"images": images.astype(np.uint8)}, target)


def _told_by(target: Array) -> dict[str, Any]:
    """The fields of a profile whose target is called y."""
    if target.ndim == 1:
        return {"target": "y"}
    targets = tuple(f"t{place}" for place in range(target.shape[1]))
    is_regression = np.issubdtype(target.dtype, np.floating)
    return {"target": "t0", "targets": targets} if is_regression else {"target": "y", "multi_label": True}


def write_table(directory: Path, numeric: Array, categorical: Array, target: Array) -> Path:
    """float32 columns n0, n1, … and int32 codes of ``COLOURS`` in columns k0, k1, …; a float target is a regression.

    A target of two dimensions is one of several numbers t0, t1, …, or of labels, which are 0 and 1.
    """
    columns = (
        *(NumericColumn(name=f"n{i}", missing=int(np.isnan(column).sum())) for i, column in enumerate(numeric.T)),
        *(
            CategoricalColumn(name=f"k{i}", missing=int((column < 0).sum()), categories=COLOURS)
            for i, column in enumerate(categorical.T)
        ),
    )
    arrays = {"numeric": numeric.astype(np.float32), "categorical": categorical.astype(np.int32)}
    is_regression = np.issubdtype(target.dtype, np.floating)
    task = Task.TABULAR_REGRESSION if is_regression else Task.TABULAR_CLASSIFICATION
    profile = TableProfile(columns=columns, dropped=("id",), **_told_by(target))
    return _write(directory, task, profile, arrays, target)


def write_texts(directory: Path, texts: Sequence[str], target: Array) -> Path:
    """Texts with int64 class indices, or other targets as for a table."""
    profile = text_profile(texts).model_copy(update=_told_by(target))
    task = Task.TEXT_REGRESSION if np.issubdtype(target.dtype, np.floating) else Task.TEXT_CLASSIFICATION
    return _write(directory, task, profile, text_arrays("text", texts), target)


def write_documents(directory: Path, texts: Sequence[str]) -> Path:
    """Texts to learn a language from."""
    arrays = text_arrays("text", texts)
    return write_arrays(directory, Task.LANGUAGE_MODELLING, text_profile(texts), arrays, rows=len(texts))


def write_translations(directory: Path, texts: Sequence[str], translations: Sequence[str]) -> Path:
    """Texts with the translation of each."""
    arrays = text_arrays("text", texts) | text_arrays("translation", translations)
    return write_arrays(directory, Task.TRANSLATION, text_profile(texts), arrays, rows=len(texts))


def stored_texts(directory: Path, name: str = "text") -> list[str]:
    """The texts of a compiled dataset, in the order of rows, or other texts of that ``name``."""
    text, offsets = np.load(directory / f"{name}.npy").tobytes(), np.load(directory / f"{name}_offsets.npy")
    return [text[begin:end].decode() for begin, end in pairwise(offsets)]


def small_texts(directory: Path, *, rows: int = 150) -> Path:
    """Three classes of texts of 1 to 12 words from 40, of which every third word tells the class."""
    random = np.random.default_rng(5)
    target = np.arange(rows) % 3
    numbers = [
        random.integers(0, 40, 1 + row % 12) // 3 * 3 + random.choice([0, label], 1 + row % 12)
        for row, label in enumerate(target)
    ]
    return write_texts(directory, [" ".join(f"word{number}" for number in text) for text in numbers], target)


def scored_texts(directory: Path, *, rows: int = 100, targets: int = 0) -> Path:
    """Texts of 2 to 13 words from 40, whose score is the mean of the words' numbers, or several of that."""
    random = np.random.default_rng(31)
    numbers = [random.integers(0, 40, 2 + row % 12) for row in range(rows)]
    score = np.array([text.mean() for text in numbers])
    target = np.stack([10.0**place * score for place in range(targets)], axis=1) if targets else score
    return write_texts(directory, [" ".join(f"word{number}" for number in text) for text in numbers], target)


def labelled_texts(directory: Path, *, rows: int = 100) -> Path:
    """Texts of 1 to 12 words from 40, with labels for words of the first, the second and the last quarter."""
    random = np.random.default_rng(29)
    numbers = [random.integers(0, 40, 1 + row % 12) for row in range(rows)]
    target = np.array([[(text // 10 == quarter).any() for quarter in (0, 1, 3)] for text in numbers], dtype=np.uint8)
    return write_texts(directory, [" ".join(f"word{number}" for number in text) for text in numbers], target)


def write_recordings(directory: Path, recordings: Sequence[Array], target: Array, *, rate: int = 8000) -> Path:
    """int16 (samples,) each, with int64 class indices."""
    lengths = [len(recording) for recording in recordings]
    seconds = np.array(lengths) / rate
    profile = RecordingProfile(
        sample_rate=rate, shortest=seconds.min(), longest=seconds.max(), mean=seconds.mean(), resampled=0, mixed=0
    )
    arrays = {
        "audio": np.concatenate(recordings).astype(np.int16),
        "audio_offsets": np.cumsum([0, *lengths], dtype=np.int64),
    }
    return _write(directory, Task.AUDIO_CLASSIFICATION, profile, arrays, target)


def stored_recordings(directory: Path) -> list[Array]:
    """The samples of each recording of a compiled dataset, in the order of rows."""
    audio, offsets = np.load(directory / "audio.npy"), np.load(directory / "audio_offsets.npy")
    return [audio[begin:end] for begin, end in pairwise(offsets)]


def small_recordings(directory: Path, *, rows: int = 60) -> Path:
    """Three classes of noisy tones of 0.06 to 0.2 seconds, told apart by their pitch."""
    random = np.random.default_rng(13)
    target = np.arange(rows) % 3
    recordings = []
    for label in target:
        place = np.arange(random.integers(480, 1600)) / 8000
        wave = np.sin(2 * np.pi * (300 + 500 * label + random.integers(0, 100)) * place)
        recordings.append(np.rint(8000 * wave + random.normal(0, 800, len(place))).astype(np.int16))
    return write_recordings(directory, recordings, target)


def small_images(directory: Path, *, rows: int = 150, size: int = 8, channels: int = 1) -> Path:
    """Three classes, told apart by which third of the image is bright."""
    random = np.random.default_rng(7)
    target = np.arange(rows) % 3
    images = random.integers(0, 120, (rows, channels, size, size))
    for row, label in enumerate(target):
        images[row, :, label * size // 3 : (label + 1) * size // 3] += 100
    return write_images(directory, images, target)


def bright_images(directory: Path, *, target_of: Callable[[Array], Array], rows: int = 100, size: int = 32) -> Path:
    """Grey images whose target is made of how bright their left and right halves are, float64 (rows, 2) in 0 … 1."""
    random = np.random.default_rng(23)
    halves = random.random((rows, 2))
    images = np.repeat(halves[:, None, None, :] * 200, size, axis=2)
    images = np.repeat(images, size // 2, axis=3) + random.integers(0, 40, (rows, 1, size, size))
    return write_images(directory, images, target_of(halves))


def small_table(directory: Path, *, rows: int = 200, is_regression: bool = False) -> Path:
    """Four numeric columns with holes and two categorical ones; the target depends on three of them."""
    random = np.random.default_rng(11)
    numeric = random.normal(5.0, 3.0, (rows, 4))
    categorical = random.integers(-1, 3, (rows, 2))
    signal = numeric[:, 0] - 2 * numeric[:, 1] + 3 * (categorical[:, 0] == 2)
    numeric[random.random(numeric.shape) < 0.05] = np.nan
    target = signal * 10 + 100 if is_regression else (signal > np.median(signal)).astype(np.int64)
    return write_table(directory, numeric, categorical, target)


def small_labels(directory: Path, *, rows: int = 200, labels: int = 4) -> Path:
    """A table of which each row has any number of the labels; the first depends on a column, and the last is rare."""
    random = np.random.default_rng(17)
    numeric, categorical = random.normal(5.0, 3.0, (rows, 4)), random.integers(-1, 3, (rows, 2))
    target = (random.random((rows, labels)) < np.linspace(0.6, 0.1, labels)).astype(np.uint8)
    target[:, 0] = numeric[:, 0] > 5
    return write_table(directory, numeric, categorical, target)


def small_targets(directory: Path, *, rows: int = 200) -> Path:
    """A table with three numbers to predict, of very different sizes."""
    random = np.random.default_rng(19)
    numeric, categorical = random.normal(5.0, 3.0, (rows, 4)), random.integers(-1, 3, (rows, 2))
    signal = numeric[:, :3] + 0.1 * random.normal(size=(rows, 3))
    return write_table(directory, numeric, categorical, signal * [1e-6, 1.0, 1e6] + [0.0, 50.0, 1e9])


def with_parts(directory: Path, parts: Array, *, said: str = "part") -> Path:
    """Adds to a compiled dataset what says, 0, 1 or 2 for each row, where it belongs."""
    np.save(directory / "split_split.npy", parts.astype(np.float64))
    compiled = CompiledDataset.model_validate_json((directory / "dataset.json").read_bytes())
    profile = compiled.profile.model_copy(update={"split_by": {"split": said}})
    files = (*compiled.files, _entry(directory / "split_split.npy"))
    given = tuple(np.bincount(parts.astype(np.int64), minlength=3).tolist())
    compiled = compiled.model_copy(update={"profile": profile, "files": files, "given_rows": given})
    (directory / "dataset.json").write_text(compiled.model_dump_json())
    return directory


def make_spec(task: str, architecture: dict[str, Any], **training: Any) -> dict[str, Any]:
    """A TrainingSpec as data."""
    return {
        "name": "test",
        "dataset": "dsv_test",
        "task": task,
        "architecture": architecture,
        "training": {"epochs": 2, "batch_size": 16, "schedule": {"name": "constant"}, **training},
    }


def write_json(path: Path, value: Any) -> Path:
    path.write_text(json.dumps(value))
    return path


def text_profile(texts: Sequence[str]) -> TextProfile:
    lengths = [len(text) for text in texts]
    return TextProfile(shortest=min(lengths), longest=max(lengths), mean=sum(lengths) / len(lengths))


def text_arrays(name: str, texts: Sequence[str]) -> dict[str, Array]:
    encoded = [text.encode() for text in texts]
    return {
        name: np.frombuffer(b"".join(encoded), dtype=np.uint8),
        f"{name}_offsets": np.cumsum([0, *map(len, encoded)], dtype=np.int64),
    }


def _write(directory: Path, task: Task, profile: AnyProfile, arrays: dict[str, Array], target: Array) -> Path:
    if target.ndim > 1:
        counts = tuple(target.sum(axis=0).tolist()) if task.is_classification else ()
        return write_arrays(directory, task, profile, arrays | {"target": target}, rows=len(target), counts=counts)
    counts = tuple(np.bincount(target).tolist()) if task.is_classification else ()
    arrays = arrays | {"target": target.astype(np.int64 if task.is_classification else np.float64)}
    return write_arrays(directory, task, profile, arrays, rows=len(target), counts=counts)


def write_arrays(
    directory: Path,
    task: Task,
    profile: AnyProfile,
    arrays: dict[str, Array],
    *,
    rows: int,
    counts: tuple[int, ...] = (),
    names: tuple[str, ...] = (),
    entries: dict[str, int] | None = None,
) -> Path:
    """Classes are called c0, c1, … unless they have ``names``."""
    directory.mkdir(parents=True, exist_ok=True)
    for name, array in arrays.items():
        np.save(directory / f"{name}.npy", np.ascontiguousarray(array))
    compiled = CompiledDataset(
        task=task,
        rows=rows,
        classes=names or tuple(f"c{index}" for index in range(len(counts))),
        class_counts=counts,
        profile=profile,
        entries=entries or {},
        files=tuple(_entry(directory / f"{name}.npy") for name in arrays),
    )
    (directory / "dataset.json").write_text(compiled.model_dump_json())
    return directory


def _entry(path: Path) -> FileEntry:
    content = path.read_bytes()
    return FileEntry(name=path.name, bytes=len(content), sha256=hashlib.sha256(content).hexdigest())
