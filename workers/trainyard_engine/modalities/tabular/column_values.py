"""One batch of a table as numbers and as labels: what the first pass keeps of it."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from trainyard_engine.ingest.cells import cell_forms
from trainyard_engine.ingest.cells.canonical_cells import Cells, as_readable, joined, kind_of, typed_form
from trainyard_engine.ingest.limits import IngestLimits
from trainyard_engine.ingest.tables.batches import TableBatch
from trainyard_engine.ingest.tables.plain_csv import NotPlain, PlainBlock
from trainyard_engine.modalities.tabular.batch_values import BatchValues, Labels, Numbers, Stray
from trainyard_spec.datasets import NumberForm

LARGEST_FLOAT = float(np.finfo(np.float32).max)


class _Column(NamedTuple):
    """``numbers`` is float64 (rows,), NaN where missing or unreadable."""

    numbers: npt.NDArray[np.float64]
    form: NumberForm = "number"
    blank: int = 0
    unreadable: int = 0


@dataclass(frozen=True, slots=True)
class Reading:
    """How to read columns: those in ``as_text`` become labels even if they hold nothing but numbers.

    The texts of those in ``forms`` are read as numbers in that form, and the others as numbers with a decimal point as
    long as that is all they hold.
    """

    as_text: frozenset[str]
    targets: Collection[str]
    limits: IngestLimits
    forms: Mapping[str, NumberForm] = field(default_factory=dict)
    ambiguous: frozenset[str] = frozenset()
    """Those of ``forms`` that could be read in another form as well."""
    has_label_sets: bool = False
    """Whether a cell of the target holds several labels, as text or in a list."""
    leaves_rows_out: bool = False
    """Whether rows without a target are, which blocks of plain CSV do not tell from others that say NA."""

    def most_labels(self, name: str) -> int:
        """How many different labels a column may have and still be one of classes or categories."""
        return self._most(name)[0]

    def forms_of(self, name: str) -> Collection[NumberForm]:
        """Forms that a column may have: what is to be predicted is a number, and no date."""
        return cell_forms.NUMBERS if name in self.targets else cell_forms.FORMS

    def read(self, rows: TableBatch | PlainBlock) -> BatchValues:
        """Depends on nothing but the rows, so that they may be read in threads. Raises ``NotPlain``."""
        if isinstance(rows, TableBatch):
            return self._read(rows)
        texts = self.as_text.union(self.forms)
        batch = rows.read(texts)
        values = self._read(batch)
        # "NAN" and "1e999" are numbers to Arrow and none to us.
        as_written = all(
            batch.columns[name].null_count == facts.missing
            for name, facts in values.facts.items()
            if name not in self.forms
        )
        values = values if as_written and texts.issuperset(values.labels) else self._read(rows.read())
        if self.leaves_rows_out and values.lacks(self.targets):
            raise NotPlain
        return values

    def _read(self, batch: TableBatch) -> BatchValues:
        lists = {name: sets for name, values in batch.columns.items() if (sets := self.lists(name, values))}
        readable = {name: _readable(values) for name, values in batch.columns.items() if name not in lists}
        columns = {
            name: found
            for name, values in readable.items()
            if values is not None and name not in self.as_text and (found := self._numbers(name, values)) is not None
        }
        facts, matrix = _clean_numbers(columns, batch.rows)
        texts = {name: values for name, values in readable.items() if values is not None and name not in facts}
        return BatchValues(
            rows=batch.rows,
            names=tuple(batch.columns),
            facts=facts,
            numbers=matrix,
            labels=lists | {name: self.labels(name, values) for name, values in texts.items()},
            unsupported={
                name: Stray(kind_of(batch.columns[name]), first_valid(batch.columns[name]))
                for name, values in readable.items()
                if values is None
            },
            left_out=batch.left_out,
        )

    def _numbers(self, name: str, values: pa.Array) -> _Column | None:
        """``None`` if a cell holds anything but a number, unless its form is known."""
        typed = typed_form(values.type)
        if typed is not None:
            cells = Cells.of(values)
            return _Column(cells.read(typed), typed) if cells and typed in self.forms_of(name) else None
        if not pa.types.is_dictionary(values.type) and not pa.types.is_string(values.type):
            return _Column(values.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False))
        if name in self.forms:
            return _in_form(values, self.forms[name])
        return None if pa.types.is_dictionary(values.type) else _plain_numbers(values)

    def lists(self, name: str, values: pa.Array) -> Labels | None:
        """Reads a target of lists of labels; ``None`` if it is anything else, or a row has one class."""
        texts = joined(values) if self.has_label_sets and name in self.targets else None
        return None if texts is None else replace(self.labels(name, texts), are_sets=True)

    def labels(self, name: str, values: pa.Array) -> Labels:
        """Reads a column of numbers, times or strings; what is costly is done once for each different value."""
        encoded = values if pa.types.is_dictionary(values.type) else values.dictionary_encode()
        cells = Cells.of(encoded.dictionary)
        if cells is None:
            raise TypeError(f"{values.type} is neither a number nor a string")
        codes = pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False).astype(np.int32, copy=False)
        nulls, *_ = counted = np.bincount(codes + 1, minlength=len(cells.missing) + 1)
        counts = counted[1:]
        texts, blank = cells.text(), cells.blank
        spelled = {form: found & ~blank for form, found in cell_forms.spelled(texts, self.forms_of(name)).items()}
        commas = spelled["number"] & spelled["decimal_comma"] & _hold_commas(texts)
        strange = ~(np.logical_or.reduce([*spelled.values()]) | blank | cells.missing) & (counts > 0)
        return Labels(
            texts=self._texts(pc.if_else(pa.array(counts > 0), texts, None), name),
            codes=codes,
            missing=int(nulls + counts[cells.missing].sum()),
            blank=int(counts[blank].sum()),
            forms=Counter({form: int(counts[found].sum()) for form, found in spelled.items()}),
            commas=int(counts[commas].sum()),
            stray=_stray(texts, codes, strange),
        )

    def _most(self, name: str) -> tuple[int, int]:
        """Different labels, and characters of one."""
        if name in self.targets:
            return self.limits.most_labels(are_sets=self.has_label_sets)
        return self.limits.categories, self.limits.label_characters

    def _texts(self, texts: pa.Array, name: str) -> list[str | None] | None:
        most, most_characters = self._most(name)
        longest = pc.max(pc.utf8_length(texts)).as_py() or 0
        if longest > most_characters or pc.count_distinct(texts).as_py() > most:
            return None
        listed: list[str | None] = texts.to_pylist()
        return listed


def _readable(values: pa.Array) -> pa.Array | None:
    """As ``as_readable``, but leaves strings in a dictionary there."""
    if pa.types.is_dictionary(values.type) and pa.types.is_string(values.type.value_type):
        return values
    return as_readable(values)


def first_valid(values: pa.Array) -> int:
    """The row, counted from 0, of the first cell that is not null."""
    return int(np.argmax(values.is_valid().to_numpy(zero_copy_only=False))) if len(values) else 0


def _hold_commas(texts: pa.Array) -> npt.NDArray[np.bool_]:
    found: npt.NDArray[np.bool_] = (
        pc.match_substring_regex(texts, "[,.]").fill_null(False).to_numpy(zero_copy_only=False)
    )
    return found


def _stray(texts: pa.Array, codes: npt.NDArray[np.int32], strange: npt.NDArray[np.bool_]) -> Stray | None:
    if not strange.any():
        return None
    row = int(np.argmax(np.append(strange, False)[codes]))
    return Stray(texts[int(codes[row])].as_py(), row)


def _clean_numbers(columns: Mapping[str, _Column], rows: int) -> tuple[dict[str, Numbers], npt.NDArray[np.float64]]:
    """The columns that hold nothing but numbers that fit float32, and gaps."""
    matrix = np.empty((len(columns), rows))
    for position, column in enumerate(columns.values()):
        matrix[position] = column.numbers
    missing = np.zeros(len(columns), dtype=np.int64)
    # Infinities of both signs have no sum, and that of huge numbers no float64 holds: neither fits.
    with np.errstate(invalid="ignore", over="ignore"):
        totals = matrix.sum(axis=1)
        if np.isnan(totals).any():
            missing = np.isnan(matrix).sum(axis=1)
            totals = np.nansum(matrix, axis=1)
    smallest = np.fmin.reduce(matrix, axis=1, initial=np.inf)
    largest = np.fmax.reduce(matrix, axis=1, initial=-np.inf)
    fits = (smallest >= -LARGEST_FLOAT) & (largest <= LARGEST_FLOAT) | (missing == rows)
    found = zip(*(values.tolist() for values in (missing, totals, smallest, largest)), strict=True)
    facts = {
        name: Numbers(
            missing=empty - column.unreadable,
            cells=rows - empty,
            total=total,
            minimum=minimum,
            maximum=maximum,
            form=column.form,
            blank=column.blank,
            unreadable=column.unreadable,
        )
        for (name, column), (empty, total, minimum, maximum), fits_it in zip(
            columns.items(), found, fits.tolist(), strict=True
        )
        if fits_it
    }
    kept = matrix if fits.all() else matrix[fits]
    return facts, np.ascontiguousarray(kept.T)


def _plain_numbers(values: pa.Array) -> _Column | None:
    """Plain numbers in strings; ``None`` if one is neither a decimal number nor empty, or holds a comma."""
    try:
        numbers = values.cast(pa.float64()).to_numpy(zero_copy_only=False)
        if np.count_nonzero(np.isnan(numbers)) == values.null_count:
            return _Column(numbers)
    except pa.ArrowInvalid:
        pass
    column = _in_form(values, "number")
    # A batch of dashes alone says nothing of numbers, and what a comma means is told by all batches.
    only_blank = column.blank > 0 and np.isnan(column.numbers).all()
    is_open = column.unreadable > 0 or only_blank or pc.any(pc.match_substring(values, ",")).as_py()
    return None if is_open else column


def _in_form(values: pa.Array, form: NumberForm) -> _Column:
    """Reads each different string once."""
    encoded = values if pa.types.is_dictionary(values.type) else values.dictionary_encode()
    cells = Cells.of(encoded.dictionary)
    if cells is None:
        raise TypeError(f"{values.type} holds no strings")
    codes = pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False)
    numbers = np.append(cells.read(form), np.nan)
    blank = cells.blank
    unreadable = np.isnan(numbers[:-1]) & ~cells.missing & ~blank
    return _Column(
        numbers[codes], form, int(np.append(blank, False)[codes].sum()), int(np.append(unreadable, False)[codes].sum())
    )
