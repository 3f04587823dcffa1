"""Answers of ``retrieve_future``: results as protobuf or JSON, failures, and pending operations."""

from typing import Any

import numpy as np

from trainyard.api.compat.tinker.messages import messages
from trainyard.training_sessions import arrays
from trainyard.training_sessions.models import Operation, TrainingRun
from trainyard_spec.engine_protocol import Failed, Fault
from trainyard_spec.training_sessions import ForwardResult, OperationKind, SampleResult

PROTOBUF = frozenset({OperationKind.FORWARD, OperationKind.FORWARD_BACKWARD, OperationKind.SAMPLE})
INLINE_BYTES = 2**18
"""A larger answer is announced by its size first, where the client allows that."""


def is_protobuf(operation: Operation) -> bool:
    """Whether its result is sent as protobuf, which the client insists on."""
    return operation.kind in PROTOBUF


def failure(operation: Operation) -> dict[str, Any]:
    """The body of a request that failed."""
    failed = Failed.model_validate(operation.error)
    sentence = " ".join(filter(None, [failed.message, failed.hint]))
    return {"error": sentence, "category": "user" if failed.fault == Fault.USER else "server"}


def result(operation: Operation) -> dict[str, Any]:
    """The JSON of a result that is no arrays."""
    stored = operation.result or {}
    run = operation.run
    match operation.kind:
        case OperationKind.CREATE:
            return {"type": "create_model", "model_id": _model_id(run)}
        case OperationKind.LOAD:
            return {"type": "load_weights", "path": operation.request["path"], "model_id": _model_id(run)}
        case OperationKind.OPTIM_STEP:
            return {"metrics": stored.get("metrics", {})}
        case _:
            return {
                "type": operation.kind,
                **{key: stored[key] for key in ("path", "sampling_session_id") if key in stored},
            }


def result_message(operation: Operation) -> bytes:
    """The protobuf of a result with arrays."""
    data = arrays.read(operation, arrays.DATA)
    if operation.kind == OperationKind.SAMPLE:
        return _samples(SampleResult.model_validate(operation.result), data)
    return _forward(ForwardResult.model_validate(operation.result), data)


def _forward(stored: ForwardResult, data: bytes) -> bytes:
    types = messages()
    message = types.ForwardBackwardOutput(loss_fn_output_type="ArrayRecord")
    for name, value in stored.metrics.items():
        message.metrics[name] = value
    start, place = 0, 0
    while place < len(stored.counts):
        stop = place
        while stop < len(stored.counts) and stored.widths[stop] == stored.widths[place]:
            stop += 1
        width = stored.widths[place]
        sizes = [4 * count * max(width, 1) for count in stored.counts[place:stop]]
        offsets = np.cumsum([0, *sizes])
        record = message.loss_fn_outputs.add(type_tag="ArrayRecord", num_datums=stop - place)
        field = record.fields["logprobs"]
        field.data = data[start : start + int(offsets[-1])]
        field.offsets = offsets.astype("<i8").tobytes()
        field.dtype = types.DTYPE_FLOAT32
        if width:
            field.trailing_shape.append(width)
        start, place = start + int(offsets[-1]), stop
    content: bytes = message.SerializeToString()
    return content


class _ArrayReader:
    """Reads consecutive arrays from ``data``."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._place = 0

    def take(self, numbers: int) -> bytes:
        """So many numbers of four bytes."""
        start, self._place = self._place, self._place + 4 * numbers
        return self._data[start : self._place]


def _samples(stored: SampleResult, data: bytes) -> bytes:
    types, reader = messages(), _ArrayReader(data)
    message = types.SampleResponse()
    for sequence in stored.sequences:
        reason = types.STOP_REASON_LENGTH if sequence.stop_reason == "length" else types.STOP_REASON_STOP
        found = message.sequences.add(stop_reason=reason)
        found.tokens, found.logprobs = reader.take(sequence.tokens), reader.take(sequence.tokens)
        if stored.top:
            _fill_tops(found.topk_sampled_logprobs, reader, rows=sequence.tokens, width=stored.top)
    if stored.has_prompt_logprobs:
        message.prompt_logprobs = reader.take(stored.prompt_tokens)
        if stored.top_prompt:
            _fill_tops(message.topk_prompt_logprobs, reader, rows=stored.prompt_tokens, width=stored.top_prompt)
    content: bytes = message.SerializeToString()
    return content


def _fill_tops(field: Any, reader: _ArrayReader, *, rows: int, width: int) -> None:
    field.token_ids, field.logprobs = reader.take(rows * width), reader.take(rows * width)
    field.k, field.length = width, rows


def _model_id(run: TrainingRun | None) -> str:
    return run.model_id if run else ""
