"""The kinds of tasks, each in a module of its own that is imported when a job needs it."""

from importlib import import_module

from trainyard_engine.kinds.kind import Kind
from trainyard_spec.tasks import Task

KINDS: dict[Task, str] = {
    Task.IMAGE_CLASSIFICATION: "images",
    Task.IMAGE_REGRESSION: "images",
    Task.TEXT_CLASSIFICATION: "texts",
    Task.AUDIO_CLASSIFICATION: "recordings",
    Task.SPEECH_RECOGNITION: "speech",
    Task.LANGUAGE_MODELLING: "languages",
    Task.TRANSLATION: "translations",
    Task.TABULAR_CLASSIFICATION: "tables",
    Task.TABULAR_REGRESSION: "tables",
    Task.TIME_SERIES_FORECASTING: "forecasts",
    Task.SEQUENCE_CLASSIFICATION: "sequences",
    Task.RECOMMENDATION: "interactions",
}
"""The module below this package whose ``KIND`` serves the task."""


def kind_of(task: Task) -> Kind:
    """The kind that serves ``task``."""
    kind: Kind = import_module(f"{__name__}.{KINDS[task]}").KIND
    return kind
