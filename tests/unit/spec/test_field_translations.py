"""Every field of a training spec that the dashboard draws has Chinese words; English ones stand in its JSON Schema."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from trainyard_spec.training import TrainingSpec

CATALOGUE = Path(__file__).parents[3] / "frontend" / "src" / "i18n" / "zh" / "fields.json"
SECTIONS = ("architecture", "training", "split", "resources", "limits")


def drawn(schema: dict[str, Any], definitions: dict[str, Any], seen: set[str]) -> Iterator[tuple[str, str]]:
    """Name and help of each field below ``schema``; a list of objects is one field, which is edited as JSON."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        if name in seen:
            return
        seen.add(name)
        schema = definitions[name]
    for option in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        yield from drawn(option, definitions, seen)
    for name, field in schema.get("properties", {}).items():
        if "const" in field:
            continue
        known = definitions[field["$ref"].rpartition("/")[2]] if "$ref" in field else {}
        help_text = field.get("description", known.get("description", ""))
        yield name, " ".join(help_text.split())
        yield from drawn(field, definitions, seen)


@pytest.fixture(scope="module")
def fields() -> list[tuple[str, str]]:
    schema = TrainingSpec.model_json_schema()
    properties, seen = schema["properties"], set[str]()
    found = [field for name in SECTIONS for field in drawn(properties[name], schema["$defs"], seen)]
    return [*found, ("priority", properties["priority"]["description"])]


@pytest.fixture(scope="module")
def catalogue() -> dict[str, dict[str, str]]:
    return dict(json.loads(CATALOGUE.read_text(encoding="utf-8")))


def test_every_field_has_a_label_and_its_help(
    fields: list[tuple[str, str]], catalogue: dict[str, dict[str, str]]
) -> None:
    assert len(fields) > 150
    assert sorted({name for name, _ in fields} - catalogue["labels"].keys()) == []
    assert sorted({text for _, text in fields if text} - catalogue["help"].keys()) == []


def test_nothing_is_translated_that_no_field_says(
    fields: list[tuple[str, str]], catalogue: dict[str, dict[str, str]]
) -> None:
    assert sorted(catalogue["labels"].keys() - {name for name, _ in fields}) == []
    helped = {text for _, text in fields}
    assert sorted((catalogue["help"].keys() | catalogue["labelsByHelp"].keys()) - helped) == []
