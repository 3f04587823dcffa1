"""Reads CSV in which every line is a row block by block, so that blocks can be parsed on every core.

Whatever is less plain is left to ``csv_source``, which reads in order and can say what is wrong where.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

import pyarrow as pa
import pyarrow.csv

from trainyard_engine.compiler.batches import Batch
from trainyard_engine.compiler.cells import MISSING


class NotPlain(Exception):
    """The table holds a cell of several lines, a row of another length, or something else that takes care to read."""


@dataclass(frozen=True, slots=True)
class PlainBlock:
    """Whole lines of CSV."""

    content: bytes
    names: tuple[str, ...]
    separator: str

    def read(self, as_text: frozenset[str] | None = None) -> Batch:
        """The rows. Columns that are not in ``as_text`` come as numbers if all columns but those hold numbers.

        Raises ``NotPlain``.
        """
        try:
            if not self.content.isascii():
                self.content.decode()
            if as_text is not None:
                try:
                    return self._parsed({name: pa.string() if name in as_text else pa.float64() for name in self.names})
                except pa.ArrowInvalid:
                    pass
            return self._parsed(dict.fromkeys(self.names, pa.string()))
        except (UnicodeDecodeError, pa.ArrowInvalid) as error:
            raise NotPlain from error

    def _parsed(self, types: dict[str, pa.DataType]) -> Batch:
        table = pyarrow.csv.read_csv(
            pa.BufferReader(self.content),
            read_options=pyarrow.csv.ReadOptions(
                column_names=self.names, block_size=len(self.content) + 1, use_threads=False
            ),
            parse_options=pyarrow.csv.ParseOptions(delimiter=self.separator, newlines_in_values=True),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types=types, null_values=MISSING, strings_can_be_null=True, check_utf8=False
            ),
        )
        columns = {name: column.combine_chunks() for name, column in zip(self.names, table.columns, strict=True)}
        # A block that begins or ends within a quoted cell has one with a line break, or is no table at all.
        if any(pa.types.is_string(values.type) and _has_line_break(values) for values in columns.values()):
            raise NotPlain
        return Batch(rows=table.num_rows, columns=columns)


def _has_line_break(values: pa.StringArray) -> bool:
    content = memoryview(values.buffers()[2] or b"").tobytes()
    return b"\n" in content or b"\r" in content


def plain_blocks(file: IO[bytes], names: list[str], separator: str, *, size: int) -> Iterator[PlainBlock]:
    """The rest of ``file`` in blocks of at most ``size`` bytes. Raises ``NotPlain`` at a line that is longer."""
    rest = b""
    while content := file.read(size - len(rest)):
        block = rest + content
        end = block.rfind(b"\n") + 1
        if not end and len(block) == size:
            raise NotPlain
        rest = block[end:]
        if end:
            yield PlainBlock(content=block[:end], names=tuple(names), separator=separator)
    if rest:
        yield PlainBlock(content=rest, names=tuple(names), separator=separator)
