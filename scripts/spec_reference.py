"""Writes ``docs/spec.md`` from the models that validate training specs: ``python scripts/spec_reference.py``."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "contracts"), str(ROOT)]

from scripts.architectures import LENGTHS, LIMITS  # noqa: E402  # found by the lines above
from trainyard_spec import resolution as rule  # noqa: E402
from trainyard_spec.architectures import vit  # noqa: E402
from trainyard_spec.architectures.stem import SMALL_SIDE  # noqa: E402
from trainyard_spec.training import TrainingSpec  # noqa: E402

DOCUMENT = ROOT / "docs" / "spec.md"
INTRODUCTION = """\
# The training spec

Every field of the JSON document that `POST /jobs`, the client, the dashboard and the engine take, by its section.
`name`, `dataset`, `task` and `architecture` are needed, all else has a default. Unknown fields are refused.
`make schema` writes this page from the models that validate specs.
"""
AUTOMATIC = f"""\
## What `auto` becomes

`training.epochs`, `batch_size` and `schedule` are `auto` unless they are stated, and follow from the training examples
(rows, windows of series, blocks of documents), from each other and from what is stated:

- A batch is the power of two nearest the square root of the examples, {rule.SMALLEST_BATCH} to {rule.LARGEST_BATCH},
  and no more than fits a small GPU; half of it for speech recognition. It grows a little where one row would be left.
- Epochs are {rule.LEAST_EPOCHS} to {rule.MOST_EPOCHS}, as many as make about {rule.STEPS:,} steps; of a pretrained
  model {rule.PRETRAINED_STEPS}; of one that starts from a job's model {rule.STARTED_STEPS:,}; of a recommender
  {rule.INTERACTION_STEPS:,}, in at most {rule.MOST_EPOCHS_OF_INTERACTIONS} epochs.
- The schedule is `cosine`, after a warm-up of {rule.WARMUP_SHARE:.0%} of the steps, at most {rule.LONGEST_WARMUP}.
- With `auto` epochs, regressions, ratings, forecasts and language models end on the epoch of the least `val_loss`, and
  early after {rule.PATIENCE_SHARE:.0%} of the epochs, at least {rule.LEAST_PATIENCE}, without a better one. State
  `epochs` to train all of them, or `early_stopping` for another rule.
- A vision transformer without a `patch_size` has the largest patches, of at most {vit.LARGEST_PATCH} pixels a side,
  that divide height and width and leave {vit.LEAST_PATCHES_A_SIDE} a side. With many images and long trainings smaller
  ones may learn more. Two convolutions read images of at most {SMALL_SIDE} pixels a side before (`stem`).

A quote says beforehand what they become (`training`), a job once it trains (`resolved_training`), and a model in
`manifest.json` (`resolved`). A stored spec keeps the word; a job that goes on keeps what it began with.
"""
ELSEWHERE = "architecture"
REFERENCE = "#/$defs/"

Schema = dict[str, Any]


def render() -> str:
    """The whole document."""
    schema = TrainingSpec.model_json_schema()
    lines = [INTRODUCTION, *_section("", [schema], schema["$defs"]), AUTOMATIC]
    return "\n".join(lines).replace("``", "`").rstrip("\n") + "\n"


def _section(path: str, members: list[Schema], known: dict[str, Schema]) -> Iterator[str]:
    """The tables of the models that ``path`` may hold, told apart by their names, and then of what is inside them."""
    if path:
        yield f"## `{path}`\n"
    for model in members:
        if len(members) > 1:
            yield f"### {_choices(model['properties']['name'])}\n"
        if text := model.get("description"):
            yield f"{' '.join(text.split())}\n"
        is_title = {"name"} if len(members) > 1 else set()
        yield from _table({name: field for name, field in model["properties"].items() if name not in is_title}, known)
    for model in members:
        for name, field in model["properties"].items():
            if name != ELSEWHERE and (found := _models(field, known)):
                yield from _section(f"{path}.{name}".lstrip("."), found, known)


def _table(fields: dict[str, Schema], known: dict[str, Schema]) -> Iterator[str]:
    if not fields:
        return
    yield "| field | default | values | meaning |\n|---|---|---|---|"
    for name, field in fields.items():
        values = "see [architectures.md](architectures.md)" if name == ELSEWHERE else _values(field, known)
        default = _default(field, is_section=bool(_models(field, known)))
        yield f"| `{name}` | {default} | {values} | {field.get('description', '')} |"
    yield ""


def _models(field: Schema, known: dict[str, Schema]) -> list[Schema]:
    """The models that ``field`` may hold."""
    alternatives = [*field.get("oneOf", ()), *field.get("anyOf", ()), *([field["items"]] if "items" in field else ())]
    if "$ref" in field:
        model = known[field["$ref"].removeprefix(REFERENCE)]
        return [model] if "properties" in model else []
    return [model for each in alternatives for model in _models(each, known)]


def _values(field: Schema, known: dict[str, Schema]) -> str:
    """What a field may hold, in words."""
    if "$ref" in field:
        field = known[field["$ref"].removeprefix(REFERENCE)]
    if "enum" in field or "const" in field:
        return _choices(field)
    if "discriminator" in field:
        return "one of those below, by `name`"
    if alternatives := field.get("anyOf") or field.get("oneOf"):
        return " or ".join(dict.fromkeys(_values(each, known) for each in alternatives))
    if "properties" in field:
        return "section below"
    if field.get("type") == "array" and "items" in field:
        lengths = [text.format(field[key]) for key, text in LENGTHS.items() if key in field]
        return "; ".join([f"list of {_values(field['items'], known)}", *lengths])
    limits = [text.format(f"{field[key]:,}") for key, text in LIMITS.items() if key in field]
    return " ".join([str(field.get("type", "any")), ", ".join(limits)]).strip()


def _choices(field: Schema) -> str:
    return ", ".join(f"`{choice}`" for choice in field.get("enum", [field.get("const")]))


def _default(field: Schema, *, is_section: bool) -> str:
    if "default" not in field:
        return "needed"
    value = field["default"]
    if is_section and isinstance(value, dict):
        return f"`{value['name']}`" if "name" in value else "as below"
    return f"`{json.dumps(value)}`"


if __name__ == "__main__":
    DOCUMENT.write_text(render(), encoding="utf-8")
