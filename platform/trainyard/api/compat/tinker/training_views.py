"""Training primitives: models, forward_backward, optim_step, and the futures of all operations."""

from typing import Any, ClassVar

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from pydantic import Field
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response

from trainyard.api.body_limits import ANY_TYPE, of_prediction
from trainyard.api.compat.tinker import answers, forward_requests, queue_state
from trainyard.api.compat.tinker.base import CallNumber, TinkerBody, TinkerView
from trainyard.api.compat.tinker.messages import MEDIA_TYPE
from trainyard.core.blobs import BlobNotFound
from trainyard.core.time import database_now
from trainyard.training_sessions import funding, journal, runs, sessions, wake_ups
from trainyard.training_sessions.errors import FutureGone, unsupported
from trainyard.training_sessions.journal import Call
from trainyard.training_sessions.models import Operation
from trainyard.training_sessions.runs import LoraRequest
from trainyard_spec.training_sessions import OperationKind

WAIT_SECONDS = 20.0
"""How long a call for a result waits for it; the client's own limit is 45 s."""


class LoraBody(TinkerBody):
    rank: int
    seed: int | None = None
    train_unembed: bool = True
    train_mlp: bool = True
    train_attn: bool = True


class OptimizerBody(TinkerBody):
    type: str = runs.OPTIMIZER
    version: int | None = None


class CreateModelBody(TinkerBody):
    session_id: str
    model_seq_id: int = Field(ge=0, lt=10**9)
    base_model: str = Field(max_length=200)
    user_metadata: dict[str, Any] | None = None
    lora_config: LoraBody | None = None
    optimizer_config: OptimizerBody = OptimizerBody()


class ModelBody(TinkerBody):
    model_id: str


class AdamBody(TinkerBody):
    learning_rate: float = Field(default=1e-4, ge=0, allow_inf_nan=False)
    beta1: float = Field(default=0.9, ge=0, lt=1)
    beta2: float = Field(default=0.95, ge=0, lt=1)
    eps: float = Field(default=1e-12, ge=0, allow_inf_nan=False)
    weight_decay: float = Field(default=0.0, ge=0, allow_inf_nan=False)
    grad_clip_norm: float = Field(default=0.0, ge=0, allow_inf_nan=False)


class OptimStepBody(TinkerBody):
    model_id: str
    seq_id: CallNumber
    adam_params: AdamBody | None = None
    optimizer_params: dict[str, Any] | None = None


class FutureBody(TinkerBody):
    request_id: str
    allow_metadata_only: bool = False


class ProtobufParser(BaseParser):
    media_type = MEDIA_TYPE

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        return stream.read()


class CreateModelView(TinkerView):
    actions: ClassVar = {"POST": "jobs.write"}

    def post(self, request: Request) -> Response:
        asked = self.body(CreateModelBody)
        if asked.lora_config is None:
            raise unsupported("lora_config", "Only LoRA is offered here.", hint="Name a lora_config.")
        lora = asked.lora_config
        operation = runs.create(
            session=sessions.session(asked.session_id),
            model_seq_id=asked.model_seq_id,
            base_model=asked.base_model,
            lora=LoraRequest(lora.rank, lora.seed, lora.train_attn, lora.train_mlp, lora.train_unembed),
            optimizer=asked.optimizer_config.type,
            user_metadata=asked.user_metadata,
            now=database_now(),
        )
        return Response(future(operation))


class InfoView(TinkerView):
    actions: ClassVar = {"POST": "jobs.read"}

    def post(self, request: Request) -> Response:
        run = runs.run_of(self.body(ModelBody).model_id)
        return Response(
            {
                "type": "get_info",
                "model_id": run.model_id,
                "model_data": {"arch": "causal_lm", "model_name": run.base_model, "tokenizer_id": run.base_model},
                "model_name": run.base_model,
                "is_lora": True,
                "lora_rank": run.lora_config.rank,
            }
        )


class ForwardBackwardView(TinkerView):
    actions: ClassVar = {"POST": "jobs.write"}
    parser_classes = (ProtobufParser,)
    body_limits: ClassVar = {ANY_TYPE: of_prediction}

    def post(self, request: Request) -> Response:
        encoding = request.headers.get("Content-Encoding", "").strip().lower()
        content: Any = request.data
        message = forward_requests.parsed(forward_requests.decompressed(content, encoding))
        run = runs.run_of(message.model_id)
        if message.seq_id < 1:
            raise unsupported("seq_id", "A call without a place in the sequence is not taken.")
        operation = journal.submit(run, forward_requests.call_of(message), now=database_now())
        return Response(future(operation))


class OptimStepView(TinkerView):
    actions: ClassVar = {"POST": "jobs.write"}

    def post(self, request: Request) -> Response:
        asked = self.body(OptimStepBody)
        run, refusal = runs.run_of(asked.model_id), None
        if asked.adam_params is None:
            refusal = unsupported("optimizer_params", "The run's optimizer is AdamW.", hint="Send AdamParams.")
        parameters = (asked.adam_params or AdamBody()).model_dump(exclude={"type"})
        call = Call(OperationKind.OPTIM_STEP, asked.seq_id, request={"adam_params": parameters}, refusal=refusal)
        return Response(future(journal.submit(run, call, now=database_now())))


class RetrieveFutureView(TinkerView):
    actions: ClassVar = {"POST": "jobs.read"}

    def post(self, request: Request) -> Any:
        """The result, or, after a while, why it is not there yet. 402 where the wallet is what it waits for."""
        asked = self.body(FutureBody)
        for number, _ in enumerate(wake_ups.instants_to_answer(asked.request_id, seconds=WAIT_SECONDS)):
            operation = journal.operation(asked.request_id)
            if operation.is_finished:
                return _ended(operation, may_announce=asked.allow_metadata_only)
            if number and not operation.host:
                # Nobody took it in a second, and nobody will while it cannot be paid.
                funding.ensure(operation.subject.session, pool_id=operation.pool_id, now=database_now())
        return Response(queue_state.try_again(operation, now=database_now()))


def future(operation: Operation) -> dict[str, Any]:
    """What stands for the result until it is there."""
    answer: dict[str, Any] = {"request_id": operation.id}
    if operation.run is not None:
        answer["model_id"] = operation.run.model_id
    return answer


def _ended(operation: Operation, *, may_announce: bool) -> Response | HttpResponseBase:
    if operation.state == Operation.State.FAILED:
        return Response(answers.failure(operation))
    if not answers.is_protobuf(operation):
        return Response(answers.result(operation))
    try:
        content = answers.result_message(operation)
    except BlobNotFound:
        raise FutureGone("The result of this request is not kept any more.") from None
    if may_announce and len(content) > answers.INLINE_BYTES:
        announced = {"status": "complete_metadata", "response_payload_size": len(content)}
        return Response({**announced, "request_id": operation.id})
    return HttpResponse(content, content_type=MEDIA_TYPE)
