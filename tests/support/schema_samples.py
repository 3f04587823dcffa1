"""Bodies made from an API's own schema, and the same with one value changed at a time."""

import json
from collections.abc import Iterator
from copy import deepcopy
from functools import cache
from typing import Any

from drf_spectacular.generators import SchemaGenerator

from tests.support.fuzz.scale import some

FORMATS = {
    "date-time": "2030-01-01T00:00:00Z",
    "email": "ada@example.org",
    "decimal": "1.5",
    "uri": "https://a.example",
}
NUMBERS = (-1, 0, 2**31, 2**63, 10**28, 1e303, -1e303)
TEXTS = ("a\0b", "\ud800")


@cache
def document() -> dict[str, Any]:
    """The OpenAPI document, as plain JSON."""
    made = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    schema: dict[str, Any] = json.loads(json.dumps(made, default=str))
    return schema


def operations(*methods: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Method, path and description of each operation with one of ``methods``."""
    for path, item in document()["paths"].items():
        yield from ((method, path, item[method]) for method in methods if method in item)


def body_schema(operation: dict[str, Any]) -> dict[str, Any] | None:
    content = operation.get("requestBody", {}).get("content", {})
    found: dict[str, Any] | None = content.get("application/json", {}).get("schema")
    return found


def sample(schema: dict[str, Any], depth: int = 0) -> Any:
    """A value that ``schema`` describes, every field in it."""
    if "$ref" in schema:
        return sample(document()["components"]["schemas"][schema["$ref"].rpartition("/")[2]], depth)
    for choice in ("oneOf", "anyOf", "allOf"):
        if choice in schema:
            return sample(next(item for item in schema[choice] if item.get("type") != "null"), depth)
    if "const" in schema or "enum" in schema:
        return schema.get("const", next(iter(schema.get("enum", [None]))))
    kind = schema.get("type")
    kind = next(item for item in kind if item != "null") if isinstance(kind, list) else kind
    if kind == "object":
        fields = {name: sample(item, depth + 1) for name, item in schema.get("properties", {}).items() if depth < 8}
        return fields or {"key": "a"}
    if kind == "array":
        return [sample(schema.get("items", {}), depth + 1)]
    if kind in ("integer", "number"):
        return schema.get("minimum", schema.get("exclusiveMinimum", 1))
    return True if kind == "boolean" else FORMATS.get(schema.get("format", ""), "a")


def changed(
    value: Any, numbers: tuple[Any, ...] = NUMBERS, texts: tuple[str, ...] = TEXTS
) -> Iterator[tuple[str, Any]]:
    """``value`` again and again, each time with one number, text or key in it replaced, and the path of that.

    The quick form tries two of the values in each place.
    """
    for turn, (path, leaf) in enumerate(list(_leaves(value))):
        others: tuple[Any, ...] = texts if isinstance(leaf, str) else numbers
        others = (*others, *numbers) if isinstance(leaf, str) and leaf.replace(".", "").isdecimal() else others
        for other in some(others, turn=turn, quick=2):
            copy = deepcopy(value)
            _put(copy, path, str(other) if isinstance(leaf, str) and other in numbers else other)
            yield f"{'.'.join(map(str, path))} = {other!r}", copy


def _leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    if isinstance(value, dict | list):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _leaves(item, (*path, key))
    elif not isinstance(value, bool) and value is not None:
        yield path, value


def _put(value: Any, path: tuple[Any, ...], leaf: Any) -> None:
    for key in path[:-1]:
        value = value[key]
    value[path[-1]] = leaf
