"""The task registry: where the code of each task is, by name, so that only what a command needs is imported.

The folder ``trainyard_engine.tasks.<task>`` has a ``handler`` with a ``HANDLER``. What a task is, in words, losses and
metrics, its row in ``trainyard_spec.tasks.TRAITS`` says. This module must stay importable without torch.
"""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from pkgutil import resolve_name
from typing import TYPE_CHECKING

from trainyard_engine.ingest.problems import ProblemLog
from trainyard_engine.ingest.request import CompileRequest
from trainyard_spec.datasets import CompiledDataset
from trainyard_spec.tasks import Task

if TYPE_CHECKING:
    from trainyard_engine.tasks.handler import TaskHandler

Reader = Callable[[CompileRequest, Path, ProblemLog], CompiledDataset]
"""Writes the arrays of an upload into a directory. Raises ``Rejected``."""

READERS: dict[Task, str] = {
    Task.IMAGE_CLASSIFICATION: "image.read:compile_images",
    Task.IMAGE_REGRESSION: "image.read:compile_images",
    Task.TEXT_CLASSIFICATION: "text.read:compile_texts",
    Task.TEXT_REGRESSION: "text.read:compile_texts",
    Task.SENTENCE_EMBEDDING: "text.read_pairs:compile_pairs",
    Task.TOKEN_CLASSIFICATION: "text.read_tags:compile_tags",
    Task.AUDIO_CLASSIFICATION: "audio.read:compile_recordings",
    Task.SPEECH_RECOGNITION: "audio.read_speech:compile_speech",
    Task.LANGUAGE_MODELLING: "text.read_documents:compile_documents",
    Task.INSTRUCTION_TUNING: "text.read_conversations:compile_conversations",
    Task.PREFERENCE_TUNING: "text.read_conversations:compile_conversations",
    Task.TRANSLATION: "text.read_translations:compile_translations",
    Task.TABULAR_CLASSIFICATION: "tabular.read:compile_table",
    Task.TABULAR_REGRESSION: "tabular.read:compile_table",
    Task.TIME_SERIES_FORECASTING: "series.read:compile_series",
    Task.SEQUENCE_CLASSIFICATION: "series.read:compile_series",
    Task.RECOMMENDATION: "interactions.read:compile_interactions",
}
"""The tasks, each with what reads its uploads, below ``trainyard_engine.modalities``.

By name, because Pillow serves only images, libsndfile only recordings, and Arrow only tables.
"""


def handler_module(task: Task) -> str:
    """The name of the module that has the task's ``HANDLER``."""
    return f"trainyard_engine.tasks.{task}.handler"


def handler_for(task: Task) -> "TaskHandler":
    """What prepares data, trains and predicts for ``task``."""
    handler: TaskHandler = import_module(handler_module(task)).HANDLER
    return handler


def reader_for(task: Task) -> Reader:
    """What compiles an upload for ``task``."""
    reader: Reader = resolve_name(f"trainyard_engine.modalities.{READERS[task]}")
    return reader
