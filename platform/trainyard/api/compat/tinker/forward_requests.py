"""``forward_backward``: parses its protobuf body, within limits, into arrays for the engine."""

import io
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from trainyard.api.compat.tinker.messages import messages
from trainyard.api.uploads import UploadTooLarge
from trainyard.core.errors import TrainyardError
from trainyard.training_sessions.errors import invalid, unsupported
from trainyard.training_sessions.journal import Call
from trainyard_common.did_you_mean import did_you_mean
from trainyard_spec.training_sessions import LossFunction, OperationKind

MAX_BYTES = 64 * 2**20
"""Of a body once it is decompressed, and of its arrays once they are dense."""
CHUNK_BYTES = 2**20
TARGETS = "target_tokens"
POLICY_INPUTS = (TARGETS, "logprobs", "advantages")
INPUTS: Mapping[LossFunction, tuple[str, ...]] = {
    LossFunction.CROSS_ENTROPY: (TARGETS, "weights"),
    **dict.fromkeys(
        (LossFunction.IMPORTANCE_SAMPLING, LossFunction.PPO, LossFunction.CISPO, LossFunction.DRO), POLICY_INPUTS
    ),
}
CLIPS = ("clip_low_threshold", "clip_high_threshold")
OPTIONS: Mapping[LossFunction, tuple[str, ...]] = {
    LossFunction.PPO: CLIPS,
    LossFunction.CISPO: CLIPS,
    LossFunction.DRO: ("beta",),
}

Array = npt.NDArray[Any]


def decompressed(body: bytes, encoding: str) -> bytes:
    """``body`` as it was before ``Content-Encoding``. Raises ``UploadTooLarge`` before more than that is made of it."""
    if encoding in ("", "identity"):
        return body
    if encoding != "zstd":
        raise unsupported("Content-Encoding", f"The encoding {encoding} is not read here.", hint="Send zstd, or none.")
    import zstandard

    found, size = [], 0
    try:
        with zstandard.ZstdDecompressor(max_window_size=2**27).stream_reader(body, read_across_frames=True) as reader:
            while chunk := reader.read(CHUNK_BYTES):
                size += len(chunk)
                if size > MAX_BYTES:
                    raise UploadTooLarge(
                        f"The body is larger than {MAX_BYTES} bytes once it is decompressed.", hint="Send fewer data."
                    )
                found.append(chunk)
    except zstandard.ZstdError as error:
        raise invalid("Content-Encoding", f"The body is no zstd: {error}.") from None
    return b"".join(found)


def parsed(body: bytes) -> Any:
    """The message ``ForwardBackwardRequest``. Raises ``InvalidInput``."""
    message = messages().ForwardBackwardRequest()
    try:
        message.ParseFromString(body)
    except Exception:  # the class of the error depends on protobuf's implementation
        raise invalid("body", "The body is no ForwardBackwardRequest.") from None
    return message


def call_of(message: Any) -> Call:
    """The message as an operation. What cannot be executed is an operation, too: with its ``refusal``."""
    kind = OperationKind.FORWARD if message.forward_only else OperationKind.FORWARD_BACKWARD
    try:
        loss = _loss(message.loss_fn)
        request = {"loss_fn": loss.value, "loss_fn_config": _options(message, loss)}
        payload, tokens = _payload(message.data, loss)
    except TrainyardError as refusal:
        return Call(kind, message.seq_id, request={"loss_fn": message.loss_fn[:100]}, refusal=refusal)
    return Call(kind, message.seq_id, request=request, payload=payload, tokens=tokens)


def _loss(name: str) -> LossFunction:
    try:
        return LossFunction(name)
    except ValueError:
        known = [loss.value for loss in LossFunction]
        hint = did_you_mean(name, known, otherwise=f"Use one of {', '.join(known)}, or forward_backward_custom.")
        raise unsupported("loss_fn", f"The loss {name[:100]} is not offered here.", hint=hint) from None


def _options(message: Any, loss: LossFunction) -> dict[str, float]:
    given: dict[str, Any] = dict(message.loss_fn_config)
    for name, value in message.loss_fn_config_v2.items():
        given[name] = value.text if value.WhichOneof("value") == "text" else value.number
    known = OPTIONS.get(loss, ())
    for name, value in given.items():
        field = f"loss_fn_config.{name[:100]}"
        if name not in known:
            raise unsupported(field, f"{loss} has no option {name[:100]}.", hint=did_you_mean(name, known))
        if not isinstance(value, float) or not np.isfinite(value) or value < 0:
            raise invalid(field, f"{name} must be a number from 0 on.")
    return given


def _payload(data: Any, loss: LossFunction) -> tuple[bytes, int]:
    if not data:
        raise invalid("data", "There is nothing to compute with.")
    names = INPUTS[loss]
    found = [_datum(datum, names, f"data.{index}") for index, datum in enumerate(data)]
    lengths = [len(tokens) for tokens, _ in found]
    widths = [inputs[TARGETS].shape[1] if inputs[TARGETS].ndim == 2 else 0 for _, inputs in found]
    arrays: dict[str, Array] = {
        "tokens": np.concatenate([tokens for tokens, _ in found]),
        "offsets": np.cumsum([0, *lengths]),
        "widths": np.array(widths, np.int64),
    }
    for name in names:
        arrays[f"input.{name}"] = np.concatenate([inputs[name].reshape(-1) for _, inputs in found])
    content = io.BytesIO()
    np.savez(content, allow_pickle=False, **arrays)
    return content.getvalue(), sum(lengths)


def _datum(datum: Any, names: tuple[str, ...], where: str) -> tuple[Array, dict[str, Array]]:
    tokens = np.concatenate([np.empty(0, np.int32), *_chunks(datum.model_input, where)])
    if not len(tokens):
        raise invalid(f"{where}.model_input", f"{where} has no tokens.")
    given = datum.loss_fn_inputs
    if missing := [name for name in names if name not in given]:
        raise invalid(f"{where}.loss_fn_inputs", f"{where} lacks {', '.join(missing)}, which this loss reads.")
    if unknown := sorted(set(given) - set(names)):
        raise unsupported(f"{where}.loss_fn_inputs", f"{where} has {unknown[0][:100]}, which this loss does not read.")
    inputs = {name: _tensor(given[name], f"{where}.loss_fn_inputs.{name}") for name in names}
    shape = inputs[TARGETS].shape
    if shape[0] != len(tokens) or len(shape) > 2 or 0 in shape:
        raise invalid(
            f"{where}.loss_fn_inputs.{TARGETS}",
            f"{where} has {len(tokens)} tokens and targets of the shape {list(shape)}.",
            hint="Give one target, or one row of targets, for each token.",
        )
    for name, values in inputs.items():
        if values.shape != shape:
            raise invalid(f"{where}.loss_fn_inputs.{name}", f"{where}.{name} has not the shape of the targets.")
    return tokens, inputs


def _chunks(chunks: Any, where: str) -> Iterator[Array]:
    for chunk in chunks:
        if chunk.WhichOneof("chunk") not in (None, "encoded_text") or not chunk.HasField("encoded_text"):
            raise unsupported(f"{where}.model_input", "Images and audio are not read here.", hint="Send text alone.")
        yield _numbers(chunk.encoded_text.tokens, np.dtype("<i4"), f"{where}.model_input")


def _tensor(message: Any, where: str) -> Array:
    types = messages()
    dtypes: dict[int, np.dtype[Any]] = {
        types.DTYPE_FLOAT32: np.dtype("<f4"),
        types.DTYPE_INT64: np.dtype("<i8"),
        types.DTYPE_INT32: np.dtype("<i4"),
    }
    if message.dtype not in dtypes:
        raise unsupported(where, f"{where} is of a type that is not read here.", hint="Send float32 or int64.")
    dtype, shape = dtypes[message.dtype], tuple(message.shape)
    wanted = np.dtype(np.int64) if where.endswith(TARGETS) else np.dtype(np.float32)
    if message.HasField("sparse_csr"):
        values = _dense(message.sparse_csr, dtype, shape, where)
    else:
        values = _numbers(message.dense, dtype, where)
        if shape and (min(shape) < 0 or int(np.prod(shape)) != len(values)):
            raise invalid(where, f"{where} has {len(values)} numbers, and not the shape {list(shape)}.")
        values = values.reshape(shape or (len(values),))
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        raise invalid(where, f"{where} holds a number that is not finite.")
    return values.astype(wanted, copy=False)


def _dense(sparse: Any, dtype: np.dtype[Any], shape: tuple[int, ...], where: str) -> Array:
    """Compressed sparse rows as a matrix, with zeros elsewhere."""
    if len(shape) != 2 or min(shape) < 0 or shape[0] * shape[1] * 8 > MAX_BYTES:
        raise invalid(where, f"{where} cannot be a sparse matrix of the shape {list(shape)}.")
    values = _numbers(sparse.values, dtype, where)
    rows = _numbers(sparse.crow_indices, np.dtype("<i8"), where)
    columns = _numbers(sparse.col_indices, np.dtype("<i8"), where)
    counts = np.diff(rows)
    fits = len(rows) == shape[0] + 1 and rows[0] == 0 and rows[-1] == len(values) == len(columns)
    if not fits or (counts < 0).any() or (len(columns) and not (columns.min() >= 0 and columns.max() < shape[1])):
        raise invalid(where, f"{where} has indices that do not fit its shape.")
    matrix = np.zeros(shape, dtype)
    matrix[np.repeat(np.arange(shape[0]), counts), columns] = values
    return matrix


def _numbers(content: bytes, dtype: np.dtype[Any], where: str) -> Array:
    if len(content) % dtype.itemsize:
        raise invalid(where, f"{where} has {len(content)} bytes, which are no whole numbers.")
    return np.frombuffer(content, dtype)
