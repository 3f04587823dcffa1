"""Writes ``docs/architectures.md`` from the catalogue's own models: ``python scripts/architectures.py``."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "contracts"))

from trainyard_spec.architectures import ARCHITECTURES, ArchitectureConfig  # noqa: E402  # found by the line above

DOCUMENT = ROOT / "docs" / "architectures.md"
INTRODUCTION = """\
# Architectures

Every value of `architecture.name` in a training spec, what it is for, and its fields. `make schema` writes this page
from the models that validate specs.
"""
LIMITS = {"minimum": "≥ {}", "exclusiveMinimum": "> {}", "maximum": "≤ {}", "exclusiveMaximum": "< {}"}
LENGTHS = {"minItems": "at least {} of them", "maxItems": "at most {} of them"}


def render() -> str:
    """The whole document."""
    return "\n".join([INTRODUCTION, *(line for config in ARCHITECTURES.values() for line in _section(config))])


def _section(config: type[ArchitectureConfig]) -> Iterator[str]:
    schema = config.model_json_schema()
    fields = {name: field for name, field in schema["properties"].items() if name != "name"}
    yield f"## `{schema['properties']['name']['const']}`: {config.title}\n"
    yield f"{config.summary}\n"
    if source := schema.get("description"):
        yield f"{' '.join(source.split()).replace('``', '`')}\n"
    yield f"Tasks: {', '.join(f'`{task}`' for task in config.tasks)}.\n"
    if fields:
        yield "| field | default | values | meaning |\n|---|---|---|---|"
        for name, field in fields.items():
            yield f"| `{name}` | `{_spelled(field['default'])}` | {_values(field)} | {field.get('description', '')} |"
        yield ""


def _values(field: dict[str, Any]) -> str:
    """What a field may hold, in words."""
    if "anyOf" in field:
        return ", ".join(_values(choice) for choice in field["anyOf"] if choice["type"] != "null")
    if "enum" in field:
        return ", ".join(f"`{choice}`" for choice in field["enum"])
    if field["type"] == "array":
        lengths = [text.format(field[key]) for key, text in LENGTHS.items() if key in field]
        return "; ".join([f"list of {_values(field['items'])}", *lengths])
    limits = [text.format(f"{field[key]:,}") for key, text in LIMITS.items() if key in field]
    return " ".join([str(field["type"]), ", ".join(limits)]).strip()


def _spelled(value: Any) -> str:
    if value is None:
        return "by the data"
    return str(value).lower() if isinstance(value, bool) else str(value)


if __name__ == "__main__":
    DOCUMENT.write_text(render())
