"""JSON objects with unique keys: parsers differ in what they make of duplicate keys (RFC 8259 §4)."""

from typing import Any

SHOWN = 100
"""Characters of a key."""


def with_distinct_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """For ``object_pairs_hook`` of ``json.loads``. Raises ``ValueError`` that names a key which is there twice."""
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"the key {twice[:SHOWN]!r} is there twice in one object")
    return found
