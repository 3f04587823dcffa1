"""Examples of a language model: tokens with what of them is learnt, alone or packed, as padded batches."""

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from trainyard_engine.core.batches import Batch
from trainyard_engine.core.faults import invalid_input
from trainyard_engine.core.split import Rows, Split
from trainyard_engine.modalities.text.chat_template import EncodedChat
from trainyard_engine.modalities.text.packing import packed
from trainyard_spec.datasets import PARTS

IGNORED = -100
"""The target of a place at which nothing is learnt."""


@dataclass(frozen=True, slots=True)
class TokenExamples:
    """``ids`` int32 and ``is_learnt`` bool (tokens,) of all examples one after the other, from ``offsets`` on.

    ``truncated`` of them were cut, and ``empty`` bool (examples,) tells those in which nothing is left to learn.
    """

    ids: npt.NDArray[np.int32]
    is_learnt: npt.NDArray[np.bool_]
    offsets: npt.NDArray[np.int64]
    truncated: int

    @property
    def lengths(self) -> npt.NDArray[np.int64]:
        return np.diff(self.offsets)

    @property
    def empty(self) -> npt.NDArray[np.bool_]:
        """A first token is read, and never told."""
        counts = np.concatenate(([0], np.cumsum(self.is_learnt)))
        begins = np.minimum(self.offsets[:-1] + 1, self.offsets[1:])
        found: npt.NDArray[np.bool_] = counts[self.offsets[1:]] == counts[begins]
        return found


def token_examples(chats: Iterable[EncodedChat], *, max_length: int) -> TokenExamples:
    """Examples cut at their end to ``max_length`` tokens; ids lie in a file that nobody else sees."""
    flags: list[npt.NDArray[np.bool_]] = []
    truncated = 0
    # Mapped below, and gone from the disk when the map goes.
    with tempfile.TemporaryFile() as file:
        for chat in chats:
            truncated += len(chat.ids) > max_length
            file.write(np.ascontiguousarray(chat.ids[:max_length]).data)
            flags.append(chat.is_learnt[:max_length])
        file.flush()
        offsets = np.concatenate(([0], np.cumsum([len(flag) for flag in flags], dtype=np.int64)))
        mapped = np.memmap(file, dtype=np.int32, mode="r", shape=(int(offsets[-1]),))
    return TokenExamples(np.asarray(mapped), np.concatenate(flags), offsets, truncated)


@dataclass(frozen=True, slots=True)
class Rowed:
    """Rows of tokens by number: those below ``len(examples)`` hold one example, the others several of ``packs``."""

    examples: TokenExamples
    packs: Sequence[Sequence[int]]

    def of(self, row: int) -> Sequence[int]:
        """The examples of a row."""
        alone = len(self.examples.offsets) - 1
        return [row] if row < alone else self.packs[row - alone]


def rowed(examples: TokenExamples, split: Split, *, pack: bool, max_length: int) -> tuple[Rowed, Split]:
    """The rows of a split's parts, without examples in which nothing is learnt; those that train are packed, or not.

    Raises ``EngineFault`` where a part would be empty.
    """
    parts = [rows[~examples.empty[rows]] for rows in (split.train, split.val, split.test)]
    require_parts(parts, max_length=max_length)
    train, val, test = parts
    if not pack:
        return Rowed(examples, ()), Split(train, val, test)
    packs = [train[row].tolist() for row in packed(examples.lengths[train], capacity=max_length)]
    alone = len(examples.offsets) - 1
    return Rowed(examples, packs), Split(np.arange(alone, alone + len(packs)), val, test)


def require_parts(parts: Sequence[Rows], *, max_length: int) -> None:
    """Raises ``EngineFault`` where one of the parts of a split has no row left."""
    for name, rows in zip(PARTS, parts, strict=True):
        if not len(rows):
            raise invalid_input(
                f"Of the {name} part no example has anything to learn in its first {max_length:,} tokens.",
                code="nothing_to_learn",
                hint="Raise max_length, or shorten what stands before the answers.",
                field="training.tuning.max_length",
            )


class TokenSource:
    """Batches on ``device``, padded to their longest row: ids int32, segments int32, targets int64 (batch, length).

    A segment is an example within its row, from 1; padding is 0. A target is the token after a place in its segment,
    where it is learnt, else ``IGNORED``.
    """

    def __init__(self, rows: Rowed, device: torch.device) -> None:
        self._rows = rows
        self._device = device

    def batches(self, rows: Rows, *, size: int, first: int = 0) -> Iterator[Batch]:
        """The rows in the order given, ``size`` at a time and the rest last, beginning with batch number ``first``."""
        for begin in range(first * size, len(rows), size):
            ids, segments, target = (
                torch.from_numpy(array).to(self._device) for array in self._arrays(rows[begin : begin + size].tolist())
            )
            yield Batch(raw=(ids, segments, target), target=target)

    def _arrays(self, chosen: list[int]) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32], npt.NDArray[np.int64]]:
        examples = self._rows.examples
        members = [self._rows.of(row) for row in chosen]
        longest = max(sum(int(examples.lengths[one]) for one in row) for row in members)
        ids, segments = np.zeros((2, len(chosen), longest), dtype=np.int32)
        target = np.full((len(chosen), longest), IGNORED, dtype=np.int64)
        for place, row in enumerate(members):
            at = 0
            for segment, one in enumerate(row, start=1):
                begin, end = examples.offsets[one], examples.offsets[one + 1]
                size, learnt = int(end - begin), examples.is_learnt[begin + 1 : end]
                ids[place, at : at + size] = examples.ids[begin:end]
                segments[place, at : at + size] = segment
                target[place, at : at + size - 1] = np.where(learnt, examples.ids[begin + 1 : end], IGNORED)
                at += size
        return ids, segments, target
