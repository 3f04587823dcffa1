"""``ClassLabel`` of Hugging Face's datasets: classes that are stored as numbers, and the names that are stated of them.

A Parquet file states them in its metadata; the others of a repository beside them: in the YAML before its ``README.md``
(``dataset_info``), or in ``dataset_infos.json`` as older ones do.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet
import yaml

from trainyard_engine.ingest.tables.batches import TableBatch

METADATA = b"huggingface"
CARD, INFOS = "readme.md", ("dataset_infos.json", "dataset_info.json")
LONGEST = 1 << 18
"""Bytes of what states names; the thousand of ImageNet take 50 kB."""
FENCE = "---"
"""What stands before and behind the YAML of a card."""
Names = dict[str, list[str]]
"""Those of each column that states any, by the column."""


def states_names(name: str) -> bool:
    """Whether a file is called as those that state names."""
    return PurePosixPath(name).name.lower() in (CARD, *INFOS)


def names_in(name: str, content: bytes) -> Names:
    """The names that the file ``name`` states; none where it is no such file or cannot be read."""
    try:
        text = content[:LONGEST].decode()
        if PurePosixPath(name).name.lower() == CARD:
            head = text.lstrip("\ufeff").split(f"\n{FENCE}", 1)[0]
            stated = yaml.safe_load(head.removeprefix(FENCE)) if head.startswith(FENCE) else {}
            found = stated.get("dataset_info", {})
            configurations = found if isinstance(found, list) else [found]
        else:
            stated = json.loads(text)
            configurations = [stated] if "features" in stated else [*stated.values()]
        return _agreed([_of_features(each.get("features", {})) for each in configurations])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, yaml.YAMLError):
        return {}


def names_in_parquet(source: Path) -> Names:
    """The names that the metadata of a Parquet file state."""
    try:
        stated = json.loads((pa.parquet.read_schema(source).metadata or {}).get(METADATA, b"{}"))
        return _of_features(stated["info"]["features"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OSError, pa.ArrowException):
        return {}


def with_names(rows: Iterator[TableBatch], names: Names) -> Iterator[TableBatch]:
    """``rows`` with the names of classes in the place of their numbers, and nothing for those that stand for none."""
    for batch in rows:
        columns = {
            column: _named(values, names[column]) if column in names else values
            for column, values in batch.columns.items()
        }
        yield TableBatch(rows=batch.rows, columns=columns, left_out=batch.left_out, numbers=batch.numbers)


def named_row(row: dict[str, Any], names: Names) -> dict[str, Any]:
    """An object as ``with_names`` has its rows."""
    return {key: _named_value(value, names[key]) if key in names else value for key, value in row.items()}


def _agreed(stated: list[Names]) -> Names:
    """What all configurations of a dataset state that state anything of a column."""
    found: Names = {}
    for column in {column for names in stated for column in names}:
        known = [names[column] for names in stated if column in names]
        if all(names == known[0] for names in known):
            found[column] = known[0]
    return found


def _of_features(features: Any) -> Names:
    """``features`` are a list with names, as in cards, or an object by name."""
    if isinstance(features, list):
        features = {feature["name"]: feature for feature in features}
    found = {str(column): _labels(feature) for column, feature in features.items()}
    return {column: names for column, names in found.items() if names}


def _labels(feature: Any) -> list[str]:
    """Labels of a column, or of the items of its lists, which are written in many ways."""
    inner = feature[0] if isinstance(feature, list) and feature else feature
    for key in ("feature", "sequence", "list", "dtype", "class_label"):
        while isinstance(inner, Mapping) and isinstance(inner.get(key), Mapping):
            inner = inner[key]
    names = inner.get("names") if isinstance(inner, Mapping) else None
    if isinstance(names, Mapping):  # by number, as cards have them
        ordered = sorted((int(number), name) for number, name in names.items())
        names = [name for place, (number, name) in enumerate(ordered) if place == number]
        names = names if len(names) == len(ordered) else None
    return [*map(_as_text, names)] if isinstance(names, list) else []


def _as_text(name: Any) -> str:
    """YAML reads ``yes`` and ``no`` as true and false where nobody has quoted them."""
    if not isinstance(name, str | int | float):
        raise TypeError("a name is a text")
    return {True: "yes", False: "no"}[name] if isinstance(name, bool) else str(name)


def _named(values: pa.Array, names: list[str]) -> pa.Array:
    if pa.types.is_list(values.type) or pa.types.is_large_list(values.type):
        lists = values.cast(pa.list_(values.type.value_type))
        named = _named(lists.values, names)
        return pc.if_else(values.is_null(), None, pa.ListArray.from_arrays(lists.offsets, named))
    if pa.types.is_string(values.type):
        trimmed = pc.utf8_trim_whitespace(values)
        is_number = pc.and_(
            pc.match_substring_regex(trimmed, r"^-?\d{1,9}$"), pc.invert(pc.is_in(trimmed, pa.array(names)))
        )
        numbers = _named(pc.if_else(is_number, trimmed, None).cast(pa.int64()), names)
        return pc.if_else(pc.fill_null(is_number, False), numbers, values)
    if not pa.types.is_integer(values.type):
        return values
    numbers = pc.fill_null(values, -1).to_numpy(zero_copy_only=False)
    known = (numbers >= 0) & (numbers < len(names))
    return pa.array([*names, None]).take(pa.array(np.where(known, numbers, len(names)).astype(np.int64)))


def _named_value(value: Any, names: list[str]) -> Any:
    """As ``_named``, of a value of JSON."""
    if isinstance(value, list):
        return [_named_value(item, names) for item in value]
    if not isinstance(value, int) or isinstance(value, bool):
        return value
    return names[value] if 0 <= value < len(names) else None
