"""What integrators were promised of the API, and what of a change would break it.

``python scripts/published_api.py`` takes additions into ``docs/published-api.json``; it refuses what breaks a client,
unless ``--breaking`` says that this is meant, as the policy in ``docs/api.md`` allows.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
CURRENT = ROOT / "frontend" / "openapi.json"
PUBLISHED = ROOT / "docs" / "published-api.json"
METHODS = ("get", "post", "put", "patch", "delete")
TOLD_TO_PEOPLE = frozenset({"description", "title", "summary", "examples", "example", "x-spec-enum-id", "default"})

Schema = dict[str, Any]


def outline(document: Schema) -> Schema:
    """The document without what is for people alone."""
    return {
        "paths": _stripped(document["paths"]),
        "schemas": _stripped(document["components"]["schemas"]),
    }


def _stripped(value: Any, *, is_names: bool = False) -> Any:
    if isinstance(value, list):
        return [_stripped(each) for each in value]
    if not isinstance(value, dict):
        return value
    # Below "properties" stand names of fields, one of which may be "description".
    kept = value if is_names else {name: each for name, each in value.items() if name not in TOLD_TO_PEOPLE}
    return {name: _stripped(each, is_names=name == "properties") for name, each in kept.items()}


def breaking_changes(old: Schema, new: Schema) -> list[str]:
    """What a client that was written for ``old`` may stumble over in ``new``, one sentence each."""
    return list(dict.fromkeys(_Comparison(old, new).changes()))


class _Comparison:
    def __init__(self, old: Schema, new: Schema) -> None:
        self._old = old
        self._new = new
        self._seen: set[tuple[str, str, bool]] = set()

    def changes(self) -> Iterator[str]:
        for path, item in self._old["paths"].items():
            for method in METHODS:
                if method not in item:
                    continue
                place = f"{method.upper()} {path}"
                operation = self._new["paths"].get(path, {}).get(method)
                if operation is None:
                    yield f"{place} is gone"
                else:
                    yield from self._operation(place, item[method], operation)

    def _operation(self, place: str, old: Schema, new: Schema) -> Iterator[str]:
        parameters = {(each["in"], each["name"]): each for each in new.get("parameters", ())}
        known = {(each["in"], each["name"]): each for each in old.get("parameters", ())}
        for key, parameter in known.items():
            where = f"{place}: parameter {key[1]}"
            if key not in parameters:
                yield f"{where} is gone"
            else:
                yield from self._schema(where, parameter["schema"], parameters[key]["schema"], is_request=True)
        for key, parameter in parameters.items():
            if parameter.get("required") and not known.get(key, {}).get("required"):
                yield f"{place}: parameter {key[1]} is required now"
        yield from self._body(f"{place}: request", old.get("requestBody"), new.get("requestBody"), is_request=True)
        for status, answer in old.get("responses", {}).items():
            yield from self._body(f"{place}: {status}", answer, new.get("responses", {}).get(status), is_request=False)

    def _body(self, place: str, old: Schema | None, new: Schema | None, *, is_request: bool) -> Iterator[str]:
        if new is not None and new.get("required") and not (old or {}).get("required") and is_request:
            yield f"{place} is required now"
        for kind, content in (old or {}).get("content", {}).items():
            other = (new or {}).get("content", {}).get(kind)
            if other is None:
                yield f"{place}: {kind} is gone"
            else:
                yield from self._schema(
                    place, content.get("schema", {}), other.get("schema", {}), is_request=is_request
                )

    def _schema(self, place: str, old: Schema, new: Schema, *, is_request: bool) -> Iterator[str]:
        pair = (old.get("$ref", ""), new.get("$ref", ""), is_request)
        if all(pair[:2]):
            if pair in self._seen:
                return
            self._seen.add(pair)
        old, new = self._resolved(old, self._old), self._resolved(new, self._new)
        yield from self._types(place, old, new, is_request=is_request)
        yield from self._fields(place, old, new, is_request=is_request)
        yield from self._choices(place, old, new, is_request=is_request)
        for inner in ("items", "additionalProperties"):
            if isinstance(old.get(inner), dict) and isinstance(new.get(inner), dict):
                yield from self._schema(f"{place}[]", old[inner], new[inner], is_request=is_request)

    def _types(self, place: str, old: Schema, new: Schema, *, is_request: bool) -> Iterator[str]:
        before, after = _types_of(old), _types_of(new)
        narrowed = (before - after) if is_request else (after - before)
        if before and after and narrowed:
            yield f"{place}: {'no longer takes' if is_request else 'may now be'} {', '.join(sorted(narrowed))}"
        if is_request and "enum" in old and "enum" in new:
            for value in old["enum"]:
                if value not in new["enum"]:
                    yield f"{place}: no longer takes {value}"
        if not is_request:
            return
        for bound, grows in (("minimum", True), ("minLength", True), ("maximum", False), ("maxLength", False)):
            if bound in new and (bound not in old or ((new[bound] > old[bound]) == grows and new[bound] != old[bound])):
                yield f"{place}: {bound} is {new[bound]} now"

    def _fields(self, place: str, old: Schema, new: Schema, *, is_request: bool) -> Iterator[str]:
        before, after = old.get("properties", {}), new.get("properties", {})
        for name, field in before.items():
            if name not in after:
                yield f"{place}: field {name} is gone"
            else:
                yield from self._schema(f"{place}.{name}", field, after[name], is_request=is_request)
        demanded, demands = (new, old) if is_request else (old, new)
        for name in set(demanded.get("required", ())) - set(demands.get("required", ())):
            if is_request or name in after:
                yield f"{place}: field {name} {'is required now' if is_request else 'may be missing now'}"

    def _choices(self, place: str, old: Schema, new: Schema, *, is_request: bool) -> Iterator[str]:
        before, after = _variants(old), _variants(new)
        for name, variant in before.items():
            if name in after:
                yield from self._schema(place, variant, after[name], is_request=is_request)
            elif after:
                yield f"{place}: {name} is no longer one of its kinds"

    def _resolved(self, schema: Schema, document: Schema) -> Schema:
        while "$ref" in schema:
            found = document["schemas"].get(schema["$ref"].rpartition("/")[2], {})
            schema = {**found, **{name: value for name, value in schema.items() if name != "$ref"}}
        return schema


def _types_of(schema: Schema) -> set[str]:
    stated = schema.get("type", [])
    types = set([stated] if isinstance(stated, str) else stated)
    if "number" in types:
        types.add("integer")
    return types


def _variants(schema: Schema) -> dict[str, Schema]:
    """The kinds that a value may be, by the name of their schema, or by their type."""
    kinds = [*schema.get("oneOf", ()), *schema.get("anyOf", ()), *schema.get("allOf", ())]
    return {str(kind.get("$ref", kind.get("type", ""))).rpartition("/")[2]: kind for kind in kinds}


def main(arguments: list[str]) -> None:
    current = outline(json.loads(CURRENT.read_text()))
    is_held = PUBLISHED.exists() and "--breaking" not in arguments
    broken = breaking_changes(json.loads(PUBLISHED.read_text()), current) if is_held else []
    if broken:
        sys.exit("\n".join(["This would break clients:", *broken]))
    PUBLISHED.write_text(json.dumps(current, sort_keys=True, separators=(",", ":")).replace('},"/', '},\n"/') + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
