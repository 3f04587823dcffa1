"""Media columns of Parquet: pictures or recordings, a row each, as Hugging Face's ``datasets`` publishes them.

Such a column is binary, or a structure of ``bytes`` and ``path``.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet

from trainyard_engine.ingest.limits import MIB
from trainyard_engine.ingest.problems import ProblemCode, ProblemLog
from trainyard_engine.ingest.request import MediaTable
from trainyard_engine.ingest.tables.class_names import METADATA
from trainyard_spec.names import column_name

BYTES = "bytes"
FEATURES = {"image": "Image", "recording": "Audio"}
"""What ``datasets`` calls the type of a column of such things."""
USUAL = {
    "image": ("image", "img", "picture", "photo", "pixel_values", "image_bytes", "jpg", "png"),
    "recording": ("audio", "recording", "sound", "speech", "wav", "audio_bytes", "flac", "mp3"),
}
"""What a column of such things is called, the first of these that there is, in any letters."""
BUFFER_SIZE = MIB
BATCH_SIZE = 4 * MIB
"""Bytes of pictures or recordings as stored that are read at once."""
MOST_ROWS = 64
DICTIONARY_SIZE = 256 * MIB
"""A value that a dictionary says once may stand in every row of a batch: so much may all of them take."""


def media_column(source: Path, thing: str) -> str | list[str]:
    """The column of the ``thing``\\ s, by its name; of several or none their names, which do not tell.

    Raises as Arrow does for a damaged file.
    """
    schema = pa.parquet.read_schema(source)
    found = [field.name for field in schema if _leaf(field) is not None]
    if len(found) > 1:
        features = _features(schema)
        typed = [name for name in found if _is_feature(features.get(name), FEATURES[thing])]
        by_name = {name.casefold(): name for name in reversed(found)}
        usual = [by_name[name] for name in USUAL[thing] if name in by_name]
        found = typed if len(typed) == 1 else (usual[:1] or found)
    return found[0] if len(found) == 1 else found


def columns_in(source: Path) -> dict[str, pa.DataType]:
    """The columns by their names as options have them."""
    return {column_name(field.name): field.type for field in pa.parquet.read_schema(source)}


def rows_in(source: Path) -> int:
    rows: int = pa.parquet.read_metadata(source).num_rows
    return rows


def contents(table: MediaTable, log: ProblemLog) -> Iterator[bytes | None]:
    """What each row of ``table`` holds in its media column. Raises ``Rejected`` for a damaged file."""
    with reading(table.name, log), pa.parquet.ParquetFile(table.source, **_frugal()) as file:
        leaf = _leaf(file.schema_arrow.field(table.column))
        for batch in file.iter_batches(_rows_at_once(file.metadata), columns=[leaf]):
            (values,) = batch.columns
            yield from (values.flatten()[0] if pa.types.is_struct(values.type) else values).to_pylist()


def cells(table: MediaTable, columns: Sequence[str], log: ProblemLog) -> Iterator[pa.RecordBatch]:
    """Columns of ``table`` beside its media, by their names as options have them. Raises ``Rejected``."""
    with reading(table.name, log), pa.parquet.ParquetFile(table.source, **_frugal()) as file:
        stored = {column_name(name): name for name in file.schema_arrow.names}
        wanted = [stored[name] for name in columns]
        for batch in file.iter_batches(columns=wanted, batch_size=1 << 14):
            yield batch.select(wanted).rename_columns([*columns])


@contextmanager
def reading(name: str, log: ProblemLog) -> Iterator[None]:
    """Raises ``Rejected`` for what Arrow says of a damaged file in the block."""
    try:
        yield
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        if isinstance(error, MemoryError) or getattr(error, "errno", None) is not None:
            raise
        message = f"The Parquet file is damaged ({error}). Write it again."
        log.reject(ProblemCode.MALFORMED_TABLE, message, file=name)


def _frugal() -> dict[str, Any]:
    """Without these, whole column chunks are held."""
    return {"buffer_size": BUFFER_SIZE, "pre_buffer": False}


def _leaf(field: pa.Field) -> str | None:
    """The path in the file of what holds the bytes; ``None`` for a column of something else."""
    if _is_binary(field.type):
        return str(field.name)
    place = field.type.get_field_index(BYTES) if pa.types.is_struct(field.type) else -1
    return f"{field.name}.{BYTES}" if place >= 0 and _is_binary(field.type.field(place).type) else None


def _is_binary(kind: pa.DataType) -> bool:
    known = (pa.types.is_binary, pa.types.is_large_binary, pa.types.is_binary_view, pa.types.is_null)
    return any(is_known(kind) for is_known in known)


def _features(schema: pa.Schema) -> dict[str, Any]:
    try:
        features = json.loads((schema.metadata or {}).get(METADATA, b"{}"))["info"]["features"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return {}
    return features if isinstance(features, dict) else {}


def _is_feature(feature: Any, kind: str) -> bool:
    return isinstance(feature, dict) and feature.get("_type") == kind


def _rows_at_once(metadata: pyarrow.parquet.FileMetaData) -> int:
    sizes = [metadata.row_group(number).total_byte_size for number in range(metadata.num_row_groups)]
    by_size: int = BATCH_SIZE * metadata.num_rows // max(1, sum(sizes))
    by_dictionary: int = DICTIONARY_SIZE // max([1, *sizes])
    return max(1, min(by_size, by_dictionary, MOST_ROWS))
