"""Uploads that are rejected, each made of one that is fine."""

import fcntl
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support import series, uploads
from tests.support.speech import tone, tones
from trainyard_engine.ingest.limits import IngestLimits
from trainyard_spec.tasks import Task

IMAGES = Task.IMAGE_CLASSIFICATION
CLASSES = Task.TABULAR_CLASSIFICATION
NUMBERS = Task.TABULAR_REGRESSION
TEXTS = Task.TEXT_CLASSIFICATION
FEEDBACK = Task.RECOMMENDATION
RATED = {"user": "who", "item": "film", "target": "stars", "time": "when"}
SOUNDS = Task.AUDIO_CLASSIFICATION
SPEECH = Task.SPEECH_RECOGNITION


@dataclass(frozen=True)
class Case:
    """``write`` makes the upload at the path it gets."""

    task: Task
    write: Callable[[Path], object]
    limits: IngestLimits | None = None
    options: dict[str, Any] | None = None


def images(extra: dict[str, bytes], **limits: int) -> Case:
    files = {**uploads.class_folders(), **extra}
    return Case(IMAGES, lambda path: uploads.write_zip(path, files), IngestLimits(**limits))


def folders(*classes: str, count: int = 6) -> Case:
    return Case(IMAGES, lambda path: uploads.write_zip(path, uploads.class_folders(classes, images=count)))


def labelled(table: bytes, extra: dict[str, bytes] | None = None) -> Case:
    """Twelve images with a number each, whose table begins with ``table``."""
    files = {f"{number:02}.png": uploads.image_bytes(20 * number) for number in range(12)}
    lines = "".join(f"{number:02}.png,{number}\n" for number in range(12))
    files |= {"labels.csv": table + lines.encode(), **(extra or {})}
    return Case(Task.IMAGE_REGRESSION, lambda path: uploads.write_zip(path, files), options={"target": "age"})


def recordings(extra: dict[str, bytes]) -> Case:
    files = {**tones({"low": 200, "high": 900}), **extra}
    return Case(SOUNDS, lambda path: uploads.write_zip(path, files))


def speech(change: Callable[[dict[str, bytes]], object], **limits: int) -> Case:
    files = {f"{i:02}.{kind}": tone(300 + i) if kind == "wav" else b"la" for i in range(10) for kind in ("wav", "txt")}
    change(files)
    return Case(SPEECH, lambda path: uploads.write_zip(path, files), IngestLimits(**limits))


def content(task: Task, raw: bytes, **options: Any) -> Case:
    return Case(task, lambda path: path.write_bytes(raw), options=options)


def chats(change: Callable[[list[dict[str, Any]]], object], task: Task = Task.INSTRUCTION_TUNING) -> Case:
    """Twelve conversations of a question and an answer, or pairs of answers, after ``change``."""
    asked = [{"role": "user", "content": "Where?"}, {"role": "assistant", "content": "Here."}]
    pair = {"prompt": "Where?", "chosen": "Here.", "rejected": "No."}
    table = [{"messages": [dict(turn) for turn in asked]} if task == Task.INSTRUCTION_TUNING else dict(pair)] * 12
    table = json.loads(json.dumps(table))
    change(table)
    return content(task, "\n".join(map(json.dumps, table)).encode())


def rows(
    task: Task,
    target: str | None,
    change: Callable[[list[uploads.Row]], object],
    options: dict[str, Any] | None = None,
    **limits: int,
) -> Case:
    def write(path: Path) -> None:
        table = uploads.flower_rows()
        change(table)
        uploads.write_jsonl(path, table)

    return Case(task, write, IngestLimits(**limits), {"target": target, **(options or {})})


def posts(change: Callable[[list[uploads.Row]], object], *, text: str | None = "post") -> Case:
    def write(path: Path) -> None:
        table = uploads.post_rows()
        change(table)
        uploads.write_jsonl(path, table)

    return Case(TEXTS, write, options={"text": text, "target": "topic"})


def loads(change: Callable[[list[uploads.Row]], object], options: dict[str, Any] | None = None, **limits: int) -> Case:
    def write(path: Path) -> None:
        table = series.load_rows()
        change(table)
        uploads.write_jsonl(path, table)

    return Case(series.FORECAST, write, IngestLimits(**limits), {**series.COLUMNS, **(options or {})})


def runs(change: Callable[[list[uploads.Row]], object], **options: str) -> Case:
    def write(path: Path) -> None:
        table = series.run_rows()
        change(table)
        uploads.write_jsonl(path, table)

    return Case(series.SEQUENCES, write, options=series.LABELLED | options)


def ratings(
    change: Callable[[list[uploads.Row]], object], *, limits: dict[str, int] | None = None, **options: Any
) -> Case:
    def write(path: Path) -> None:
        table = uploads.rating_rows()
        change(table)
        uploads.write_jsonl(path, table)

    return Case(FEEDBACK, write, IngestLimits(**limits or {}), {**RATED, **options})


def occupied(path: Path) -> None:
    uploads.write_zip(path, uploads.class_folders())
    (path.parent / "compiled").mkdir()
    (path.parent / "compiled" / "thesis.txt").write_text("mine")


def busy(path: Path) -> None:
    uploads.write_zip(path, uploads.class_folders())
    (path.parent / ".compiled.partial").mkdir()
    # Left open: the lock lasts as long as this process, or as another compilation.
    fcntl.flock(os.open(path.parent / ".compiled.partial", os.O_RDONLY), fcntl.LOCK_EX)


def twice_the_same_name(path: Path) -> None:
    files = uploads.class_folders()
    uploads.write_tar(path, {**files, "./cat/000.png": files["cat/000.png"]})


def cut_off(path: Path) -> None:
    uploads.write_tar(path, uploads.class_folders())
    path.write_bytes(path.read_bytes()[:-200])
