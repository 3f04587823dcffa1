"""What the API's schemas are in Python: names, annotations and definitions. For ``client_types``."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any

REFERENCE = "#/components/schemas/"
ENUM = "Enum"
ALSO_ANSWERED = {"TrainingSpecRequest": "TrainingSpec"}
"""Sent and answered in the same form."""
SECTIONS = ("optimizer", "schedule", "augment")
"""Of a spec's ``training``: each may be one of several."""
PLAIN = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None"}
TAKEN = set(dir(dict))
"""Names that an attribute of a dictionary cannot have."""
DOCUMENT_OF_FAILURE = "Problem"


def is_page(schema: dict[str, Any]) -> bool:
    """It is the envelope of a list, and nothing more."""
    properties = set(schema.get("properties", ()))
    return properties == {"data", "next_cursor"}


def references(schema: Any) -> Iterator[str]:
    """The names of the schemas that ``schema`` mentions."""
    if isinstance(schema, dict):
        for key, value in schema.items():
            if key == "$ref":
                if value.startswith(REFERENCE):  # else it is one of an example
                    yield value.removeprefix(REFERENCE)
            elif key != "mapping":
                yield from references(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from references(value)


class Schemas:
    """The schemas of an OpenAPI document, and who uses them."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.all: dict[str, dict[str, Any]] = document["components"]["schemas"]
        self._operations = [
            operation
            for path in document["paths"].values()
            for operation in path.values()
            if isinstance(operation, dict)
        ]

    def is_enum(self, name: str) -> bool:
        """It lists values and is no object."""
        return "enum" in self.all[name]

    def same_as(self, name: str) -> str:
        """The schema that is written for it: another that says the same, none for what is no type, or itself."""
        if name == DOCUMENT_OF_FAILURE or self.all[name].get("type") == "null":
            return ""
        shorter = ALSO_ANSWERED.get(name) or name.removesuffix(ENUM)
        return shorter if shorter in self.all else name

    def reached(self, seeds: set[str]) -> set[str]:
        """``seeds`` and all that they are made of."""
        found: set[str] = set()
        left = [*seeds]
        while left:
            name = left.pop()
            if name not in found:
                found.add(name)
                left += references(self.all[name])
        return found

    def in_order(self) -> list[str]:
        """All names, each after those that it mentions."""
        ordered: dict[str, None] = {}

        def visit(name: str) -> None:
            if name not in ordered:
                for other in sorted(set(references(self.all[name])) - {name}):
                    visit(other)
                ordered[name] = None

        for name in sorted(self.all):
            visit(name)
        return [*ordered]

    @cached_property
    def requests(self) -> set[str]:
        """What bodies of requests are made of."""
        return self._asked_for(self._operations)

    def requests_of(self, tag: str) -> set[str]:
        """What bodies of requests of the operations with that tag, and of no others, are made of."""
        those = [operation for operation in self._operations if operation["tags"][0] == tag]
        return self._asked_for(those) - self._asked_for([each for each in self._operations if each not in those])

    def _asked_for(self, operations: Iterable[dict[str, Any]]) -> set[str]:
        seeds = {name for operation in operations for name in references(operation.get("requestBody", {}))}
        return self.reached(seeds | {self.same_as(name) for name in seeds})

    @cached_property
    def dictionaries(self) -> set[str]:
        """What becomes a ``TypedDict``."""
        told_apart = {name for schema in self.all.values() for union in _unions(schema) for name in references(union)}
        return self.requests | self.reached(told_apart)

    @cached_property
    def spec(self) -> set[str]:
        return self.reached({"TrainingSpec"})

    @cached_property
    def sections(self) -> dict[str, set[str]]:
        """What each part of a spec may be that is one of several."""
        spec = self.all["TrainingSpec"]["properties"]
        [training] = references({"$ref": spec["training"]["$ref"]})
        parts = {"architecture": spec["architecture"]}
        parts |= {section: self.all[training]["properties"][section] for section in SECTIONS}
        return {section: self.reached(set(references(part))) for section, part in parts.items()}

    @cached_property
    def topics(self) -> dict[str, set[str]]:
        """The tags of the operations that answer with it, as names of modules."""
        found: dict[str, set[str]] = defaultdict(set)
        for operation in self._operations:
            for name in self.reached(set(references(operation["responses"]))):
                found[name].add(operation["tags"][0].replace("-", "_"))
        return found


class Annotations:
    """Python for schemas."""

    def __init__(self, schemas: Schemas) -> None:
        self._schemas = schemas

    def name(self, schema: str) -> str:
        """The type's: without the suffix that tells a generator what a schema is for, if that is free."""
        schema = self._schemas.same_as(schema)
        shorter = schema.removesuffix(ENUM)
        return schema if shorter in self._schemas.all else shorter

    def definition(self, schema: str, with_behaviour: tuple[str, ...]) -> Iterator[str]:
        """The lines of the type."""
        content, name = self._schemas.all[schema], self.name(schema)
        if self._schemas.is_enum(schema):
            yield f"{name} = {self._of(content, answers=True)}"
            return
        answers = schema not in self._schemas.dictionaries
        base = "TypedDict" if not answers else f"{name}Behaviour" if name in with_behaviour else "Answer"
        yield f"class {name}({base}):"
        if description := _sentence(content):
            yield f'    """{description}"""\n'
        for field, property_ in content.get("properties", {}).items():
            yield from self._field(field, property_, content, answers=answers)
        if not content.get("properties") and not description:
            yield "    pass"

    def _field(self, field: str, schema: dict[str, Any], owner: dict[str, Any], *, answers: bool) -> Iterator[str]:
        annotation = self._of(schema, answers=answers)
        required = field in owner.get("required", ()) or (not answers and "const" in schema)
        if answers:
            field += "_" if field in TAKEN else ""
            annotation += "" if required or annotation.endswith("None") or annotation == "Any" else " | None"
        elif not required:
            annotation = f"NotRequired[{annotation}]"
        yield f"    {field}: {annotation}"
        if description := _sentence(schema):
            yield f'    """{description}"""'

    def words(self, text: str) -> list[str]:
        """The names in ``text``, without what is quoted."""
        return re.findall(r"\w+", re.sub(r'""".*?"""', "", text, flags=re.DOTALL))

    def _of(self, schema: dict[str, Any], *, answers: bool) -> str:
        if "$ref" in schema:
            name = schema["$ref"].removeprefix(REFERENCE)
            return "None" if self._schemas.all[name].get("type") == "null" else self.name(name)
        if "const" in schema or "enum" in schema:
            values = schema.get("enum", [schema.get("const")])
            return f"Literal[{', '.join(_quoted(value) for value in values)}]"
        for key in ("allOf", "oneOf", "anyOf"):
            if key in schema:
                return _union(self._of(each, answers=answers) for each in schema[key])
        kinds = schema.get("type", [])
        kinds = [kinds] if isinstance(kinds, str) else kinds
        return _union(self._of_type(kind, schema, answers=answers) for kind in kinds) or "Any"

    def _of_type(self, kind: str, schema: dict[str, Any], *, answers: bool) -> str:
        if kind == "array":
            return f"list[{self._of(schema.get('items', {}), answers=answers)}]"
        if kind == "object":
            values = schema.get("additionalProperties")
            return f"dict[str, {self._of(values, answers=answers) if isinstance(values, dict) else 'Any'}]"
        if answers and kind == "string":
            return {"date-time": "datetime", "decimal": "Decimal"}.get(schema.get("format", ""), "str")
        return PLAIN[kind]


def _unions(schema: Any) -> Iterator[Any]:
    """The alternatives in ``schema`` that a field tells apart."""
    if isinstance(schema, dict):
        if "discriminator" in schema:
            yield schema["oneOf"]
        for value in schema.values():
            yield from _unions(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from _unions(value)


def _union(kinds: Iterator[str]) -> str:
    """Each once, ``None`` last."""
    found = dict.fromkeys(each for kind in kinds for each in ([kind] if "[" in kind else kind.split(" | ")))
    return " | ".join([*(kind for kind in found if kind != "None"), *(["None"] if "None" in found else [])])


def _quoted(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else repr(value)


def _sentence(schema: dict[str, Any]) -> str:
    """The first paragraph of a description, in a line; nothing if it is none for readers."""
    lines = str(schema.get("description", "")).split("\n\n")[0].split()
    text = " ".join(lines).replace("\\", "").replace('"""', "'''")
    if not text or text.startswith("* `") or len(text) > 105:
        return ""
    return text if text.endswith((".", "?")) else f"{text}."
