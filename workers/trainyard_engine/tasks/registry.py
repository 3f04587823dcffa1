"""The kinds of tasks, each in a module of its own that is imported when a job needs it."""

from importlib import import_module

from trainyard_engine.tasks.handler import Kind
from trainyard_spec.tasks import Task

KINDS: dict[Task, str] = {
    Task.IMAGE_CLASSIFICATION: "shared.images",
    Task.IMAGE_REGRESSION: "shared.images",
    Task.TEXT_CLASSIFICATION: "text_classification.handler",
    Task.AUDIO_CLASSIFICATION: "audio_classification.handler",
    Task.SPEECH_RECOGNITION: "speech_recognition.handler",
    Task.LANGUAGE_MODELLING: "language_modelling.handler",
    Task.TRANSLATION: "translation.handler",
    Task.TABULAR_CLASSIFICATION: "shared.tables",
    Task.TABULAR_REGRESSION: "shared.tables",
    Task.TIME_SERIES_FORECASTING: "time_series_forecasting.handler",
    Task.SEQUENCE_CLASSIFICATION: "sequence_classification.handler",
    Task.RECOMMENDATION: "recommendation.handler",
}
"""The module of ``trainyard_engine.tasks`` whose ``KIND`` serves the task."""


def kind_of(task: Task) -> Kind:
    """The kind that serves ``task``."""
    kind: Kind = import_module(f"trainyard_engine.tasks.{KINDS[task]}").KIND
    return kind
