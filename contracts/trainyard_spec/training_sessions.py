"""Training sessions: primitives of training (forward_backward, optim_step, …) that a customer's own loop calls.

A *training run* is one LoRA adapter of a base model with its optimizer; its operations are executed strictly by
``seq_id``. A *host* is one engine process on one slot of a worker, which holds a base model and any number of runs.

Worker API, below ``/api/worker/v1/training-sessions``; every write names the host, and about a run its ``fence`` too:

| call | body | answer |
|---|---|---|
| ``POST /claim`` | ``SessionClaimRequest`` | ``SessionWork``, or 204 |
| ``POST /operations/{id}/finish`` | ``OperationFinish`` | 204; with ``then`` what ``/claim`` answers to that |
| ``POST /release`` | ``HostRelease`` | 204 |
| ``GET /runs/{id}/states/{seq}/{name}`` | | file of a state that the worker was told to load |
| ``PUT /runs/{id}/states/{seq}/{name}?fence=`` | raw bytes | 204 |
| ``POST /runs/{id}/states`` | ``StateRegistration`` | 204 |
"""

import math
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from trainyard_spec.base import Count, WireModel
from trainyard_spec.engine_protocol import Failed
from trainyard_spec.files import FileEntry

ADAPTER_CONFIG_FILE = "adapter_config.json"
ADAPTER_WEIGHTS_FILE = "adapter_model.safetensors"
OPTIMIZER_FILE = "optimizer.safetensors"
"""Beside the adapter in peft's layout: moments, accumulated gradients and the number of steps."""
MAX_RANK = 256
LORA_ALPHA = 32
"""The numerator of LoRA's scale (Hu et al. 2022, section 4.1), whatever the rank."""
LONGEST_MICROSECONDS = 10**12
"""Of one operation: eleven days."""


def _named(value: Any) -> Any:
    """``value`` with the names of floats that JSON has no sign for: ``nan``, ``inf`` and ``-inf``."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, dict):
        return {key: _named(item) for key, item in value.items()}
    return [_named(item) for item in value] if isinstance(value, list | tuple) else value


Result = Annotated[dict[str, Any], AfterValidator(_named)]
"""A result as it is sent and stored. The loss of a training that has diverged is no number, and is told as it is."""
Metric = Annotated[float, BeforeValidator(lambda told: math.nan if told is None else told)]
"""``None`` is what hosts of earlier releases sent for a number that is none."""
SeqId = Annotated[int, Field(ge=0, lt=2**63)]
"""A call's place in the sequence of its run."""


class OperationKind(StrEnum):
    """Operations of a training session that a worker executes."""

    CREATE = "create_model"
    LOAD = "load_weights"
    FORWARD = "forward"
    FORWARD_BACKWARD = "forward_backward"
    OPTIM_STEP = "optim_step"
    SAVE = "save_weights"
    SAVE_FOR_SAMPLER = "save_weights_for_sampler"
    SAMPLE = "sample"


class LossFunction(StrEnum):
    """Losses of ``forward_backward``: each is a sum over tokens, never a mean."""

    CROSS_ENTROPY = "cross_entropy"
    IMPORTANCE_SAMPLING = "importance_sampling"
    PPO = "ppo"
    CISPO = "cispo"
    DRO = "dro"


class LoraConfig(WireModel):
    """LoRA adapter: rank, seed of its initial weights, and the adapted parts of the network."""

    rank: int = Field(ge=1, le=MAX_RANK)
    seed: Count
    train_attn: bool = True
    train_mlp: bool = True
    train_unembed: bool = True


class StoredState(WireModel):
    """Files of a run's state after ``seq_id``: an adapter in peft's layout and, of a training, its optimizer."""

    run_id: str
    seq_id: int
    files: tuple[FileEntry, ...]


class OperationWork(WireModel):
    """``payload`` is base64 of an ``.npz`` without pickles; ``state`` is what a load or a sample starts from."""

    operation_id: str
    seq_id: int
    kind: OperationKind
    request: dict[str, Any]
    payload: str | None = None
    state: StoredState | None = None


class RunWork(WireModel):
    """Operations of one run, in order.

    ``start`` and ``replay`` are for a host that does not hold the run yet: it loads the state and executes again the
    operations whose results are already stored, then continues.
    """

    run_id: str
    fence: Count
    lora: LoraConfig
    start: StoredState | None = None
    replay: tuple[OperationWork, ...] = ()
    operations: tuple[OperationWork, ...] = ()


class HeldRun(WireModel):
    run_id: str
    fence: Count


class SessionClaimRequest(WireModel):
    """Request for work.

    ``base_model`` is the model that the host has loaded, if any; ``held`` are the runs in its memory. ``wait_seconds``
    is the longest time that the answer may wait for work.
    """

    host: str = Field(min_length=1, max_length=32)
    base_model: str | None = None
    held: tuple[HeldRun, ...] = ()
    wait_seconds: float = Field(default=0.0, ge=0.0, le=10.0)


class SessionWork(WireModel):
    """Work on one base model: operations of one run, or samples of one sampling session."""

    base_model: str
    run: RunWork | None = None
    samples: tuple[OperationWork, ...] = ()


class OperationFinish(WireModel):
    """Exactly one of ``result`` and ``failure`` is set. ``data`` is base64 of the arrays of the result.

    ``microseconds`` is the time that the engine worked on it, and ``files`` are those uploaded as the run's state after
    it. ``then`` claims the next work in the same call, after the outcome is stored; an older release ignores it.
    """

    host: str
    fence: Count = 0
    microseconds: int = Field(default=0, ge=0, le=LONGEST_MICROSECONDS)
    result: Result | None = None
    data: str | None = None
    files: tuple[FileEntry, ...] = ()
    failure: Failed | None = None
    then: SessionClaimRequest | None = None


class StateRegistration(WireModel):
    """All files of the run's state after ``seq_id`` are uploaded: earlier operations never have to be replayed."""

    host: str
    fence: Count
    seq_id: SeqId
    files: tuple[FileEntry, ...] = Field(min_length=1, max_length=8)


class HostRelease(WireModel):
    """The host has ended, or releases ``runs``; without any, it releases all that it holds."""

    host: str
    runs: tuple[str, ...] = ()


class ForwardResult(WireModel):
    """``counts`` are the target tokens of each datum; ``widths`` are the targets per position, where 0 means one.

    The log-probabilities follow as float32, little-endian, datum by datum.
    """

    metrics: dict[str, Metric]
    counts: tuple[int, ...]
    widths: tuple[int, ...]


class HostRequest(WireModel):
    """Request of a worker to the engine process of a host: one JSON object per line.

    Each is answered by ``Done`` or ``Failed``. ``open`` creates the run ``run`` with ``lora``, from the state in
    ``directory`` if there is one; ``execute`` runs an operation; ``save`` writes the run's state to ``directory``;
    ``close`` drops the run.
    """

    do: Literal["open", "execute", "save", "close"]
    run: str = ""
    lora: LoraConfig | None = None
    kind: OperationKind | None = None
    request: dict[str, Any] = {}
    payload: str | None = None
    directory: str | None = None
    output: str | None = None


class Done(WireModel):
    """``files`` were written to the request's ``output`` or ``directory``, as was the file named by ``data``."""

    type: Literal["done"] = "done"
    result: Result = {}
    data: str | None = None
    files: tuple[FileEntry, ...] = ()
    microseconds: int = 0


class SampledTokens(WireModel):
    """One sampled sequence: its number of tokens, and why it ended."""

    tokens: int
    stop_reason: Literal["stop", "length"]


class SampleResult(WireModel):
    """Samples; their arrays follow in this order, little-endian.

    Of each sequence its tokens int32 and log-probabilities float32, with ``top`` > 0 also ids int32 and
    log-probabilities float32 (tokens, top); then the same of the prompt, without tokens.
    """

    sequences: tuple[SampledTokens, ...]
    top: int = 0
    prompt_tokens: int = 0
    has_prompt_logprobs: bool = False
    top_prompt: int = 0
