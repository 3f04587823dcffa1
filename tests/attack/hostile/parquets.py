"""Parquet files whose footers, dictionaries and pages say other than they hold, or pack a great deal."""

import io
import struct
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import pyarrow as pa
import pyarrow.parquet

from tests.attack.hostile.file import HostileFile
from tests.support import uploads
from trainyard_spec.tasks import Task


def written(table: pa.Table, **options: Any) -> bytes:
    buffer = io.BytesIO()
    pyarrow.parquet.write_table(table, buffer, **options)
    return buffer.getvalue()


def good(**options: Any) -> bytes:
    return written(pa.Table.from_pylist(uploads.flower_rows(40)), **options)


def with_column(values: pa.Array, **options: Any) -> bytes:
    species = pa.array(["rose", "lily"] * (len(values) // 2) + ["rose"] * (len(values) % 2)).dictionary_encode()
    return written(pa.table({"species": species, "odd": values}), **options)


def repeated(rows: int, value: Any, **options: Any) -> bytes:
    """One value so often, which a dictionary stores once."""
    packed = {"compression": "zstd", "row_group_size": rows, **options}
    return with_column(
        pa.DictionaryArray.from_arrays(pa.nulls(rows, pa.int32()).fill_null(0), pa.array([value])), **packed
    )


def nested(depth: int, rows: int = 12) -> pa.Array:
    values: pa.Array = pa.array([1] * rows)
    for _ in range(depth):
        values = pa.StructArray.from_arrays([values], ["a"])
    return values


def lists(depth: int, rows: int = 12) -> pa.Array:
    values: pa.Array = pa.array([1] * rows)
    for _ in range(depth):
        values = pa.ListArray.from_arrays(pa.array(range(rows + 1), pa.int32()), values)
    return values


def footer(length: int) -> bytes:
    return good()[:-8] + struct.pack("<I", length) + b"PAR1"


def flipped(random: Random, *, in_footer: bool) -> bytes:
    content = bytearray(good(compression=random.choice(["none", "snappy", "zstd", "gzip"])))
    begin = len(content) - 8 - struct.unpack("<I", content[-8:-4])[0]
    places = range(begin, len(content) - 8) if in_footer else range(4, begin)
    for _ in range(random.randrange(1, 6)):
        content[random.choice(places)] = random.choice([0, 1, 0x7F, 0x80, 0xFF, random.randrange(256)])
    return bytes(content)


FILES: dict[str, Callable[[], bytes]] = {
    "footer of no bytes": lambda: footer(0),
    "footer of 2^31 bytes": lambda: footer(2**31 - 1),
    "footer of 2^32 bytes": lambda: footer(2**32 - 1),
    "footer of all bytes": lambda: footer(len(good()) - 8),
    "footer alone": lambda: b"PAR1" + good()[-8:],
    "no footer": lambda: good()[:-900],
    "marks alone": lambda: b"PAR1PAR1",
    "encrypted footer": lambda: good()[:-4] + b"PARE",
    "footer without end": lambda: b"PAR1" + b"\x15\x04\x19" * 9_000 + struct.pack("<I", 27_000) + b"PAR1",
    "lists in lists in the footer": lambda: b"PAR1" + b"\x19\x19" * 400_000 + struct.pack("<I", 800_000) + b"PAR1",
    "a long row group": lambda: repeated(6_000_000, 7),
    "a long row group of texts": lambda: repeated(4_000_000, "x" * 2_000),
    "a long text in a dictionary": lambda: repeated(2_000, "x" * 4_000_000),
    "null so often": lambda: with_column(pa.nulls(5_000_000, pa.float64()), row_group_size=5_000_000),
    "zeros packed by zstd": lambda: with_column(
        pa.array([0.0] * 4_000_000), compression="zstd", use_dictionary=False, row_group_size=4_000_000
    ),
    "texts packed by gzip": lambda: with_column(
        pa.array(["x" * 20_000] * 4_000), compression="gzip", use_dictionary=False, row_group_size=4_000
    ),
    "texts packed by brotli": lambda: with_column(
        pa.array(["x" * 20_000] * 4_000), compression="brotli", use_dictionary=False, row_group_size=4_000
    ),
    "10,001 columns": lambda: written(pa.table({f"c{n}": [1] * 12 for n in range(10_001)})),
    "30,000 columns": lambda: written(pa.table({f"c{n}": [1] * 12 for n in range(30_000)})),
    "20,000 row groups": lambda: written(pa.Table.from_pylist(uploads.flower_rows(20_000)), row_group_size=1),
    "structs 90 deep": lambda: with_column(nested(90)),
    "structs 900 deep": lambda: with_column(nested(900)),
    "lists 90 deep": lambda: with_column(lists(90)),
    "lists of millions": lambda: with_column(pa.array([[1] * 400_000] * 12)),
    "a column of binary": lambda: with_column(pa.array([b"\xff\xfe\0"] * 12)),
    "text that is no UTF-8": lambda: with_column(
        pa.StringArray.from_buffers(12, pa.py_buffer(struct.pack("<13i", *range(13))), pa.py_buffer(b"\xff" * 12))
    ),
    "a column of times": lambda: with_column(pa.array([2**62, -(2**62)] * 6, pa.timestamp("us"))),
    "a column of decimals": lambda: with_column(pa.array([10**37] * 12, pa.decimal128(38, 0))),
    "names of NUL": lambda: written(pa.table({"species": ["rose", "lily"] * 6, "\0": [1] * 12})),
    "names of a megabyte": lambda: written(pa.table({"species": ["rose", "lily"] * 6, "n" * 1_000_000: [1] * 12})),
    "an index of pandas that is none": lambda: written(
        pa.Table.from_pylist(uploads.flower_rows(40)).replace_schema_metadata({"pandas": "[" * 50_000})
    ),
    "a schema of Arrow that is none": lambda: good(store_schema=True).replace(b"ARROW:schema", b"ARROW:schemb"),
}


def hostile() -> Iterator[HostileFile]:
    def file(name: str, make: Callable[[Random], bytes]) -> HostileFile:
        return HostileFile("parquet", name, make, Task.TABULAR_CLASSIFICATION, "upload.parquet", {"target": "species"})

    for name, make in FILES.items():
        yield file(name, lambda _, make=make: make())
    for number in range(14):
        yield file(f"footer changed {number}", lambda random: flipped(random, in_footer=True))
    for number in range(8):
        yield file(f"pages changed {number}", lambda random: flipped(random, in_footer=False))
