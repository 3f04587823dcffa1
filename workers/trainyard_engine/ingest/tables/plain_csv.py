"""Reads CSV in which every line is a row block by block, so that blocks can be parsed on every core.

Whatever is less plain is left to ``csv_source``, which reads in order and can say what is wrong where.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from trainyard_engine.ingest.cells.canonical_cells import MISSING
from trainyard_engine.ingest.tables.batches import TableBatch


class NotPlain(Exception):
    """The table holds a cell of several lines, a row of another length, or something else that takes care to read."""


UNREAD_QUOTE = r'^ +"|\\"'
"""What is left of a quote behind a blank, or behind a backslash."""
LABELS = pa.dictionary(pa.int32(), pa.string())


@dataclass(frozen=True, slots=True)
class PlainBlock:
    """Whole lines of CSV, which end at byte ``end`` of ``content``."""

    content: bytes
    end: int
    names: tuple[str, ...]
    separator: str

    def read(self, as_text: frozenset[str] | None = None) -> TableBatch:
        """The rows. Columns in ``as_text`` come as dictionaries and the others as numbers if that is all they hold.

        Raises ``NotPlain``.
        """
        try:
            if b"\0" in self.content:
                raise NotPlain
            if not self.content.isascii():
                str(memoryview(self.content)[: self.end], "utf-8")
            if as_text is not None:
                try:
                    return self._parsed({name: LABELS if name in as_text else pa.float64() for name in self.names})
                except pa.ArrowInvalid:
                    pass
            return self._parsed(dict.fromkeys(self.names, pa.string()))
        except (UnicodeDecodeError, pa.ArrowInvalid) as error:
            raise NotPlain from error

    def _parsed(self, types: dict[str, pa.DataType]) -> TableBatch:
        table = pyarrow.csv.read_csv(
            pa.BufferReader(pa.py_buffer(self.content)[: self.end]),
            read_options=pyarrow.csv.ReadOptions(column_names=self.names, block_size=self.end + 1, use_threads=False),
            parse_options=pyarrow.csv.ParseOptions(delimiter=self.separator, newlines_in_values=True),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types=types, null_values=MISSING, strings_can_be_null=True, check_utf8=False
            ),
        )
        # One block is one chunk, which need not be copied to be combined; blank lines are none.
        columns = {
            name: column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
            for name, column in zip(self.names, table.columns, strict=True)
        }
        if any(_has_odd_quotes(columns[name]) for name, kind in types.items() if kind != pa.float64()):
            raise NotPlain
        return TableBatch(rows=table.num_rows, columns=columns)


def _has_odd_quotes(values: pa.StringArray | pa.DictionaryArray) -> bool:
    """Whether a cell spans lines, as one does where a block begins or ends within it, or its quotes were not read."""
    texts = values.dictionary if pa.types.is_dictionary(values.type) else values
    content = bytes(texts.buffers()[2] or b"")
    if b"\n" in content or b"\r" in content:
        return True
    return b'"' in content and bool(pc.any(pc.match_substring_regex(texts, UNREAD_QUOTE)).as_py())


def plain_blocks(file: IO[bytes], names: list[str], separator: str, *, size: int) -> Iterator[PlainBlock]:
    """The rest of ``file`` in blocks of at most ``size`` bytes. Raises ``NotPlain`` at a line that is longer."""
    while content := file.read(size):
        end = content.rfind(b"\n") + 1 if len(content) == size else len(content)
        if not end:
            raise NotPlain
        # The line that is cut there is read again with the next block, so that no block has to be put together.
        file.seek(end - len(content), os.SEEK_CUR)
        yield PlainBlock(content=content, end=end, names=tuple(names), separator=separator)
