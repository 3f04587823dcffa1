"""``ClassLabel`` of Hugging Face's datasets: numbers whose names the metadata of a Parquet file state."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet

from trainyard_engine.ingest.tables.json_objects import Row

METADATA = b"huggingface"


def with_class_names(rows: Iterator[Row], source: Path) -> Iterator[Row]:
    """``rows`` of the Parquet file ``source`` with the names of classes in the place of their numbers."""
    names = _names(source)
    for place, row in rows:
        yield place, row and {key: _named(value, names[key]) if key in names else value for key, value in row.items()}


def _names(source: Path) -> dict[str, list[str]]:
    """The names of the classes of each column that states them."""
    try:
        stated = json.loads((pa.parquet.read_schema(source).metadata or {}).get(METADATA, b"{}"))
        features = stated["info"]["features"]
        found = {key: _labels(feature) for key, feature in features.items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OSError, pa.ArrowException):
        return {}
    return {key: names for key, names in found.items() if names}


def _labels(feature: Any) -> list[str]:
    """Of a column, or of the items of its lists, which some versions write as a list and others under ``feature``."""
    inner = feature[0] if isinstance(feature, list) and feature else feature
    while isinstance(inner, Mapping) and inner.get("_type") != "ClassLabel" and "feature" in inner:
        inner = inner["feature"]
    names = inner.get("names") if isinstance(inner, Mapping) else None
    return names if isinstance(names, list) and all(isinstance(name, str) for name in names) else []


def _named(value: Any, names: list[str]) -> Any:
    if isinstance(value, list):
        return [_named(item, names) for item in value]
    return names[value] if isinstance(value, int) and 0 <= value < len(names) else value
