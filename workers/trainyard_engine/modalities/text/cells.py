"""One column of texts of one batch of a table."""

from dataclasses import dataclass
from typing import NoReturn

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from trainyard_engine.ingest.limits import IngestLimits
from trainyard_engine.ingest.problems import ProblemCode, ProblemLog
from trainyard_engine.ingest.request import CompileRequest
from trainyard_engine.ingest.tables.batches import TableBatch, column_of
from trainyard_engine.modalities.text.output import clipped
from trainyard_spec.datasets import Problem


@dataclass(frozen=True, slots=True)
class TextCells:
    """One batch's texts as they are stored, without nulls; ``missing`` is bool (rows,): nothing but white space."""

    values: pa.LargeStringArray
    missing: npt.NDArray[np.bool_]
    truncated: int

    @property
    def characters(self) -> npt.NDArray[np.int64]:
        lengths: npt.NDArray[np.int64] = pc.utf8_length(self.values).to_numpy(zero_copy_only=False)
        return lengths

    def packed(self) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
        """The UTF-8 of all rows one after the other, and where each begins and the last ends, int64 (rows + 1,)."""
        _, places, content = self.values.buffers()
        first, count = self.values.offset, len(self.values)
        offsets = np.frombuffer(places, dtype=np.int64)[first : first + count + 1]
        data = np.frombuffer(content or b"", dtype=np.uint8)[offsets[0] : offsets[-1]]
        return data, offsets - offsets[0]

    @classmethod
    def of(cls, values: pa.Array, limits: IngestLimits) -> "TextCells | None":
        """Reads a column of texts; ``None`` for one of anything else."""
        kind = values.type
        if pa.types.is_dictionary(kind):
            return cls.of(values.dictionary_decode(), limits)
        if not any(is_text(kind) for is_text in TEXT_TYPES):
            return None
        texts = pc.fill_null(values.cast(pa.large_string()), "")
        too_long = pc.greater(pc.binary_length(texts), limits.text_size)
        truncated = pc.sum(too_long).as_py() or 0
        if truncated:
            cut = [clipped(text.encode(), limits).decode() for text in texts.filter(too_long).to_pylist()]
            texts = pc.replace_with_mask(texts, too_long, pa.array(cut, pa.large_string()))
        missing = pc.or_(pc.utf8_is_space(texts), pc.equal(texts, ""))
        return cls(values=texts, missing=missing.to_numpy(zero_copy_only=False), truncated=truncated)


TEXT_TYPES = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view, pa.types.is_null)


def texts_of(batch: TableBatch, name: str, request: CompileRequest, log: ProblemLog) -> TextCells:
    """The column ``name`` of one batch. Raises ``Rejected`` unless it holds texts."""
    cells = TextCells.of(column_of(batch, name), request.limits)
    if cells is None:
        reject_unsupported(name, request, log)
    return cells


def reject_unsupported(name: str, request: CompileRequest, log: ProblemLog) -> NoReturn:
    """Raises ``Rejected``: the column ``name`` holds no texts."""
    message = "The column holds numbers, lists, objects or binary data. Choose a column of texts."
    log.reject(ProblemCode.TEXT_UNSUPPORTED, message, file=request.filename, column=name)


def report_missing(
    cells: TextCells, column: str, *, rows: npt.NDArray[np.int64], filename: str, log: ProblemLog
) -> None:
    """Adds a problem for each row without a text; ``rows`` are their places in the table, from 1, int64 (rows,)."""
    message = "The text is empty. Fill it in or leave the row out."
    log.extend(
        int(np.count_nonzero(cells.missing)),
        (
            Problem(
                code=ProblemCode.TEXT_MISSING,
                message=message,
                file=filename,
                row=int(rows[at]),
                column=column,
            )
            for at in np.flatnonzero(cells.missing)
        ),
    )
