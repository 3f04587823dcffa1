"""Messages of the engine on standard output: one JSON object per line.

The engine takes no input except signals: SIGTERM or SIGINT requests a checkpoint and a clean stop (``stopped``).
Durations are seconds of the engine's monotonic clock since ``started``, in this process. ``trained_seconds`` excludes
the time in which the host gave the training no processor.
"""

import math
from enum import IntEnum, StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, TypeAdapter, model_validator

from trainyard_spec.base import Count, Finite, Seconds, Step, WireModel
from trainyard_spec.files import FileEntry
from trainyard_spec.names import storable
from trainyard_spec.resolution import ResolvedTraining
from trainyard_spec.timings import TrainingTimings
from trainyard_spec.verdicts import Verdict

WEIGHTS_FILE = "model.safetensors"
CONFIG_FILE = "config.json"
TOKENIZER_FILE = "tokenizer.json"
CATALOGUE_FILE = "catalogue.safetensors"
SCALES_FILE = "series.safetensors"
BASE_FILE = "base.json"
PROCESSOR_FILE = "preprocessor_config.json"
MANIFEST_FILE = "manifest.json"
RESULT_FILE = "result.json"
TEST_PREDICTIONS_FILE = "test_predictions.csv"
MODEL_CARD_FILE = "model_card.md"
CHECKPOINTS_DIRECTORY = "checkpoints"
MOST_FILES = 64
"""Of a checkpoint or a model."""
MOST_POINTS = 100_000
MOST_SERIES = 1_000
"""Of one message with metrics."""
READERS_FILES = frozenset({TEST_PREDICTIONS_FILE, MODEL_CARD_FILE})
"""Beside every model, and not needed to predict."""
EXPORTED_FILES = frozenset({
    "adapter_config.json", "adapter_model.safetensors", "tokenizer_config.json", "generation_config.json",
})  # fmt: skip
"""Beside a language model, likewise: for ``peft`` and ``transformers``, which read them with its ``tokenizer.json``."""
NOT_FOR_WORKERS = READERS_FILES | EXPORTED_FILES

MOST_WARNINGS = 20
"""Of one answer."""


Text = Annotated[str, AfterValidator(storable)]
"""A sentence from a library or a customer's data, or what it names: all of it can be stored."""


def checkpoint_directory(step: int) -> str:
    """Directory of the checkpoint at ``step``, relative to the output directory."""
    return f"{CHECKPOINTS_DIRECTORY}/step-{step:010d}"


def _finite_alone(values: Any) -> Any:
    if not isinstance(values, dict):
        return values
    return {name: value for name, value in values.items() if not isinstance(value, float) or math.isfinite(value)}


FiniteMetrics = Annotated[dict[str, float], BeforeValidator(_finite_alone)]
"""Metrics by name; one that overflowed, such as the perplexity of a useless model, is left out."""


class ExitStatus(IntEnum):
    """Exit status of ``trainyard_engine``. Any other status is a crash."""

    SUCCEEDED = 0
    INVALID_INPUT = 2
    STOPPED = 3
    FAILED = 4


class Fault(StrEnum):
    """Kind of a failure. A ``user`` fault fails the job at once; an ``infrastructure`` fault is retried elsewhere.

    ``storage``: a disk or the blob store is full; the job waits for space. ``hang``: no step any more; retried once.
    """

    USER = "user"
    INFRASTRUCTURE = "infrastructure"
    STORAGE = "storage"
    HANG = "hang"


class Started(WireModel):
    """Data and model are loaded, and the first step follows: billing starts here.

    ``resolved`` contains what ``auto`` became; workers of earlier releases leave it out. The worker adds
    ``seconds_after_claim`` by its monotonic clock, so that billing starts exactly, however late the message arrives.
    """

    type: Literal["started"] = "started"
    step: Step
    epoch: Count
    total_steps: Step
    steps_per_epoch: Step
    parameters: Step
    device: str
    precision: str
    threads: Count
    resumed_from: Step | None = None
    resolved: ResolvedTraining | None = None
    seconds_after_claim: Seconds | None = None


class FirstStep(WireModel):
    """The first optimizer step of this process has been taken."""

    type: Literal["first_step"] = "first_step"
    step: Step


class Metrics(WireModel):
    """Points of several series at the same steps: ``values[name][i]`` belongs to ``steps[i]``. NaN becomes ``None``."""

    type: Literal["metrics"] = "metrics"
    steps: tuple[Step, ...] = Field(max_length=MOST_POINTS)
    values: dict[str, tuple[Finite | None, ...]] = Field(max_length=MOST_SERIES)

    @model_validator(mode="after")
    def _has_a_value_for_each_step(self) -> Self:
        if any(len(series) != len(self.steps) for series in self.values.values()):
            raise ValueError("each series has as many values as there are steps")
        return self


class Progress(WireModel):
    """Sent about once a second, also during evaluations. ``epoch`` counts finished epochs.

    ``samples_per_second`` is the recent speed of the training steps. ``starved_seconds`` is the time since ``started``
    in which the host gave the training no processor; it is not part of ``trained_seconds``.
    """

    type: Literal["progress"] = "progress"
    epoch: Count
    step: Step
    total_steps: Step
    samples_per_second: Finite = Field(ge=0)
    trained_seconds: Seconds
    starved_seconds: Seconds = 0.0
    timings: TrainingTimings | None = None


class Log(WireModel):
    type: Literal["log"] = "log"
    level: Literal["info", "warning", "error"] = "info"
    message: Text = Field(max_length=4_000)


class CheckpointWritten(WireModel):
    """A complete, durable checkpoint: ``files`` are all files in ``directory``, with the manifest last."""

    type: Literal["checkpoint"] = "checkpoint"
    step: Step
    epoch: Count
    directory: str
    files: tuple[FileEntry, ...] = Field(max_length=MOST_FILES)
    trained_seconds: Seconds


class Stopped(WireModel):
    """Stopped on request; ``checkpoint`` holds all work up to ``step``."""

    type: Literal["stopped"] = "stopped"
    step: Step
    trained_seconds: Seconds


class ClassReport(WireModel):
    """Per-class test results, in the order of ``classes``; ``rows`` counts the test rows of each class.

    ``confusion[i][j]`` counts the rows of class i that were predicted as class j; empty where there are too many
    classes. ``None`` means undefined: the recall of a class without rows, and its precision and F1 if it was never
    predicted either. A class with rows that was never predicted has precision 0.
    """

    classes: tuple[str, ...]
    precision: tuple[Finite | None, ...]
    recall: tuple[Finite | None, ...]
    f1: tuple[Finite | None, ...]
    rows: tuple[int, ...]
    confusion: tuple[tuple[int, ...], ...] = ()


class Result(WireModel):
    """Training has finished: ``files`` are in the output directory, which also has this message (``result.json``)."""

    type: Literal["result"] = "result"
    step: Step
    epoch: Count
    test_metrics: FiniteMetrics
    class_report: ClassReport | None = None
    val_metrics: FiniteMetrics
    parameters: Step
    samples_per_second: Finite = Field(ge=0)
    weights_sha256: str
    trained_seconds: Seconds
    files: tuple[FileEntry, ...] = Field(max_length=MOST_FILES)
    early_stopped: bool = False
    verdict: Verdict | None = None
    timings: TrainingTimings | None = None
    """Results of earlier releases have neither."""


class Profiled(WireModel):
    """Measurement of ``profile`` so far; the last such message counts."""

    type: Literal["profiled"] = "profiled"
    timings: TrainingTimings


class Failed(WireModel):
    """Why training cannot continue. ``code`` is stable; ``field`` names the spec field at fault, if there is one."""

    type: Literal["failed"] = "failed"
    fault: Fault
    code: str
    message: Text
    hint: Text = ""
    field: Text | None = None


class PredictionWarningCode(StrEnum):
    """Reasons why a prediction may be less reliable than it seems; engines of later releases may add more."""

    UNKNOWN_CATEGORY = "unknown_category"
    MISSING_VALUE = "missing_value"
    COLUMN_MISSING = "column_missing"
    COLUMN_LEFT_OUT = "column_left_out"
    OUT_OF_RANGE = "out_of_range"
    UNKNOWN_WORDS = "unknown_words"
    UNKNOWN_USER = "unknown_user"
    UNKNOWN_ITEM = "unknown_item"
    UNKNOWN_SERIES = "unknown_series"
    TRUNCATED = "truncated"


class PredictionWarning(WireModel):
    """A part of an input that the model did not know or did not read; ``column`` names that part, if there is one."""

    code: str
    message: Text
    column: Text | None = None


class Prediction(WireModel):
    """Output for one input: ``{"label", "probabilities"}``, ``{"value"}`` or ``{"text"}``, according to the task."""

    model_config = ConfigDict(extra="allow", frozen=True)

    warnings: tuple[PredictionWarning, ...] = Field(default=(), max_length=MOST_WARNINGS)


class Predictions(WireModel):
    """Single output line of ``predict``: one prediction per input."""

    type: Literal["predictions"] = "predictions"
    predictions: tuple[Prediction, ...]


class Evaluated(WireModel):
    """Single output line of ``evaluate``: metrics over the ``rows`` of the test split, and the predictions' file."""

    type: Literal["evaluated"] = "evaluated"
    rows: int
    test_metrics: dict[str, float]
    class_report: ClassReport | None = None
    files: tuple[FileEntry, ...] = ()


class Verified(WireModel):
    """Single output line of ``verify``: these files are complete and undamaged."""

    type: Literal["verified"] = "verified"
    files: tuple[FileEntry, ...]


EngineMessage = Annotated[
    Started | FirstStep | Metrics | Progress | Log | CheckpointWritten | Stopped | Result | Failed,
    Field(discriminator="type"),
]
ENGINE_MESSAGE: TypeAdapter[EngineMessage] = TypeAdapter(EngineMessage)

ProfileMessage = Annotated[Profiled | Failed, Field(discriminator="type")]
PROFILE_MESSAGE: TypeAdapter[ProfileMessage] = TypeAdapter(ProfileMessage)
"""The lines of ``profile``: nothing of what was learnt is in them."""

ReportedMessage = Annotated[Started | FirstStep | Metrics | Progress | Log, Field(discriminator="type")]
"""The messages a worker forwards as they are; the others have calls of their own."""
