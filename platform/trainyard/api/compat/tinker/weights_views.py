"""Saving and loading of weights, and sampling from them."""

import re
from collections.abc import Sequence
from typing import Any, ClassVar, Literal

from pydantic import Field
from rest_framework.request import Request
from rest_framework.response import Response

from trainyard.api.body_limits import ANY_TYPE, of_prediction
from trainyard.api.compat.tinker.base import CallNumber, TinkerBody, TinkerView, parsed
from trainyard.api.compat.tinker.training_views import OptimizerBody, future
from trainyard.core.errors import TrainyardError
from trainyard.core.time import database_now
from trainyard.training_sessions import journal, queries, runs, sampling, sessions
from trainyard.training_sessions.errors import invalid, unsupported
from trainyard.training_sessions.journal import Call
from trainyard_spec.training_sessions import OperationKind, SeqId

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
SHORTEST_TTL, LONGEST_TTL = 3_600, 10 * 366 * 86_400


class SaveBody(TinkerBody):
    model_id: str
    seq_id: CallNumber
    path: str | None = None
    ttl_seconds: int | None = None
    overwrite: bool = False
    user_metadata: dict[str, str] | None = None


class SaveForSamplerBody(TinkerBody):
    model_id: str
    seq_id: CallNumber
    path: str | None = None
    sampling_session_seq_id: int | None = Field(default=None, ge=0, lt=10**9)
    kind: str = "snapshot"
    ttl_seconds: int | None = None
    user_metadata: dict[str, str] | None = None


class LoadBody(TinkerBody):
    model_id: str | None = None
    seq_id: CallNumber | None = None
    session_id: str | None = None
    model_seq_id: int | None = Field(default=None, ge=0, lt=10**9)
    base_model: str | None = None
    user_metadata: dict[str, Any] | None = None
    path: str = Field(max_length=400)
    optimizer: bool
    optimizer_config: OptimizerBody | None = None
    weights_access_token: str | None = None


class SamplingSessionBody(TinkerBody):
    session_id: str
    sampling_session_seq_id: int = Field(ge=0, lt=10**9)
    base_model: str | None = Field(default=None, max_length=200)
    model_path: str | None = Field(default=None, max_length=400)


class ChunkBody(TinkerBody):
    type: str = "encoded_text"
    tokens: list[int] = []


class PromptBody(TinkerBody):
    chunks: list[dict[str, Any]]


class SamplingParametersBody(TinkerBody):
    max_tokens: int | None = Field(default=None, ge=1)
    seed: int | None = Field(default=None, ge=0, lt=2**63)
    stop: str | Sequence[str] | Sequence[int] | None = None
    temperature: float = Field(default=1.0, ge=0, le=100)
    top_k: int = Field(default=-1, ge=-1)
    top_p: float = Field(default=1.0, gt=0, le=1)


class SampleBody(TinkerBody):
    num_samples: int = Field(default=1, ge=1, le=128)
    prompt: PromptBody
    sampling_params: SamplingParametersBody
    base_model: str | None = None
    model_path: str | None = None
    sampling_session_id: str
    seq_id: SeqId
    prompt_logprobs: bool | None = None
    topk_prompt_logprobs: int = Field(default=0, ge=0, le=20)
    topk_sample_logprobs: int = Field(default=0, ge=0, le=20)
    target_prompt_logprobs: dict[str, Any] | None = None
    prompt_alt_tokens_k: int = 0
    prompt_logprobs_last_n: int | None = None
    record_stability_info: bool | None = None
    type: Literal["sample"] = "sample"


class SaveWeightsView(TinkerView):
    actions: ClassVar = {"POST": "jobs.write"}

    def post(self, request: Request) -> Response:
        asked = self.body(SaveBody)
        run = runs.run_of(asked.model_id)
        saved: dict[str, Any] = {
            "name": asked.path,
            "ttl_seconds": asked.ttl_seconds,
            "overwrite": asked.overwrite,
            "user_metadata": asked.user_metadata,
        }
        refusal = _refused_save(asked.path, asked.ttl_seconds)
        call = Call(OperationKind.SAVE, asked.seq_id, request=saved, refusal=refusal)
        return Response(future(journal.submit(run, call, now=database_now())))


class SaveForSamplerView(TinkerView):
    actions: ClassVar = {"POST": "jobs.write"}

    def post(self, request: Request) -> Response:
        asked = self.body(SaveForSamplerBody)
        run = runs.run_of(asked.model_id)
        refusal = _refused_save(asked.path, asked.ttl_seconds)
        if asked.kind != "snapshot":
            refusal = unsupported(
                "kind", "Sampling from weights that change is not offered.", hint="Use kind snapshot."
            )
        saved: dict[str, Any] = {
            "name": asked.path,
            "ttl_seconds": asked.ttl_seconds,
            "user_metadata": asked.user_metadata,
            "sampling_session_seq_id": asked.sampling_session_seq_id,
        }
        call = Call(OperationKind.SAVE_FOR_SAMPLER, asked.seq_id, request=saved, refusal=refusal)
        return Response(future(journal.submit(run, call, now=database_now())))


class LoadWeightsView(TinkerView):
    actions: ClassVar = {"POST": "jobs.write"}

    def post(self, request: Request) -> Response:
        asked, now = self.body(LoadBody), database_now()
        if asked.weights_access_token is not None:
            raise unsupported("weights_access_token", "Weights of other organizations are not loaded.")
        weights = queries.weights_at(asked.path, now=now)
        if asked.session_id is not None and asked.model_seq_id is not None:
            operation = runs.create_from(
                session=sessions.session(asked.session_id),
                model_seq_id=asked.model_seq_id,
                weights=weights,
                base_model=asked.base_model,
                with_optimizer=asked.optimizer,
                optimizer=asked.optimizer_config.type if asked.optimizer_config else None,
                user_metadata=asked.user_metadata,
                now=now,
            )
            return Response(future(operation))
        if asked.model_id is None or asked.seq_id is None:
            raise invalid("model_id", "Name model_id and seq_id, or session_id and model_seq_id.")
        run = runs.run_of(asked.model_id)
        refusal = runs.refused_load(run, weights, with_optimizer=asked.optimizer)
        loaded = {"path": asked.path, "optimizer": asked.optimizer}
        call = Call(OperationKind.LOAD, asked.seq_id, request=loaded, weights=weights, refusal=refusal)
        return Response(future(journal.submit(run, call, now=now)))


class CreateSamplingSessionView(TinkerView):
    actions: ClassVar = {"POST": "models.predict"}

    def post(self, request: Request) -> Response:
        asked = self.body(SamplingSessionBody)
        sampler = sampling.open_sampler(
            session=sessions.session(asked.session_id),
            seq_id=asked.sampling_session_seq_id,
            base_model=asked.base_model,
            model_path=asked.model_path,
            now=database_now(),
        )
        return Response({"type": "create_sampling_session", "sampling_session_id": sampler.id})


class SampleView(TinkerView):
    actions: ClassVar = {"POST": "models.predict"}
    body_limits: ClassVar = {ANY_TYPE: of_prediction}

    def post(self, request: Request) -> Response:
        asked = self.body(SampleBody)
        _check_offered(asked)
        sampled = {
            "prompt": _tokens(asked.prompt),
            "num_samples": asked.num_samples,
            "sampling_params": asked.sampling_params.model_dump(exclude={"type"}),
            "prompt_logprobs": bool(asked.prompt_logprobs),
            "topk_prompt_logprobs": asked.topk_prompt_logprobs,
            "topk_sample_logprobs": asked.topk_sample_logprobs,
        }
        sampler = queries.sampler(asked.sampling_session_id)
        operation = sampling.sample(sampler, seq_id=asked.seq_id, request=sampled, now=database_now())
        ids = [f"{operation.id}:{index}" for index in range(asked.num_samples)]
        return Response({**future(operation), "sample_sequence_ids": ids})


def _tokens(prompt: PromptBody) -> list[int]:
    found: list[int] = []
    for chunk in prompt.chunks:
        if chunk.get("type", "encoded_text") != "encoded_text":
            raise unsupported("prompt.chunks", "Images and audio are not read here.", hint="Send text alone.")
        found += parsed(ChunkBody, chunk).tokens
    if not found:
        raise invalid("prompt", "The prompt has no tokens.")
    return found


def _check_offered(asked: SampleBody) -> None:
    for name, value in (
        ("target_prompt_logprobs", asked.target_prompt_logprobs),
        ("prompt_alt_tokens_k", asked.prompt_alt_tokens_k),
        ("prompt_logprobs_last_n", asked.prompt_logprobs_last_n),
        ("record_stability_info", asked.record_stability_info),
    ):
        if value:
            raise unsupported(name, f"{name} is not offered here.", hint="Leave it out.")


def _refused_save(name: str | None, ttl_seconds: int | None) -> TrainyardError | None:
    if name is not None and not NAME.fullmatch(name):
        return invalid("path", "A name has letters, digits, dots, dashes and underscores, at most 128.")
    if ttl_seconds is not None and not SHORTEST_TTL <= ttl_seconds <= LONGEST_TTL:
        return invalid("ttl_seconds", f"ttl_seconds must be from {SHORTEST_TTL} to {LONGEST_TTL}.")
    return None
