"""One batch of a table as numbers and as labels: what the first pass keeps of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from trainyard_engine.compiler.batches import Batch
from trainyard_engine.compiler.cells import Cells, as_readable
from trainyard_engine.compiler.limits import Limits
from trainyard_engine.compiler.plain_csv import PlainBlock

LARGEST_FLOAT = float(np.finfo(np.float32).max)


class Numbers(NamedTuple):
    """Facts about the ``cells`` of one column that are numbers, and how many hold nothing."""

    missing: int
    cells: int
    total: float
    minimum: float
    maximum: float


@dataclass(frozen=True, slots=True)
class Labels:
    """A column of text. ``codes`` is int32 (rows,), the position of each cell's text in ``texts``, -1 where missing.

    ``texts`` may hold a text twice; it is ``None`` if there are too many or too long ones to be labels.
    """

    texts: list[str | None] | None
    codes: npt.NDArray[np.int32]
    numbers: Numbers


@dataclass(frozen=True, slots=True)
class BatchValues:
    """``numbers`` is float64 (rows, columns named in ``facts``), NaN where missing: columns of nothing but numbers.

    ``names`` are those of all columns, in the table's order.
    """

    rows: int
    names: tuple[str, ...]
    facts: dict[str, Numbers]
    numbers: npt.NDArray[np.float64]
    labels: dict[str, Labels]
    unsupported: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """How to read columns: those in ``as_text`` become labels even if they hold nothing but numbers."""

    as_text: frozenset[str]
    target: str
    limits: Limits

    def most_labels(self, name: str) -> int:
        """How many different labels a column may have and still be one of classes or categories."""
        return self.limits.classes if name == self.target else self.limits.categories

    def read(self, rows: Batch | PlainBlock) -> BatchValues:
        """Depends on nothing but the rows, so that they may be read in threads. Raises ``NotPlain``."""
        if isinstance(rows, Batch):
            return self._read(rows)
        batch = rows.read(self.as_text)
        values = self._read(batch)
        # "NAN" and "1e999" are numbers to Arrow and none to us.
        as_written = all(batch.columns[name].null_count == facts.missing for name, facts in values.facts.items())
        return values if as_written and self.as_text.issuperset(values.labels) else self._read(rows.read())

    def _read(self, batch: Batch) -> BatchValues:
        readable = {name: _readable(values) for name, values in batch.columns.items()}
        candidates = {name: values for name, values in readable.items() if name not in self.as_text}
        facts, matrix = _clean_numbers(candidates, batch.rows)
        return BatchValues(
            rows=batch.rows,
            names=tuple(batch.columns),
            facts=facts,
            numbers=matrix,
            labels={
                name: self.labels(name, values)
                for name, values in readable.items()
                if values is not None and name not in facts
            },
            unsupported=tuple(name for name, values in readable.items() if values is None),
        )

    def labels(self, name: str, values: pa.Array) -> Labels:
        """Reads a column of numbers or strings; what is costly is done once for each different value."""
        encoded = values if pa.types.is_dictionary(values.type) else values.dictionary_encode()
        cells = Cells.of(encoded.dictionary)
        if cells is None:
            raise TypeError(f"{values.type} is neither a number nor a string")
        codes = pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False).astype(np.int32, copy=False)
        nulls, *_ = counted = np.bincount(codes + 1, minlength=len(cells.missing) + 1)
        counts = counted[1:]
        found = ~np.isnan(cells.numbers) & (counts > 0)
        return Labels(
            texts=self._texts(pc.if_else(pa.array(counts > 0), cells.text(), None), most=self.most_labels(name)),
            codes=codes,
            numbers=_facts(cells.numbers[found], counts[found], missing=int(nulls + counts[cells.missing].sum())),
        )

    def _texts(self, texts: pa.Array, *, most: int) -> list[str | None] | None:
        longest = pc.max(pc.utf8_length(texts)).as_py() or 0
        if longest > self.limits.label_characters or pc.count_distinct(texts).as_py() > most:
            return None
        listed: list[str | None] = texts.to_pylist()
        return listed


def _readable(values: pa.Array) -> pa.Array | None:
    """As ``as_readable``, but leaves strings in a dictionary there."""
    if pa.types.is_dictionary(values.type) and pa.types.is_string(values.type.value_type):
        return values
    return as_readable(values)


def _facts(numbers: npt.NDArray[np.float64], counts: npt.NDArray[np.int64], *, missing: int) -> Numbers:
    with np.errstate(invalid="ignore"):  # infinities of both signs have no sum
        total = float((numbers * counts).sum())
    return Numbers(
        missing=missing,
        cells=int(counts.sum()),
        total=total,
        minimum=float(numbers.min(initial=np.inf)),
        maximum=float(numbers.max(initial=-np.inf)),
    )


def _clean_numbers(
    candidates: Mapping[str, pa.Array | None], rows: int
) -> tuple[dict[str, Numbers], npt.NDArray[np.float64]]:
    """The columns that hold nothing but numbers that fit float32, and gaps."""
    columns = {name: numbers for name, values in candidates.items() if (numbers := _numbers(values)) is not None}
    matrix = np.empty((len(columns), rows))
    for position, numbers in enumerate(columns.values()):
        matrix[position] = numbers
    missing = np.zeros(len(columns), dtype=np.int64)
    with np.errstate(invalid="ignore"):  # infinities of both signs have no sum
        totals = matrix.sum(axis=1)
        if np.isnan(totals).any():
            missing = np.isnan(matrix).sum(axis=1)
            totals = np.nansum(matrix, axis=1)
    smallest = np.fmin.reduce(matrix, axis=1, initial=np.inf)
    largest = np.fmax.reduce(matrix, axis=1, initial=-np.inf)
    fits = (smallest >= -LARGEST_FLOAT) & (largest <= LARGEST_FLOAT) | (missing == rows)
    by_column = zip(*(found.tolist() for found in (missing, rows - missing, totals, smallest, largest)), strict=True)
    facts = {
        name: Numbers(*found) for name, found, fits_it in zip(columns, by_column, fits.tolist(), strict=True) if fits_it
    }
    kept = matrix if fits.all() else matrix[fits]
    return facts, np.ascontiguousarray(kept.T)


def _numbers(values: pa.Array | None) -> npt.NDArray[np.float64] | None:
    """float64 (rows,), NaN where missing; ``None`` if a cell holds anything but a number."""
    if values is None or pa.types.is_dictionary(values.type):
        return None
    if pa.types.is_float64(values.type):
        stored: npt.NDArray[np.float64] = values.to_numpy(zero_copy_only=False)
        return stored
    if not pa.types.is_string(values.type):
        numbers: npt.NDArray[np.float64] = values.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
        return numbers
    try:
        numbers = values.cast(pa.float64()).to_numpy(zero_copy_only=False)
        if np.count_nonzero(np.isnan(numbers)) == values.null_count:
            return numbers
    except pa.ArrowInvalid:
        pass
    cells = Cells.of(values)
    if cells is None or (np.isnan(cells.numbers) & ~cells.missing).any():
        return None
    return cells.numbers
