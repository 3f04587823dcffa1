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
    """``memory_bytes`` is of one GPU of several alike, or of the host; ``driver`` is that of the GPUs."""

    kind: Literal["cpu", "cuda"]
    model: str
    memory_bytes: Step
    cores: Count
    gpus: Count = 0
    driver: str | None = None


class SandboxReport(WireModel):
    """What confines a worker's engines, and a sentence for each wall that its host cannot build."""

    kind: Literal["namespaces", "landlock", "none"]
    missing: tuple[Annotated[str, Field(max_length=1_000)], ...] = Field(default=(), max_length=20)


class Registration(WireModel):
    """``pretrained`` are the names of the models on the worker's disk that jobs may train further; ``language_models``
    those that training sessions may begin with, causal language models, each with its longest context in tokens, and
    ``base_models`` what is known of their weights. ``pretrained_tasks`` says of each model what it can learn, as far as
    its configuration tells.

    A worker of an earlier release says neither that nor what its ``sandbox`` is.
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
    """``token`` is shown once; the worker keeps it in its state directory, readable by its user alone."""

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
    """``has_room`` says whether the worker's disk has room for another attempt; without, it claims none.

    ``about`` describes a worker that has just started: attempts that it was given before and does not name are lost at
    once, without waiting for their leases. ``fault`` says what makes it unfit, such as a broken GPU.
    """

    attempts: tuple[HeldAttempt, ...] = ()
    has_room: bool = True
    about: Registration | None = None
    fault: str | None = Field(default=None, max_length=400)


class HeartbeatReply(WireModel):
    """``desired`` per attempt id still held; an attempt that is missing was lost: kill it.

    The durations are the control plane's present ones, where it names them.
    """

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
    """One attempt to run, on ``slots`` of the free ones that the request named.

    ``spec`` is a TrainingSpec as JSON; ``dataset_key`` names the content for a local cache.

    ``start_files`` are those of the model ``start_key`` that it starts from, where there is one.
    ``earlier`` are the checkpoints before ``resume``, newest first, to fall back on where that one arrives damaged.
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
    """A spec whose speed is to be measured, on ``slots`` of the free ones; fields are as a ``Claim`` has them.

    ``step_seconds`` of training are enough, and after ``seconds`` it is over whatever was measured. A job goes before.
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
    """What was measured, or why nothing was; neither where it was given back for a job."""

    timings: TrainingTimings | None = None
    failure: Failed | None = None


class ExportClaim(WireModel):
    """A model that is to be written as other libraries read it; after ``seconds`` it is another worker's."""

    export_id: str
    format: Literal["merged"]
    model_id: str
    model_files: tuple[FileEntry, ...]
    seconds: float = Field(default=1_500, gt=0)


class ExportFinish(WireModel):
    """All files were uploaded, or why none were."""

    failure: Failed | None = None


class Report(WireModel):
    """``sequence`` starts at 1 and grows by one a report within an attempt."""

    fence: Count
    sequence: Step = Field(ge=1)
    messages: tuple[ReportedMessage, ...] = ()


class ReportReply(WireModel):
    desired: DesiredState


class CheckpointRegistration(WireModel):
    """All files were uploaded. ``trained_seconds`` counts from ``started`` of this attempt to this checkpoint."""

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
    """Of predictions with language models: models of one ``serving_key`` may share a process, and the model ``base``.

    ``base`` is registered on the worker, None where the model is its own. ``streams``: somebody reads the answers as
    they are written. ``wanted`` are texts, or embeddings of the inputs.
    """

    serving_key: str
    base: str | None = None
    streams: bool = False
    wanted: Literal["text", "embedding"] = "text"


class PredictionClaim(WireModel):
    """``inputs`` are as the client sent them: objects for rows, base64 text for images.

    ``seconds`` from now on somebody waits for the answer; a later one is of no use.
    """

    prediction_id: str
    model_id: str
    model_files: tuple[FileEntry, ...]
    inputs: tuple[Any, ...]
    seconds: float = Field(default=30, gt=0)
    generation: GenerationTerms | None = None


class PredictionParts(WireModel):
    """What of the answers was written since the last one: ``first`` counts the parts before these."""

    first: Count
    parts: tuple[PredictionPart, ...] = Field(max_length=MOST_PARTS)


class PredictionFinish(WireModel):
    """Exactly one of the two is set."""

    predictions: tuple[Prediction, ...] | None = None
    failure: Failed | None = None
