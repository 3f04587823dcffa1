"""From stored arrays to what a model is fed: float32 batches on the device, or token ids."""

from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Any

import torch
from torch import Tensor

from trainyard_engine.core.coverage import Coverage
from trainyard_engine.core.statistics import Statistics
from trainyard_engine.modalities.series.steps import PaddedSteps
from trainyard_engine.modalities.tabular.calendar import CalendarColumns
from trainyard_engine.modalities.tabular.substitutes import Substitutes
from trainyard_engine.modalities.text.known_tokens import TokenShares, known_tokens
from trainyard_engine.modalities.text.tokenizer import END, Reader
from trainyard_spec.datasets import CategoricalColumn, ImageProfile, TableProfile


class ImageEncoder:
    """uint8 (batch, channels, height, width) to float32 of the same shape, shifted and scaled per channel."""

    def __init__(self, profile: ImageProfile, statistics: Statistics, device: torch.device) -> None:
        self.shape: tuple[int, ...] = (profile.channels, profile.height, profile.width)
        self._shift = torch.tensor(statistics.shift, device=device).reshape(-1, 1, 1)
        self._scale = torch.tensor(statistics.scale, device=device).reshape(-1, 1, 1)

    def __call__(self, raw: Sequence[Tensor]) -> Tensor:
        (images,) = raw
        # Made float32 as they are shifted, and scaled in place: one tensor is written where three would be.
        return torch.sub(images, self._shift).div_(self._scale)


class TableEncoder:
    """Numeric float64 (batch, n) and categorical int32 (batch, m) columns to float32 (batch, features).

    Missing values of numeric columns are filled, then shifted and scaled with the others, and only then made float32.
    Each categorical column becomes one column per category and a last one for missing values.

    ``coverage`` tells what training met; models of earlier releases have none. A numeric column that was constant there
    stays so, and of a row with unknown categories, or with a missing value where there was none, the answer is the mean
    over ``Substitutes``. ``has_calendar``: last come the ``CalendarColumns`` of dates.
    """

    def __init__(
        self,
        profile: TableProfile,
        statistics: Statistics,
        device: torch.device,
        *,
        coverage: Coverage | None = None,
        has_calendar: bool = False,
    ) -> None:
        sizes = [len(column.categories) for column in profile.columns if isinstance(column, CategoricalColumn)]
        self._shift = torch.tensor(statistics.shift, dtype=torch.float64, device=device)
        self._scale = torch.tensor(statistics.scale, dtype=torch.float64, device=device)
        self._fill = torch.tensor(statistics.fill, dtype=torch.float64, device=device)
        *offsets, self._width = accumulate((size + 1 for size in sizes), initial=0)
        self._sizes = torch.tensor(sizes, dtype=torch.int64, device=device)
        self._offsets = torch.tensor(offsets, dtype=torch.int64, device=device)
        cycles = [column.cycles for column in coverage.numeric] if coverage and has_calendar else []
        self._calendar = CalendarColumns(cycles, device)
        self.shape: tuple[int, ...] = (len(statistics.shift) + self._width + self._calendar.width,)
        self._was_constant = _was_constant(coverage, len(statistics.fill), device)
        self._substitutes = Substitutes(coverage.categorical, device) if coverage and sizes else None

    def __call__(self, raw: Sequence[Tensor]) -> Tensor:
        numeric, categorical = raw
        filled = torch.where(numeric.isnan() | self._was_constant, self._fill, numeric)
        scaled = ((filled - self._shift) / self._scale).float()
        codes = torch.where(categorical < 0, self._sizes, categorical.long()) + self._offsets
        one_hot = torch.zeros(len(codes), self._width, device=codes.device).scatter_(1, codes, 1.0)
        return torch.cat((scaled, one_hot, self._calendar(numeric)), dim=1)

    def hedged(
        self, raw: Sequence[Tensor], outputs: Tensor, *, ask: Callable[[tuple[Tensor, ...]], Tensor], objective: Any
    ) -> Tensor:
        """See ``Hedging``."""
        if self._substitutes is None:
            return outputs
        numeric, categorical = raw
        unknown = self._substitutes.unknown(categorical)
        rows = unknown.any(dim=1).nonzero().squeeze(1)
        if len(rows):
            numbers, codes, is_unknown = numeric[rows], categorical[rows], unknown[rows]
            answers = (ask((numbers, filled)) for filled in self._substitutes.filled(codes, is_unknown))
            outputs = outputs.index_copy(0, rows, objective.average(answers).to(outputs.dtype))
        return outputs


def _was_constant(coverage: Coverage | None, columns: int, device: torch.device) -> Tensor:
    """bool (columns,): which of them training never saw vary."""
    found = [column.is_constant for column in coverage.numeric] if coverage else [False] * columns
    return torch.tensor(found, dtype=torch.bool, device=device)


class TextEncoder:
    """Token ids int32 (batch, length), padded, go in as they are: networks of texts begin with an embedding."""

    def __init__(self, tokenizer: Reader) -> None:
        self.shape: tuple[int, ...] = (tokenizer.max_length,)

    def __call__(self, raw: Sequence[Tensor]) -> Tensor:
        (ids,) = raw
        return ids


class NumberTextEncoder(TextEncoder):
    """Encoder that answers a text in which no token is known by the mean of the numbers in training."""

    def __init__(self, tokenizer: Reader, coverage: Coverage, device: torch.device) -> None:
        super().__init__(tokenizer)
        self._is_known = torch.from_numpy(known_tokens(tokenizer, coverage)).to(device)

    def hedged(
        self, raw: Sequence[Tensor], outputs: Tensor, *, ask: Callable[[tuple[Tensor, ...]], Tensor], objective: Any
    ) -> Tensor:
        """See ``Hedging``."""
        # Targets are standardized: their mean is 0.
        return outputs.masked_fill(self._nothing_known(raw), 0.0)

    def _nothing_known(self, raw: Sequence[Tensor]) -> Tensor:
        """bool (batch, 1)."""
        (ids,) = raw
        return ~self._is_known[ids.long()].any(dim=1, keepdim=True)


class ClassTextEncoder(NumberTextEncoder):
    """Likewise of classes, of which it is known how often each was there."""

    def __init__(self, tokenizer: Reader, coverage: Coverage, device: torch.device) -> None:
        super().__init__(tokenizer, coverage, device)
        self._shares = torch.tensor(coverage.class_shares, dtype=torch.float64, device=device)

    def hedged(
        self, raw: Sequence[Tensor], outputs: Tensor, *, ask: Callable[[tuple[Tensor, ...]], Tensor], objective: Any
    ) -> Tensor:
        """See ``Hedging``."""
        return torch.where(self._nothing_known(raw), objective.logits(self._shares).to(outputs.dtype), outputs)


class TagTextEncoder(ClassTextEncoder):
    """Likewise of the tags of all its words."""

    def hedged(
        self, raw: Sequence[Tensor], outputs: Tensor, *, ask: Callable[[tuple[Tensor, ...]], Tensor], objective: Any
    ) -> Tensor:
        """See ``Hedging``."""
        nothing_known = self._nothing_known(raw).unsqueeze(2)
        return torch.where(nothing_known, objective.logits(self._shares).to(outputs.dtype), outputs)


class StreamEncoder(TextEncoder):
    """Encoder that answers what comes after unknown tokens alone by how often each token was there in training.

    An end before them says nothing of what follows; after an end itself, training has learnt how texts begin.
    """

    def __init__(self, tokenizer: Reader, coverage: Coverage, device: torch.device) -> None:
        super().__init__(tokenizer)
        self._is_known = torch.from_numpy(known_tokens(tokenizer, coverage)).to(device)
        self._shares = TokenShares(coverage, device)

    def hedged(
        self, raw: Sequence[Tensor], outputs: Tensor, *, ask: Callable[[tuple[Tensor, ...]], Tensor], objective: Any
    ) -> Tensor:
        """See ``Hedging``."""
        (ids,) = raw
        return self.hedged_next(outputs, ids, is_told=self.is_known(ids).cumsum(dim=1) > 0)

    def is_known(self, ids: Tensor) -> Tensor:
        """bool (…), of ids int (…): which of them training met."""
        return self._is_known[ids.long()]

    def hedged_next(self, outputs: Tensor, ids: Tensor, *, is_told: Tensor) -> Tensor:
        """``outputs`` (…, vocabulary) of what comes after ``ids`` int (…), hedged but where ``is_told``, bool (…)."""
        return self._shares.written_into(outputs, ~is_told & (ids != END))


class SeriesEncoder:
    """Steps float64 (batch, steps, channels), and the length of each series int64 (batch,), to ``Steps``.

    Missing values are filled, then every channel is shifted and scaled, and only then made float32. ``longest`` is the
    most steps there may be. ``coverage`` is as for a table.
    """

    def __init__(
        self, statistics: Statistics, longest: int, device: torch.device, *, coverage: Coverage | None = None
    ) -> None:
        self.shape: tuple[int, ...] = (longest, len(statistics.shift))
        self._shift = torch.tensor(statistics.shift, dtype=torch.float64, device=device)
        self._scale = torch.tensor(statistics.scale, dtype=torch.float64, device=device)
        self._fill = torch.tensor(statistics.fill, dtype=torch.float64, device=device)

        self._was_constant = _was_constant(coverage, len(statistics.fill), device)

    def __call__(self, raw: Sequence[Tensor]) -> PaddedSteps:
        values, lengths = raw
        filled = torch.where(values.isnan() | self._was_constant, self._fill, values)
        places = torch.arange(values.shape[1], device=values.device)
        return PaddedSteps(values=((filled - self._shift) / self._scale).float(), mask=places < lengths[:, None])


class WindowEncoder:
    """Windows that are scaled, float32 (batch, context, channels) and what goes with them, to ``Steps``."""

    def __init__(self, context: int, channels: int) -> None:
        self.shape: tuple[int, ...] = (context, channels)

    def __call__(self, raw: Sequence[Tensor]) -> PaddedSteps:
        return PaddedSteps(values=raw[0], mask=raw[0].new_ones(raw[0].shape[:2], dtype=torch.bool))
