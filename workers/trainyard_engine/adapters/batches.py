"""Batches of a ``forward_backward``: the data of one call, padded on the right, so many tokens at once."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from trainyard_engine.core.faults import invalid_input

TOKENS_AT_ONCE = 8_192
"""Padded tokens of one batch; a longer datum is a batch of its own."""
TARGETS = "target_tokens"

Array = npt.NDArray[np.generic]


@dataclass(frozen=True, slots=True)
class Datum:
    """Token ids int64 (length,), and what the loss reads by name: (length,) or (length, width)."""

    tokens: npt.NDArray[np.int64]
    inputs: dict[str, Array]

    @property
    def width(self) -> int:
        """Targets of each position; 0 where they have one, and so no axis for it."""
        targets = self.inputs[TARGETS]
        return targets.shape[1] if targets.ndim == 2 else 0


@dataclass(frozen=True, slots=True)
class DatumBatch:
    """``ids`` and ``mask`` int64 (rows, longest); ``targets`` int64 and ``inputs`` float32 (rows, longest, width)."""

    data: tuple[Datum, ...]
    ids: Tensor
    mask: Tensor
    targets: Tensor
    inputs: dict[str, Tensor]


def read_payload(path: Path, *, vocabulary: int, max_context: int) -> list[Datum]:
    """The data of one call. Raises ``EngineFault`` for tokens that the base does not know, or more than it can read."""
    with np.load(path, allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in stored.files}
    names = sorted(name.removeprefix("input.") for name in arrays if name.startswith("input."))
    bounds = arrays["offsets"].tolist()
    widths = arrays["widths"].tolist()
    cells = np.concatenate([[0], np.cumsum(np.diff(bounds) * np.maximum(widths, 1))]).tolist()
    data = []
    for index, width in enumerate(widths):
        tokens = arrays["tokens"][bounds[index] : bounds[index + 1]].astype(np.int64)
        shape = (len(tokens), width) if width else (len(tokens),)
        inputs = {name: arrays[f"input.{name}"][cells[index] : cells[index + 1]].reshape(shape) for name in names}
        data.append(Datum(tokens, inputs))
    for index, datum in enumerate(data):
        _check(datum, index, vocabulary=vocabulary, max_context=max_context)
    return data


def batches(data: list[Datum], device: torch.device) -> Iterator[DatumBatch]:
    """``data`` in order, neighbours of one width together. The same data always make the same batches."""
    start = 0
    while start < len(data):
        stop, longest = start, 0
        while stop < len(data) and data[stop].width == data[start].width:
            longest = max(longest, len(data[stop].tokens))
            if stop > start and longest * (stop + 1 - start) > TOKENS_AT_ONCE:
                break
            stop += 1
        yield _padded(data[start:stop], device)
        start = stop


def _padded(data: list[Datum], device: torch.device) -> DatumBatch:
    rows, longest, width = len(data), max(len(each.tokens) for each in data), max(data[0].width, 1)
    ids, mask = np.zeros((rows, longest), np.int64), np.zeros((rows, longest), np.int64)
    names = [name for name in data[0].inputs if name != TARGETS]
    targets = np.zeros((rows, longest, width), np.int64)
    inputs = {name: np.zeros((rows, longest, width), np.float32) for name in names}
    for row, datum in enumerate(data):
        length = len(datum.tokens)
        ids[row, :length], mask[row, :length] = datum.tokens, 1
        targets[row, :length] = datum.inputs[TARGETS].reshape(length, width)
        for name in names:
            inputs[name][row, :length] = datum.inputs[name].reshape(length, width)
    return DatumBatch(
        data=tuple(data),
        ids=torch.from_numpy(ids).to(device),
        mask=torch.from_numpy(mask).to(device),
        targets=torch.from_numpy(targets).to(device),
        inputs={name: torch.from_numpy(values).to(device) for name, values in inputs.items()},
    )


def _check(datum: Datum, index: int, *, vocabulary: int, max_context: int) -> None:
    if len(datum.tokens) > max_context:
        raise invalid_input(
            f"data.{index} has {len(datum.tokens)} tokens, and the base model reads at most {max_context}.",
            code="text_too_long",
            field=f"data.{index}.model_input",
        )
    for name, values in (("model_input", datum.tokens), (TARGETS, datum.inputs[TARGETS])):
        if len(values) and not (int(values.min()) >= 0 and int(values.max()) < vocabulary):
            raise invalid_input(
                f"data.{index}.{name} has token ids outside 0 to {vocabulary - 1}.",
                code="unknown_token",
                field=f"data.{index}.{name}",
            )
