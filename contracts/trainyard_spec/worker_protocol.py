"""The worker API, ``/api/worker/v1``: JSON over HTTP, bearer token of the worker.

Every write about an attempt carries its ``fence``. A stale fence answers 409 ``stale_fence``: the worker kills the
engine and forgets the attempt. A repeated write (same sequence, step or outcome) changes nothing and answers as the
first did, so a worker may send anything again after a lost answer.

| call | body | answer |
|---|---|---|
| ``POST /register`` (enrolment token as bearer) | ``Registration`` | ``Registered`` |
| ``POST /heartbeat`` | ``Heartbeat`` | ``HeartbeatReply``; also renews the leases of the attempts it names |
| ``POST /claim`` | ``ClaimRequest`` | ``Claim``, or 204 |
| ``GET /attempts/{id}/dataset/{name}`` | | file content, or 302 to the store |
| ``GET /attempts/{id}/start/{name}`` | | file of the model that the job starts from |
| ``GET /attempts/{id}/checkpoints/{step}/files/{name}`` | | file of a checkpoint that the claim names |
| ``POST /attempts/{id}/reports`` | ``Report`` | ``ReportReply`` |
| ``PUT /attempts/{id}/checkpoints/{step}/files/{name}?fence=`` | raw bytes | 204 |
| ``POST /attempts/{id}/checkpoints`` | ``CheckpointRegistration`` | ``ReportReply`` |
| ``PUT /attempts/{id}/model/{name}?fence=`` | raw bytes | 204 |
| ``POST /attempts/{id}/finish`` | ``Finish`` | 204 |
| ``POST /profiles/claim`` | ``ClaimRequest`` | ``ProfileClaim``, or 204 |
| ``GET /profiles/{id}/dataset/{name}`` | | file content, or 302 to the store |
| ``GET /profiles/{id}/start/{name}`` | | file of the model that the spec starts from |
| ``POST /profiles/{id}/finish`` | ``ProfileFinish`` | 204 |
| ``POST /exports/claim`` | ``{}`` | ``ExportClaim``, or 204 |
| ``GET /exports/{id}/model/{name}`` | | file of the model that is exported |
| ``PUT /exports/{id}/files/{name}`` | raw bytes | 204 |
| ``POST /exports/{id}/finish`` | ``ExportFinish`` | 204 |
| ``POST /predictions/claim`` | ``{}`` | ``PredictionClaim``, or 204 |
| ``GET /predictions/{id}/model/{name}`` | | file content |
| ``POST /predictions/{id}/parts`` | ``PredictionParts`` | 204; one that is lost, or comes too late, is not missed |
| ``POST /predictions/{id}/finish`` | ``PredictionFinish`` | 204 |
"""

from hashlib import sha256
from typing import Annotated, Any, Literal

from pydantic import Field

from trainyard_spec.base import Count, Seconds, Step, WireModel
from trainyard_spec.engine_protocol import Failed, Prediction, ReportedMessage, Result
from trainyard_spec.files import FileEntry
from trainyard_spec.generation import PredictionPart
from trainyard_spec.pretrained_models import BaseModelFacts
from trainyard_spec.states import DesiredState
from trainyard_spec.timings import TrainingTimings

MOST_PARTS = 4_096
"""Of answers under way, in one message."""

SHARED_PROCESS_DIED = "engine_server_died"
SHARED_PROCESS_MISSING = "engine_unavailable"
SHARED_FAULTS = frozenset({SHARED_PROCESS_DIED, SHARED_PROCESS_MISSING})
"""Codes of faults of a process that all trainings on a worker share: one fault, however many of them it ends."""


class Hardware(WireModel):
    """Hardware of a worker.

    ``memory_bytes`` is that of one of its equal GPUs, else of the host; ``driver`` is the GPUs'.
    """

    kind: Literal["cpu", "cuda"]
    model: str
    memory_bytes: Step
    cores: Count
    gpus: Count = 0
    driver: str | None = None


class SandboxReport(WireModel):
    """Sandbox of a worker's engine processes, with a sentence for each protection that its host cannot provide."""

    kind: Literal["namespaces", "landlock", "none"]
    missing: tuple[Annotated[str, Field(max_length=1_000)], ...] = Field(default=(), max_length=20)


class Registration(WireModel):
    """Registration of a worker: its hardware, software and registered models.

    ``pretrained`` names the models on its disk that jobs can fine-tune, and ``pretrained_tasks`` the tasks of each, as
    far as known. ``language_models`` are the causal language models for training sessions, each with its maximum
    context in tokens, and ``base_models`` the facts about their weights. Earlier releases report neither these nor
    ``sandbox``.
    """

    name: str = Field(min_length=1, max_length=120)
    slots: int = Field(ge=1, le=64)
    hardware: Hardware
    software: dict[str, str] = {}
    pretrained: tuple[str, ...] = ()
    language_models: dict[str, int] = {}
    pretrained_tasks: dict[str, tuple[str, ...]] = {}
    base_models: dict[str, BaseModelFacts] = {}
    sandbox: SandboxReport | None = None


class Registered(WireModel):
    """Credential of a worker. ``token`` is shown once; the worker stores it where only its user can read it."""

    worker_id: str
    token: str
    pool: str
    queue: str
    heartbeat_seconds: float
    lease_seconds: float


def broker_password(token: str) -> str:
    """The password at the broker of the user whose name is the worker's id. It opens nothing else, and the token does
    not follow from it."""
    return sha256(token.encode()).hexdigest()


class HeldAttempt(WireModel):
    attempt_id: str
    fence: Count


class Heartbeat(WireModel):
    """Heartbeat. Without ``has_room`` on its disk, the worker claims no further attempts.

    ``about`` is sent by a worker that has just started: attempts that it held before and does not name are lost at
    once, without waiting for their leases. ``fault`` is the reason why it is unfit, such as a broken GPU.
    """

    attempts: tuple[HeldAttempt, ...] = ()
    has_room: bool = True
    about: Registration | None = None
    fault: str | None = Field(default=None, max_length=400)


class HeartbeatReply(WireModel):
    """Desired states of the attempts still held, and current settings. A missing attempt is lost: kill it."""

    state: Literal["active", "cordoned", "draining", "quarantined"]
    desired: dict[str, DesiredState]
    heartbeat_seconds: float | None = Field(default=None, gt=0)
    lease_seconds: float | None = Field(default=None, gt=0)


class ClaimRequest(WireModel):
    free_slots: int = Field(ge=1, le=64)


class ResumePoint(WireModel):
    step: Step
    files: tuple[FileEntry, ...]


class Claim(WireModel):
    """One attempt to run, on ``slots`` of the free slots that the request named.

    ``spec`` is a TrainingSpec as JSON; ``dataset_key`` identifies the dataset for the local cache. ``start_files`` are
    those of the model ``start_key`` from which it starts, if any. ``earlier`` are the checkpoints before ``resume``,
    newest first, used if that one arrives damaged.
    """

    attempt_id: str
    job_id: str
    fence: Count
    slots: int = Field(default=1, ge=1)
    spec: dict[str, Any]
    dataset_key: str
    dataset_files: tuple[FileEntry, ...]
    start_key: str | None = None
    start_files: tuple[FileEntry, ...] = ()
    resume: ResumePoint | None = None
    earlier: tuple[ResumePoint, ...] = ()


class ProfileClaim(WireModel):
    """A spec whose speed is to be measured, on ``slots`` of the free slots; the other fields are as in ``Claim``.

    ``step_seconds`` of training are enough; after ``seconds`` the measurement ends in any case. Jobs have precedence.
    """

    profile_id: str
    slots: int = Field(default=1, ge=1)
    spec: dict[str, Any]
    dataset_key: str
    dataset_files: tuple[FileEntry, ...]
    start_key: str | None = None
    start_files: tuple[FileEntry, ...] = ()
    step_seconds: float = Field(default=5, gt=0)
    seconds: float = Field(default=60, gt=0)


class ProfileFinish(WireModel):
    """The measurement, or why it failed; neither if it was returned in favour of a job."""

    timings: TrainingTimings | None = None
    failure: Failed | None = None


class ExportClaim(WireModel):
    """A model to be exported to another library's layout; after ``seconds`` the export is given to another worker."""

    export_id: str
    format: Literal["merged"]
    model_id: str
    model_files: tuple[FileEntry, ...]
    seconds: float = Field(default=1_500, gt=0)


class ExportFinish(WireModel):
    """All files were uploaded, or the reason why not."""

    failure: Failed | None = None


class Report(WireModel):
    """Report of an attempt. ``sequence`` starts at 1 and increases by one per report."""

    fence: Count
    sequence: Step = Field(ge=1)
    messages: tuple[ReportedMessage, ...] = ()


class ReportReply(WireModel):
    desired: DesiredState


class CheckpointRegistration(WireModel):
    """All files are uploaded.

    ``trained_seconds`` is the training time from this attempt's ``started`` to the checkpoint.
    """

    fence: Count
    step: Step
    epoch: Count
    trained_seconds: Seconds
    files: tuple[FileEntry, ...] = Field(min_length=1, max_length=64)


class Succeeded(WireModel):
    outcome: Literal["succeeded"] = "succeeded"
    result: Result


class StoppedOutcome(WireModel):
    """Stopped on request; the last checkpoint is registered."""

    outcome: Literal["stopped"] = "stopped"


class CancelledOutcome(WireModel):
    outcome: Literal["cancelled"] = "cancelled"


class FailedOutcome(WireModel):
    outcome: Literal["failed"] = "failed"
    failure: Failed


class Finish(WireModel):
    fence: Count
    result: Annotated[Succeeded | StoppedOutcome | CancelledOutcome | FailedOutcome, Field(discriminator="outcome")]


class GenerationTerms(WireModel):
    """Terms of language model predictions. Models with one ``serving_key`` can share a process and ``base``.

    ``base`` is registered on the worker, and ``None`` where the model has its own weights. ``streams``: a reader waits
    for partial answers. ``wanted`` is the text, or an embedding of the input.
    """

    serving_key: str
    base: str | None = None
    streams: bool = False
    wanted: Literal["text", "embedding"] = "text"


class PredictionClaim(WireModel):
    """Inputs as the client sent them (objects for table rows, base64 for images); it waits for ``seconds`` from now."""

    prediction_id: str
    model_id: str
    model_files: tuple[FileEntry, ...]
    inputs: tuple[Any, ...]
    seconds: float = Field(default=30, gt=0)
    generation: GenerationTerms | None = None


class PredictionParts(WireModel):
    """Parts of the answers that were generated since the last call; ``first`` is the number of earlier parts."""

    first: Count
    parts: tuple[PredictionPart, ...] = Field(max_length=MOST_PARTS)


class PredictionFinish(WireModel):
    """Result or failure: exactly one of them is set."""

    predictions: tuple[Prediction, ...] | None = None
    failure: Failed | None = None
